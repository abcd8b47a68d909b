"""Stopping: every way ends every child in time, keeps the work, is shown as Cancelled, and can be gone on from."""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tasks.home import Home
from tests.flows.commands import Ended, Planwave, Recorded, Running
from tests.flows.plans import PlanDict, job, plan, wave
from tests.flows.suspending import suspend
from tests.repositories import fingerprint, run_git

ENDS_WITHIN_S = 15.0
WORK = """
    echo half > {name}.txt
    if [ -e "$STOP/go" ]; then echo whole > {name}.txt; exit 0; fi
    setsid sh -c 'echo $$ > '$STOP/{name}.stray'; exec sleep 600' &
    sh -c 'echo $$ > '$STOP/{name}.child'; exec sleep 600' &
    until [ -s $STOP/{name}.stray ] && [ -s $STOP/{name}.child ]; do sleep 0.02; done
    cat $STOP/{name}.fifo
"""


def long_plan(name: str, folder: Path) -> PlanDict:
    """Return a plan whose first two jobs tell that they are at work, and never end unless `go` is in the folder."""
    names = ("left", "right")
    for each in names:
        if not (folder / f"{each}.fifo").exists():
            os.mkfifo(folder / f"{each}.fifo")
    script = {each: WORK.format(name=each).replace("$STOP", str(folder)) for each in names}
    jobs = [job("quick"), *(job(each, script[each]) for each in names), job("behind", needs=["left"])]
    return plan(name, wave("one", *jobs, title="The first wave"), wave("two", job("last")))


@dataclass
class Busy:
    """A run whose two long jobs are at work, each with a child of its own and one in another session."""

    planwave: Planwave
    repo: Path
    plan: PlanDict
    before: dict[str, str]
    running: Running
    flow_run: str
    children: list[psutil.Process]

    def stopped(self, how: Callable[["Busy"], None]) -> Ended:
        """Stop it, see it end, and everything with it, in time."""
        began = time.monotonic()
        how(self)
        ended = self.running.end()
        psutil.wait_procs(self.children, timeout=max(0.1, ENDS_WITHIN_S - (time.monotonic() - began)))
        assert time.monotonic() - began < ENDS_WITHIN_S
        assert [child for child in self.children if is_alive(child)] == []
        return ended

    def go_on(self) -> Ended:
        """Run it again, and let the jobs end."""
        (self.planwave.folder / "go").touch()
        return self.planwave.run(self.plan, self.repo)


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def busy(planwave: Planwave, repo: Path, request: pytest.FixtureRequest) -> Iterator[Busy]:
    before, name = fingerprint(repo), f"stop-{abs(hash(request.node.name)) % 10**6}"
    long = long_plan(name, planwave.folder)
    running = planwave.start_run(long, repo)
    flow_run = running.wait_for("run.started")["flow_run"]
    running.wait_for("job.completed", "quick")
    writers = [(planwave.folder / f"{each}.fifo").open("w") for each in ("left", "right")]
    children = [
        psutil.Process(int((planwave.folder / f"{each}.{kind}").read_text()))
        for each in ("left", "right")
        for kind in ("child", "stray")
    ]
    yield Busy(planwave, repo, long, before, running, flow_run, children)
    for writer in writers:
        writer.close()


def cancel_on_the_server(busy: Busy) -> None:
    state = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
    busy.planwave.post(f"/flow_runs/{busy.flow_run}/set_state", state)


def cancel_a_wave_on_the_server(busy: Busy) -> None:
    _, one = busy.planwave.flow_runs(busy.flow_run)
    state = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
    busy.planwave.post(f"/flow_runs/{one.id}/set_state", state)


def suspend_on_the_server(busy: Busy) -> None:
    suspend(busy.planwave, busy.flow_run, force=True)


def suspend_a_wave_on_the_server(busy: Busy) -> None:
    _, one = busy.planwave.flow_runs(busy.flow_run)
    suspend(busy.planwave, one.id, force=True)


def delete_on_the_server(busy: Busy) -> None:
    busy.planwave.delete(busy.flow_run)


def interrupt(busy: Busy) -> None:
    busy.running.send(signal.SIGINT)


