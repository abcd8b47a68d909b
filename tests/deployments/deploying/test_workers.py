"""Runs of workers: on a schedule, when they are asked for, and when workers die; on a real server, by real workers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.server.lifecycle import ServerInfo
from tasks.home import Home
from tests.deployments.workers import Machine, machine, until
from tests.repositories import make_repository, run_git

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]


@pytest.fixture
def here(shared_server: tuple[Home, ServerInfo], server: ServerInfo, tmp_path: Path) -> Iterator[Machine]:
    with machine(shared_server[0], server, tmp_path / "elsewhere") as given:
        # Whoever starts a worker in a target repository must not run its modules.
        for name in ("flows.py", "tasks.py"):
            (given.folder / name).write_text("raise SystemExit('a module of the target repository was imported')\n")
        yield given


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    make_repository(tmp_path / "project")
    return tmp_path / "project"


def write_plan(folder: Path, name: str, second: str = "true") -> Path:
    """Write a plan of two jobs, each of which notes in a file that it was done."""
    jobs = [
        {"id": job, "run": ["sh", "-c", f"echo {job} >> {folder}/{name}.done; echo {job} > {job}.txt; {end}"]}
        for job, end in (("first", "true"), ("second", second))
    ]
    jobs[1]["needs"] = ["first"]
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps({"version": 1, "name": name, "waves": [{"id": "one", "jobs": jobs}]}))
    return path


def done(folder: Path, name: str) -> list[str]:
    path = folder / f"{name}.done"
    return path.read_text().split() if path.exists() else []


def test_a_schedule_fires_twice_and_the_second_run_finds_everything_done(
    here: Machine, repo: Path, tmp_path: Path
) -> None:
    write_plan(tmp_path, "nightly")
    said = here.call("deploy", "--plan", "../nightly.yaml", "--repo", str(repo), "--every", "20s")
    assert "schedule: every 20s\n" in said
    assert len(re.findall(r"\d\d:\d\d:\d\d", said)) == 3, "the server has made the next runs"
    here.start_worker()
    until(lambda: [run.state.type for run in here.kept_by_schedule("nightly")].count("COMPLETED") > 1, "two runs")
    first, second = [run for run in here.kept_by_schedule("nightly") if run.state.type == "COMPLETED"][:2]
    assert (first.name, second.name) == ("nightly-1", "nightly-2")
    assert done(tmp_path, "nightly") == ["first", "second"], "nothing is done twice"
    assert run_git(repo, "show", "planwave/nightly/target:second.txt") == "second"
    here.call("prefect", "deployment", "delete", "run-plan/nightly")


def test_runs_of_two_workers_outlive_them_and_a_killed_run_is_gone_on_with(
    here: Machine, repo: Path, tmp_path: Path
) -> None:
    here.call("deploy")
    hold = f"until [ -e {tmp_path}/go ]; do sleep 0.1; done"
    plans = {name: write_plan(tmp_path, name, hold) for name in ("left", "right")}
    workers = [here.start_worker() for _ in range(2)]
    ids = {name: here.start_run("run-plan/on-demand", plan=str(plans[name]), repo=str(repo)) for name in plans}
    until(lambda: all(len(done(tmp_path, name)) == 2 for name in plans), "both runs at work")
    killed = here.process_of(ids["right"])
    for worker in workers:
        for process in (worker, *here.own_processes(worker)):
            process.kill()
        worker.wait()
    killed.kill()

    (tmp_path / "go").touch()
    assert here.ended(ids["left"]).state.type == "COMPLETED"
    here.start_worker()
    again = here.start_run("run-plan/on-demand", plan=str(plans["right"]), repo=str(repo))
    assert here.ended(again).state.type == "COMPLETED"
    assert here.run(ids["right"]).state.type == "CRASHED", "the next run has set its record right"
    assert done(tmp_path, "left") == ["first", "second"], "one worker started it, once"
    assert done(tmp_path, "right") == ["first", "second", "second"], "what was finished is not done again"


def test_a_worker_that_is_ended_ends_its_run_in_order(here: Machine, repo: Path, tmp_path: Path) -> None:
    here.call("deploy")
    plan = write_plan(tmp_path, "ended", "sleep 600")
    worker = here.start_worker()
    flow_run = here.start_run("run-plan/on-demand", plan=str(plan), repo=str(repo))
    until(lambda: len(done(tmp_path, "ended")) == 2, "the run at work")
    worker.terminate()
    assert worker.wait(60) == 0
    assert here.run(flow_run).state.type == "CANCELLED"
