"""Runs of a worker: suspended they end in order and keep their work, resumed they go on once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.commands import MAIN, Planwave
from tests.flows.suspending import resume, suspend
from tests.flows.test_stopping import long_plan
from tests.repositories import run_git


@pytest.fixture
def worker(planwave: Planwave) -> Iterator[None]:
    """Have a worker of the pool that `planwave deploy` makes at work."""
    deployed = planwave.call("deploy")
    assert deployed.code == 0, deployed.err
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", MAIN, "prefect", "worker", "start", "--pool", "planwave"],
        cwd=planwave.folder,
        env={**planwave.env, "PREFECT_WORKER_QUERY_SECONDS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    yield
    # It has nothing at work any more, and Prefect's own way of ending takes its time.
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def started(planwave: Planwave, plan: Path, repo: Path) -> str:
    """Let the worker start a run, and give its id."""
    found = planwave.api.get("/deployments/name/run-plan/on-demand").raise_for_status().json()["id"]
    asked = {"parameters": {"plan": str(plan), "repo": str(repo)}, "state": {"type": "SCHEDULED"}}
    return str(planwave.post(f"/deployments/{found}/create_flow_run", asked).json()["id"])


@pytest.mark.usefixtures("worker")
def test_a_suspended_run_of_a_worker_keeps_its_work_and_is_resumed_once(planwave: Planwave, repo: Path) -> None:
    """Resumed at once, before its first process can have ended: the second one waits for that."""
    long = long_plan("suspended", planwave.folder)
    flow_run = started(planwave, planwave.plan(long), repo)
    writers = [(planwave.folder / f"{name}.fifo").open("w") for name in ("left", "right")]
    assert suspend(planwave, flow_run) == "ACCEPT"
    (planwave.folder / "go").touch()
    assert resume(planwave, flow_run) == "ACCEPT"
    planwave.wait_for_state(flow_run, "COMPLETED")
    for writer in writers:
        writer.close()
    hub = planwave.hub(repo)
    assert run_git(hub, "show", "refs/planwave/rescue/suspended/left/1:left.txt") == "half"
    assert run_git(repo, "show", "planwave/suspended/target:left.txt") == "whole"
    run, *waves = planwave.flow_runs(flow_run)
    assert (run.name, run.state, {each.type for each in waves}) == ("suspended-2", "Completed", {"COMPLETED"})
    shown = [(each.name, each.type) for each in planwave.recorded_tasks(flow_run, "left", "right", "last")]
    assert sorted(kind for name, kind in shown if name == "left") == ["CANCELLED", "COMPLETED"]
    assert {kind for _, kind in shown} == {"CANCELLED", "COMPLETED"}, "and none is left as if it were running"
    attempts = planwave.home / "runs" / hub.stem / "suspended/jobs"
    assert sorted(folder.name for folder in (attempts / "left").iterdir()) == ["1", "2"], "not a third time, beside"