def terminate_twice(busy: Busy) -> None:
    busy.running.send(signal.SIGTERM)
    busy.running.send(signal.SIGTERM)


def terminate_the_group(busy: Busy) -> None:
    busy.running.send(signal.SIGTERM, group=True)


Way = Callable[[Busy], None]
WAYS: dict[Way, int] = {
    cancel_on_the_server: 1,
    cancel_a_wave_on_the_server: 1,
    suspend_on_the_server: 1,
    suspend_a_wave_on_the_server: 1,
    interrupt: 130,
    terminate_twice: 130,
    terminate_the_group: 130,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_stopped_run_ends_in_order_and_goes_on_where_it_was(busy: Busy, way: Way) -> None:
    ended = busy.stopped(way)
    assert ended.code == WAYS[way], ended.err
    assert sorted(ended.subjects("job.stopped")) == ["left", "right"]
    run, one = busy.planwave.flow_runs(busy.flow_run)
    assert [(each.name, each.type) for each in (run, one)] == [(run.name, "CANCELLED"), ("The first wave", "CANCELLED")]
    shown = {each.name: each.type for each in busy.planwave.recorded_tasks(busy.flow_run, "quick", "left", "right")}
    assert (shown["quick"], shown["left"], shown["right"]) == ("COMPLETED", "CANCELLED", "CANCELLED")
    assert set(shown.values()) <= {"COMPLETED", "CANCELLED"}
    hub, name = busy.planwave.hub(busy.repo), busy.plan["name"]
    assert run_git(hub, "show", f"refs/planwave/rescue/{name}/left/1:left.txt") == "half"
    assert fingerprint(busy.repo) == busy.before
    again = busy.go_on()
    assert again.code == 0, again.err
    assert sorted(again.subjects("job.started")) == ["behind", "last", "left", "right"]
    assert run_git(busy.repo, "show", f"planwave/{name}/target:left.txt") == "whole"


def test_a_run_of_the_command_line_that_is_suspended_says_how_it_goes_on(busy: Busy) -> None:
    ended = busy.stopped(suspend_on_the_server)
    assert ended.err.splitlines()[0] == "planwave: stopped: suspended; run it again to go on"
    assert ended.of("run.finished")[0]["stopped_by"] == "cancel"


def test_a_run_that_is_deleted_on_the_server_ends_in_order_and_goes_on_where_it_was(busy: Busy) -> None:
    ended = busy.stopped(delete_on_the_server)
    assert ended.code == 1
    first = "planwave: stopped: the run was deleted on the server; run it again to go on"
    assert ended.err.splitlines()[0] == first
    assert sorted(ended.subjects("job.stopped")) == ["left", "right"]
    again = busy.go_on()
    assert again.code == 0, again.err
    assert sorted(again.subjects("job.started")) == ["behind", "last", "left", "right"]


def test_a_run_whose_wave_is_deleted_on_the_server_ends_in_order(busy: Busy) -> None:
    _, one = busy.planwave.flow_runs(busy.flow_run)
    busy.planwave.delete(one.id)
    cancel_on_the_server(busy)
    ended = busy.running.end()
    assert ended.code == 1
    assert ended.err.startswith("planwave: stopped: ")
    assert next(busy.planwave.flow_runs(busy.flow_run)).type == "CANCELLED"


def test_a_run_that_can_write_no_file_any_more_ends_with_status_1_and_says_why(planwave: Planwave, repo: Path) -> None:
    """As on a full disk: every write of the run's process, and of those that it starts, is refused by the system."""
    fifo = planwave.folder / "held.fifo"
    os.mkfifo(fifo)
    held = plan("no-room", wave("one", job("a", f"echo a > a.txt; cat {fifo}"), job("b", needs=["a"])))
    running = planwave.start_run(held, repo)
    with fifo.open("w"):
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (0, 0))
    ended = running.end()
    assert ended.code == 1, ended.err
    assert "bug" not in ended.err
    assert "job 'a' failed" in ended.err
    again = planwave.run(held | {"waves": [wave("one", job("a"), job("b", needs=["a"]))]}, repo)
    assert again.code == 0, again.err


