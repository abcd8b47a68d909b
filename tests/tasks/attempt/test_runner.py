"""An attempt from its request to its report, both sent as text: no run, no session, and nobody else is needed."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plans.agent import Agent
from plans.model import Check, Owns
from tasks.attempt.request import AttemptReport, AttemptRequest, Failure
from tasks.attempt.runner import LocalRunner
from tasks.errors import Stopped
from tasks.hub.hub import Hub
from tasks.ledger.ledger import JobRecord
from tasks.programs.stop import StopSignal
from tasks.workspace.workspaces import Workspaces
from tests.tasks.conftest import RunGit


class Alone:
    """A client that has a place at once, and keeps what it hears."""

    def __init__(self) -> None:
        self.stop = StopSignal()
        self.heard: list[str] = []
        self.on_line: Callable[[str], None] = self.heard.append
        self.logs: list[Path] = []

    @asynccontextmanager
    async def place(self, request: AttemptRequest, log: Path) -> AsyncGenerator[Callable[[str], None]]:
        if self.stop.requested:
            raise Stopped(self.stop.reason or "")
        assert request.job == "one"
        self.logs.append(log)
        yield self.on_line


@pytest.fixture
def runner(hub: Hub, tmp_path: Path) -> LocalRunner:
    return LocalRunner(hub.plan, hub, Workspaces(hub), tmp_path / "runs")


def request_of(hub: Hub, script: str, **more: object) -> AttemptRequest:
    """Return the request of an attempt of job `one` whose agent runs a shell script."""
    fields: Mapping[str, object] = {
        "job": "one",
        "title": "The first one",
        "track": "one",
        "wave": "build",
        "run": "small-7",
        "digest": "of-one",
        "attempt": 3,
        "mark": "key/small/small-7/one/3",
        "parent": hub.base,
        "tip": None,
        "prompt": "do it",
        "agent": Agent(kind="command", run=("sh", "-c", script)),
        "agent_label": "worker",
        "owns": Owns(),
        "timeout_s": 60.0,
        **more,
    }
    return AttemptRequest.model_validate(fields)


async def sent(runner: LocalRunner, request: AttemptRequest, client: Alone | None = None) -> AttemptReport:
    """Have an attempt made whose request and report go over a wire."""
    arrived = AttemptRequest.model_validate_json(request.model_dump_json())
    assert arrived == request
    report = await runner.run(arrived, client or Alone())
    back = AttemptReport.model_validate_json(report.model_dump_json())
    assert back == report
    return back


def failure_of(report: AttemptReport) -> Failure:
    assert isinstance(report.result, Failure)
    assert report.commit is None
    return report.result


async def test_an_attempt_that_does_its_job_leaves_a_commit_on_the_track(
    hub: Hub, runner: LocalRunner, run_git: RunGit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREETING", "hello")
    monkeypatch.setenv("NOT_NAMED", "never")
    script = (
        'cat > seen.txt; echo "$GREETING$NOT_NAMED" > greeting.txt; echo at work; echo made > "{outbox}/handoff.md"'
    )
    agent = Agent(kind="command", run=("sh", "-c", script), env=("GREETING",))
    check = Check(check=("grep", "-q", "hello", "greeting.txt"))
    client = Alone()
    request = request_of(hub, "", agent=agent, checks=[check], without=["other"])
    report = await sent(runner, request, client)
    assert isinstance(report.result, JobRecord)
    record, git_dir = report.result, hub.git.git_dir
    assert (record.job, record.parent, record.attempt, record.run) == ("one", hub.base, 3, "small-7")
    assert (record.digest, record.without, record.agent) == ("of-one", ("other",), "worker")
    assert report.commit == record.commit == hub.track_tip("one")
    assert run_git(git_dir, "show", f"{report.commit}:seen.txt") == "do it"
    assert run_git(git_dir, "show", f"{report.commit}:greeting.txt") == "hello"
    assert run_git(git_dir, "log", "-1", "--format=%s", record.commit) == "The first one"
    assert (client.heard, client.logs) == (["at work"], [Path(report.log)])
    assert client.logs[0].read_text() == "at work\n"
    assert round(report.duration_s, 3) == record.duration_s > 0
    assert (report.rescue, report.warnings, report.problems) == (None, (), ())


async def test_what_a_failed_attempt_left_is_kept_and_the_track_stays(
    hub: Hub, runner: LocalRunner, run_git: RunGit
) -> None:
    report = await sent(runner, request_of(hub, "echo half > half.txt; echo no more ideas; exit 3"))
    failure = failure_of(report)
    assert (failure.kind, failure.word, failure.may_retry) == ("failed", "AgentFailed", True)
    assert "no more ideas" in failure.reason
    assert report.rescue == "refs/planwave/rescue/small/one/3"
    assert run_git(hub.git.git_dir, "show", f"{report.rescue}:half.txt") == "half"
    assert hub.track_tip("one") is None


async def test_the_next_attempt_starts_where_the_first_one_did(hub: Hub, runner: LocalRunner, run_git: RunGit) -> None:
    await sent(runner, request_of(hub, "echo half > half.txt; exit 3"))
    report = await sent(runner, request_of(hub, "echo whole > whole.txt", attempt=4))
    changed = run_git(hub.git.git_dir, "diff", "--name-only", hub.base, report.commit or "")
    assert changed == "whole.txt"


@pytest.mark.parametrize(
    ("script", "more", "word", "said"),
    [
        ("echo x > mine.txt", {"checks": [Check(check=("false",))]}, "CriteriaUnmet", "false"),
        ("sleep 600", {"timeout_s": 0.2}, "TimedOut", "the longest it may take"),
        ("", {"agent": Agent(kind="command", run=("no-such-program-here",))}, "AgentMissing", "no-such-program-here"),
    ],
)
async def test_why_an_attempt_failed_is_told_by_a_word_and_a_reason(  # noqa: PLR0917 - as pytest has it
    hub: Hub, runner: LocalRunner, script: str, more: dict[str, object], word: str, said: str
) -> None:
    failure = failure_of(await sent(runner, request_of(hub, script, **more)))
    assert (failure.kind, failure.word) == ("failed", word)
    assert failure.may_retry is (word != "AgentMissing")
    assert said in failure.reason


async def test_an_agent_that_can_do_nothing_now_says_when_to_come_back(hub: Hub, runner: LocalRunner) -> None:
    report = await sent(runner, request_of(hub, 'echo 900 > "{outbox}/retry-after"; exit 75'))
    failure = failure_of(report)
    assert failure.kind == "postponed"
    assert failure.reset_at is not None
    assert 800 < (failure.reset_at - datetime.now(UTC)).total_seconds() <= 900


async def test_a_stop_ends_the_agent_and_keeps_what_it_did(hub: Hub, runner: LocalRunner, run_git: RunGit) -> None:
    client = Alone()
    client.on_line = lambda _line: client.stop.request("no more")
    report = await sent(runner, request_of(hub, "echo half > half.txt; echo at work; sleep 600"), client)
    assert (failure_of(report).kind, failure_of(report).reason) == ("stopped", "no more")
    assert run_git(hub.git.git_dir, "show", f"{report.rescue}:half.txt") == "half"


async def test_a_stop_before_there_is_a_place_begins_nothing(hub: Hub, runner: LocalRunner) -> None:
    client = Alone()
    client.stop.request("not today")
    report = await sent(runner, request_of(hub, "echo x > x.txt"), client)
    assert (failure_of(report).kind, failure_of(report).reason) == ("stopped", "not today")
    assert (report.rescue, report.log) == (None, "")


async def test_what_is_git_s_own_failure_is_none_of_the_job_s(hub: Hub, runner: LocalRunner) -> None:
    failure = failure_of(await sent(runner, request_of(hub, "true", parent="1" * 40)))
    assert (failure.kind, failure.may_retry) == ("broken", False)
    assert failure.reason


async def test_while_an_agent_is_at_work_the_runner_knows_how_far_it_is(hub: Hub, runner: LocalRunner) -> None:
    client, seen = Alone(), list[tuple[object, int]]()
    client.on_line = lambda _line: seen.append((tuple(runner.at_work), runner.finished_steps("one")))
    await sent(
        runner, request_of(hub, 'printf "first\\nsecond\\n" > "{outbox}/progress"; echo said; echo x > x'), client
    )
    assert seen == [(("one",), 2)]
    assert (tuple(runner.at_work), runner.finished_steps("one")) == ((), 0)


async def test_attempts_are_made_beside_one_another(hub: Hub, runner: LocalRunner) -> None:
    class Both(Alone):
        met = asyncio.Barrier(2)

        @asynccontextmanager
        async def place(self, request: AttemptRequest, log: Path) -> AsyncGenerator[Callable[[str], None]]:  # noqa: ARG002
            await self.met.wait()
            yield self.on_line

    other = request_of(hub, "echo 2 > two.txt", job="two", track="two")
    one, two = await asyncio.gather(runner.run(request_of(hub, "echo 1 > one.txt"), Both()), runner.run(other, Both()))
    assert (one.commit, two.commit) == (hub.track_tip("one"), hub.track_tip("two"))
    assert None not in {one.commit, two.commit}


def test_what_no_message_can_hold_is_left_out_of_it() -> None:
    failure = Failure(kind="broken", reason="cannot read caf\udce9.txt")
    assert Failure.model_validate_json(failure.model_dump_json()) == failure
    assert failure.reason == "cannot read caf?.txt"
