"""Commands that look at runs and steer them, against a real server; the runs are records made over REST."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple
from uuid import UUID, uuid4

import httpx
import pytest

from deployments.cli.guard import guarded
from deployments.runs import cancelling
from deployments.server.api import Api, ServerUnreachable
from deployments.server.lifecycle import ServerInfo, login_of
from deployments.server.password import basic
from tasks.home import Home

pytestmark = pytest.mark.server
SCHEMA = """{"type": "object", "required": ["decision"],
  "properties": {"decision": {"enum": ["GO", "NO-GO"]}, "note": {"type": "string"}}}"""
BUSY = 503
"""What the server says while its database is locked by another of its own writers."""
RUNNING = {"type": "RUNNING", "name": "Running"}
PAUSED = {
    "type": "PAUSED",
    "name": "Paused",
    "state_details": {
        "pause_timeout": "2999-01-01T00:00:00+00:00",
        "pause_key": "gate",
        "run_input_keyset": {"schema": "form", "response": "answer", "description": "text"},
    },
}


class Ended(NamedTuple):
    status: int
    out: str
    err: str


@dataclass
class Records:
    """Runs as the server knows them, with nobody behind them."""

    client: httpx.Client
    made: list[str] = field(default_factory=list[str])
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(
        self, name: str, state: Mapping[str, object] = RUNNING, *, hub: str = "repo-1", home: str = "", **fields: object
    ) -> str:
        """Record a run of the plan that the name begins with."""
        tags = ["planwave", f"plan:{name.rpartition('-')[0]}", f"hub:{hub}", *([f"home:{home}"] if home else [])]
        return self._flow_run({"name": name, "tags": tags, **fields}, state)

    def wave(self, run: str, wave: str, state: Mapping[str, object] = RUNNING) -> str:
        """Record a wave of a run."""
        key = f"wave-{next(self.numbers)}"
        parent = self.post("/task_runs/", {"flow_run_id": run, "task_key": key, "dynamic_key": key})["id"]
        made = {"name": wave.title(), "parameters": {"wave": wave}, "parent_task_run_id": parent}
        return self._flow_run(made, state)

    def _flow_run(self, fields: Mapping[str, object], state: Mapping[str, object]) -> str:
        flow = self.post("/flows/", {"name": "recorded"})["id"]
        flow_run = self.post("/flow_runs/", {"flow_id": flow, **fields})["id"]
        self.made.append(flow_run)
        self.post(f"/flow_runs/{flow_run}/input", {"key": "form", "value": SCHEMA})
        if state:
            self.set_state(flow_run, state)
        return flow_run

    def set_state(self, flow_run: str, state: Mapping[str, object]) -> None:
        self.post(f"/flow_runs/{flow_run}/set_state", {"state": state, "force": True})

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, str]:
        answer = self.client.post(path, json=body)
        for _ in range(10):
            if answer.status_code == BUSY:
                answer = self.client.post(path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def get(self, path: str) -> str:
        return self.client.get(path).raise_for_status().text


@pytest.fixture
def records(shared_server: tuple[Home, ServerInfo], server: ServerInfo) -> Iterator[Records]:
    # A kept connection may be closed by the server just as it is used again.
    limits = httpx.Limits(max_keepalive_connections=0)
    headers = {"Authorization": basic(login_of(shared_server[0]) or "")}
    with httpx.Client(base_url=server.api_url, headers=headers, trust_env=False, timeout=30, limits=limits) as client:
        records = Records(client)
        yield records
        for flow_run in records.made:
            records.set_state(flow_run, {"type": "COMPLETED"})


@pytest.fixture
def planwave(server: ServerInfo, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    def run(*arguments: str) -> Ended:
        status = guarded(arguments)
        said = capsys.readouterr()
        return Ended(status, said.out, said.err)

    return run


def decision_of(records: Records, wave: str) -> str:
    return records.get(f"/flow_runs/{wave}/input/answer")


@pytest.mark.parametrize(("command", "word"), [("approve", "GO"), ("reject", "NO-GO")])
def test_the_gate_that_waits_is_answered_with_the_note(
    records: Records, planwave: Callable[..., Ended], command: str, word: str
) -> None:
    run = records.run(f"{command}d-3")
    records.wave(run, "build", {"type": "COMPLETED"})
    wave = records.wave(run, "ship", PAUSED)
    ended = planwave(command, "--note", "as we said")
    assert ended == (0, f"{word}: {command}d-3: wave 'ship' (Ship)\n", "")
    assert decision_of(records, wave) in {
        f'{{"decision":"{word}","note":"as we said"}}',
        f'{{"decision": "{word}", "note": "as we said"}}',
    }
    assert planwave(command).status == 1


def test_without_a_waiting_gate_one_line_says_so(records: Records, planwave: Callable[..., Ended]) -> None:
    records.wave(records.run("calm-1"), "build")
    hint = "    hint: `planwave status` says how the runs stand\n"
    assert planwave("approve", "calm-1") == (1, "", "planwave: no gate waits for an answer in 'calm-1'\n" + hint)
    assert planwave("reject") == (1, "", "planwave: no gate waits for an answer\n" + hint)
    unknown = planwave("approve", "nothing-like-it")
    assert unknown.status == 1
    assert "there is no run 'nothing-like-it'" in unknown.err


def test_a_suspended_run_is_no_gate_that_waits(records: Records, planwave: Callable[..., Ended]) -> None:
    run = records.run("held-1", {"type": "PAUSED", "name": "Suspended", "state_details": {"pause_reschedule": True}})
    records.wave(run, "build", {"type": "PAUSED", "name": "Paused"})
    ended = planwave("approve", "held-1")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("planwave: no gate waits for an answer in 'held-1'\n")
    assert "approve" not in planwave("status", "held").out
    assert '"PAUSED"' in records.get(f"/flow_runs/{run}")


def test_of_several_waiting_gates_one_must_be_named(records: Records, planwave: Callable[..., Ended]) -> None:
    run = records.run("many-1")
    first, second = records.wave(run, "left", PAUSED), records.wave(run, "right", PAUSED)
    asked = planwave("approve", "many")
    assert asked.status == 1
    assert "2 gates wait" in asked.err
    assert "many-1: wave 'left' (Left)" in asked.err
    assert planwave("approve", "many-1", "--wave", "middle").status == 1
    assert planwave("approve", "many-1", "--wave", "right").status == 0
    assert "GO" in decision_of(records, second)
    assert records.client.get(f"/flow_runs/{first}/input/answer").status_code == 404


def test_a_run_is_found_by_its_name_its_plan_its_id_and_as_the_latest(
    records: Records, planwave: Callable[..., Ended]
) -> None:
    records.run("found-1", {"type": "COMPLETED"})
    latest = records.run("found-2", {"type": "FAILED", "message": "NO-GO: tests are red"})
    for named in ("found-2", "found", latest):
        ended = planwave("status", named)
        assert ended.out.startswith("found-2: Failed: NO-GO: tests are red\n"), named
        assert f"/runs/flow-run/{latest}" in ended.out
    assert planwave("status", "found-1").out.startswith("found-1: Completed")
    assert planwave("status", str(uuid4())).status == 1


def test_status_lists_the_latest_runs_with_their_pages(
    records: Records, planwave: Callable[..., Ended], server: ServerInfo
) -> None:
    run = records.run("listed-7")
    rows = planwave("status", "--limit", "200").out.splitlines()
    row = next(row for row in rows if row.startswith("listed-7 "))
    assert row.split()[1] == "Running"
    assert row.endswith(f"{server.ui_url}/runs/flow-run/{run}")
    assert '"name": "listed-7"' in planwave("status", "--json").out


def test_status_says_how_to_answer_a_run_that_waits(records: Records, planwave: Callable[..., Ended]) -> None:
    records.wave(records.run("asking-1"), "build", PAUSED)
    assert "`planwave approve asking-1`" in planwave("status", "asking").out


def test_a_run_that_nobody_has_begun_is_cancelled_at_once(records: Records, planwave: Callable[..., Ended]) -> None:
    records.run("early-1", {"type": "SCHEDULED"})
    assert planwave("cancel", "early-1") == (0, "early-1: Cancelled\n", "")
    over = planwave("cancel", "early-1")
    assert over.status == 1
    assert "early-1 is over: Cancelled" in over.err


def test_cancelling_says_when_the_run_does_not_end(
    records: Records, planwave: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancelling, "PATIENCE_S", 0.0)
    run = records.run("deaf-1")
    ended = planwave("cancel")
    assert ended.status == 1
    assert "deaf-1 is still Cancelling" in ended.err
    assert '"CANCELLING"' in records.get(f"/flow_runs/{run}")


def test_cancel_asks_for_a_name_when_several_runs_are_alive(records: Records, planwave: Callable[..., Ended]) -> None:
    records.run("twin-1")
    records.run("twin-2", hub="repo-2")
    ended = planwave("cancel")
    assert ended.status == 1
    assert "2 runs are alive: twin-2 (on repo-2, id " in ended.err
    assert ", twin-1 (on repo-1, id " in ended.err


@pytest.mark.parametrize("named", ["same-1", "same"])
def test_of_two_living_runs_of_one_name_cancel_lists_both_and_ends_none(
    named: str, records: Records, planwave: Callable[..., Ended]
) -> None:
    first, second = records.run("same-1"), records.run("same-1", hub="repo-2")
    ended = planwave("cancel", named)
    assert ended.status == 1
    assert f"same-1 (on repo-1, id {first})" in ended.err
    assert f"same-1 (on repo-2, id {second})" in ended.err
    assert "by its id" in ended.err
    assert '"RUNNING"' in records.get(f"/flow_runs/{first}")
    assert '"RUNNING"' in records.get(f"/flow_runs/{second}")


def test_a_run_of_another_home_is_not_taken_for_what_this_one_left(
    records: Records, planwave: Callable[..., Ended]
) -> None:
    home = Home.from_environment()
    (home.runs("repo-8", "other") / "tries" / "1").mkdir(parents=True)
    records.run("other-1", hub="repo-8", home="elsewhere")
    assert "dead" not in planwave("status", "other-1").out
    records.run("mine-1", hub="repo-8", home=home.identity)
    (home.runs("repo-8", "mine") / "tries" / "1").mkdir(parents=True)
    assert "dead" in planwave("status", "mine-1").out


def test_a_run_whose_process_is_dead_is_said_to_be(records: Records, planwave: Callable[..., Ended]) -> None:
    records.wave(records.run("gone-1", hub="repo-9"), "build", PAUSED)
    (Home.from_environment().runs("repo-9", "gone") / "tries" / "1").mkdir(parents=True)
    assert "gone-1: Running (its process is dead)" in planwave("status", "gone").out
    cancelled = planwave("cancel", "gone")
    assert cancelled.status == 1
    assert "the process of gone-1 is dead" in cancelled.err
    assert "dead" in planwave("approve", "gone").err


def test_an_address_where_no_server_answers_is_one_error(server: ServerInfo) -> None:
    with (
        Api("http://127.0.0.1:9/api", proxy=False) as api,
        pytest.raises(ServerUnreachable, match="cannot be asked"),
    ):
        api.run(UUID(int=1))
    with Api(server.ui_url, proxy=False) as api, pytest.raises(ServerUnreachable):
        api.living_runs()