@pytest.mark.parametrize("whole_group", [True, False])
def test_what_a_killed_run_left_is_mended_and_kept_by_the_next_one(busy: Busy, whole_group: bool) -> None:
    busy.running.send(signal.SIGKILL, group=whole_group)
    assert busy.running.end().code == -signal.SIGKILL
    assert busy.go_on().code == 0
    assert [child for child in busy.children if is_alive(child)] == []
    assert {each.type for each in busy.planwave.flow_runs(busy.flow_run)} == {"CRASHED"}
    shown = {each.name: each.type for each in busy.planwave.recorded_tasks(busy.flow_run, "quick", "left", "right")}
    assert (shown["left"], shown["right"]) == ("CRASHED", "CRASHED")
    assert "RUNNING" not in shown.values()
    hub, name = busy.planwave.hub(busy.repo), busy.plan["name"]
    assert run_git(hub, "show", f"refs/planwave/rescue/{name}/left/1:left.txt") == "half"
    assert fingerprint(busy.repo) == busy.before


def test_a_second_run_of_the_plan_on_the_repository_refuses_with_one_clear_line(busy: Busy) -> None:
    second = busy.planwave.run(busy.plan, busy.repo)
    assert second.code == 1
    assert [event["event"] for event in second.events] == ["planwave.run.refused"]
    what = f"plan '{busy.plan['name']}' is already running on {busy.repo} (process {busy.running.pid})"
    assert second.events[0]["reason"].startswith(what)
    assert second.err.splitlines()[0] == f"planwave: {what}"
    assert len(second.err.splitlines()) <= 2, "one line, and perhaps a hint"
    assert busy.stopped(interrupt).code == 130


def test_a_run_that_waits_for_a_person_can_be_stopped(planwave: Planwave, repo: Path) -> None:
    asked = plan("asked", wave("one", job("a"), gate={"decide": "human"}), wave("two", job("b")))
    running = planwave.start_run(asked, repo)
    flow_run = running.wait_for("run.started")["flow_run"]
    running.wait_for("gate.asked")
    running.send(signal.SIGINT)
    ended = running.end()
    assert ended.code == 130, ended.err
    assert {each.type for each in planwave.flow_runs(flow_run)} == {"CANCELLED"}


def test_a_run_that_is_stopped_while_it_reads_its_plan_ends_at_once(planwave: Planwave, repo: Path) -> None:
    path = planwave.folder / "never.yaml"
    os.mkfifo(path)
    running = planwave.start("run", str(path), "--repo", str(repo), "--json")
    with path.open("w"):
        running.send(signal.SIGTERM)
        ended = running.end()
    assert (ended.code, ended.out, ended.err) == (130, "", "")


def test_a_run_that_is_killed_while_it_clones_the_repository_is_mended_by_the_next_one(
    planwave: Planwave, repo: Path
) -> None:
    """A pipe in the place of a branch holds up the clone: whoever reads the branches waits for a writer."""
    held = repo / ".git/refs/heads/held"
    os.mkfifo(held)
    small = plan("cloned", wave("one", job("a")))
    running = planwave.start_run(small, repo)
    with held.open("w"):
        running.send(signal.SIGKILL)
        assert running.end().code == -signal.SIGKILL
    hub = planwave.hub(repo)
    assert not hub.exists()
    assert len(halves(hub)) == 1
    held.unlink()
    killed = recorded_runs(planwave, {"tags": {"all_": [f"opening:{Home(planwave.home).identity}/{hub.stem}/cloned"]}})
    assert [each.type for each in killed] == ["RUNNING"]
    ended = planwave.run(small, repo)
    assert ended.code == 0, ended.err
    assert [each.type for each in recorded_runs(planwave, {"id": {"any_": [killed[0].id]}})] == ["CRASHED"]
    assert halves(hub) == []


def halves(hub: Path) -> list[Path]:
    """Return what there is of a hub that is not whole yet."""
    return [path for path in hub.parent.iterdir() if hub.stem in path.name and path.suffix == ".new"]


def recorded_runs(planwave: Planwave, which: dict[str, object]) -> list[Recorded]:
    return [Recorded.of(record) for record in planwave.post("/flow_runs/filter", {"flow_runs": which}).json()]
