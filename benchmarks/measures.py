"""The measurements themselves: each gives rows of what was measured and what it should be."""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.ground import (
    PLANWAVE,
    chain_plan,
    make_repository,
    run_plan,
    scratch,
    start_server,
    timed,
    write,
)
from benchmarks.rivals import plain_flow, shell_script
from deployments.server.lifecycle import login_of, server_status
from deployments.server.password import basic
from plans.model import Plan
from plans.schedule.simulate import simulate
from tasks.home import Home
from tasks.hub.merge_tree import merge_commits
from tasks.ledger.ledger import land, land_message
from tasks.run.opening import open_hub

SLOTS = 8


@dataclass(frozen=True)
class Row:
    """One figure."""

    what: str
    value: str
    goal: str = ""
    met: bool | None = None


def many_jobs(jobs: int, tracks: int, goal: float, *, rivals: bool) -> Iterator[Row]:
    """Measure jobs of 1 s on 8 slots against the simulated optimum, and against the rivals on the same work."""
    plan = chain_plan(jobs, tracks, seconds="1", slots=SLOTS)
    best = simulate(plan, durations=dict.fromkeys(plan.jobs, 1.0)).makespan_s
    with scratch() as folder:
        start_server()
        repo = make_repository(folder / "repo", 100)
        run = run_plan(write(plan, folder / "plan.yaml"), repo)
        lag = _ui_lag_s(jobs)
        ratio = run.seconds / best
        name = f"{jobs} jobs of 1 s, {tracks} tracks, {SLOTS} slots"
        yield Row(f"{name}: optimum", f"{best:.1f} s")
        yield Row(f"{name}: planwave", f"{ratio:.3f} x ({run.seconds:.2f} s)", f"<= {goal} x", ratio <= goal)
        yield Row(f"{name}: start-up, apart", f"{run.startup_s:.1f} s; first agent {run.first_job_s or 0:.1f} s")
        yield Row(f"{name}: memory of the process", f"{run.peak_mib:.0f} MiB")
        yield Row(f"{name}: all shown by the server after the end", f"{lag:.1f} s")
        if rivals:
            script = shell_script(make_repository(folder / "a/repo", 100), jobs, SLOTS, "1") / best
            yield Row(f"{name}: bash, worktrees and xargs", f"{script:.3f} x", "planwave ahead", ratio < script)
            plain = plain_flow(make_repository(folder / "b/repo", 100), jobs, SLOTS, "1") / best
            yield Row(f"{name}: a plain Prefect flow", f"{plain:.3f} x", "planwave ahead", ratio < plain)


def many_merges(merges: int = 100, files: int = 50_000, goal_s: float = 5.0) -> Iterator[Row]:
    """Measure landing tracks one after another on a large repository, with the check for lost work, without tests."""
    plan = Plan.model_validate(
        {
            "version": 1,
            "name": "merges",
            "tracks": [{"id": f"t{t}"} for t in range(merges)],
            "waves": [{"id": "w", "jobs": [{"id": f"j{t}", "track": f"t{t}"} for t in range(merges)]}],
        }
    )
    with scratch() as folder:
        repo = make_repository(folder / "repo", files)
        with open_hub(repo, plan, Home.from_environment()) as hub:
            heads = [_edited(hub.git.git_dir, hub.base, number) for number in range(merges)]
            began = time.perf_counter()
            for number, head in enumerate(heads):
                target = hub.target_tip()
                message = land_message(hub, track=f"t{number}", head=head, wave="w", run="bench")
                sides = {
                    "ours_name": "the target",
                    "theirs_name": f"track t{number}",
                    "date": f"{time.time():.0f} +0000",
                }
                land(hub, merge_commits(hub, target, head, message, **sides), target)
            seconds = time.perf_counter() - began
    yield Row(f"{merges} merges on {files} files", f"{seconds:.2f} s", f"< {goal_s:.0f} s", seconds < goal_s)


def large_check(jobs: int = 10_000, goal_s: float = 5.0) -> Iterator[Row]:
    """Measure `planwave check` and `planwave show` of a large plan."""
    with scratch() as folder:
        large = write(_owned(chain_plan(jobs, 200, seconds="1")), folder / "plan.yaml")
        small = write(_owned(chain_plan(5, 3, seconds="1")), folder / "small.yaml")
        seconds = timed([*PLANWAVE, "check", str(large)], cwd=Path())
        yield Row(f"check of {jobs} jobs", f"{seconds:.2f} s", f"< {goal_s:.0f} s", seconds < goal_s)
        for command in ("check", "show"):
            best = min(timed([*PLANWAVE, command, str(small)], cwd=Path()) for _ in range(5))
            yield Row(f"{command} of 5 jobs (best of 5)", f"{best:.2f} s", "< 0.6 s", best < 0.6)


def resume(jobs: int = 1_000, goal_s: float = 5.0) -> Iterator[Row]:
    """Measure the time from the command to the first new job of a run whose other jobs are all done."""
    with scratch() as folder:
        start_server()
        repo = make_repository(folder / "repo", 100)
        plan = chain_plan(jobs, 50, seconds="0")
        run_plan(write(plan, folder / "plan.yaml"), repo)
        wave = plan.waves[0]
        new = wave.jobs[-1].model_copy(update={"id": "one-more"})
        more = plan.model_copy(update={"waves": (wave.model_copy(update={"jobs": (*wave.jobs, new)}),)})
        run = run_plan(write(more, folder / "plan.yaml"), repo)
    first = run.first_job_s or float("inf")
    yield Row(
        f"resume of a run of {jobs} jobs, to the first new one", f"{first:.2f} s", f"< {goal_s} s", first < goal_s
    )


def _edited(hub: Path, base: str, number: int) -> str:
    """Make a commit that changes one file of its own, with plumbing alone."""
    index = {"GIT_DIR": str(hub), "GIT_INDEX_FILE": str(hub / "bench.index")}
    path = f"d{number % 20}/e{(number % 20) * 25}/f{(number % 20) * 2500 + number // 20}.txt"

    def plumb(*args: str, text: str = "") -> str:
        done = subprocess.run(["git", *args], env=_env(index), input=text, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    if number == 0:
        plumb("read-tree", base)
    blob = plumb("hash-object", "-w", "--stdin", text=f"edited by {number}\n")
    old = plumb("ls-files", "-s", "--", path).split()[1]
    plumb("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    commit = plumb("commit-tree", plumb("write-tree"), "-p", base, "-m", f"job {number}")
    plumb("update-index", "--cacheinfo", f"100644,{old},{path}")
    return commit


def _env(more: dict[str, str]) -> dict[str, str]:
    who = {f"GIT_{w}_{x}": "bench" for w in ("AUTHOR", "COMMITTER") for x in ("NAME", "EMAIL")}
    return {**os.environ, **who, **more}


def _owned(plan: Plan) -> Plan:
    data = plan.model_dump(mode="json", exclude_defaults=True)
    for track in data["tracks"]:
        track["owns"] = {"create": [f"/src/{track['id']}/**", f"/docs/{track['id']}.md"]}
    return Plan.model_validate(data)


def _ui_lag_s(jobs: int) -> float:
    """Return the seconds from now until the server shows every job's task run as completed."""
    info = server_status(home := Home.from_environment())
    assert info is not None
    headers = {"Authorization": basic(login_of(home) or "")}
    completed = {"task_runs": {"name": {"like_": "j"}, "state": {"type": {"any_": ["COMPLETED"]}}}}
    began = time.perf_counter()
    while time.perf_counter() - began < 120:
        shown = httpx.post(f"{info.api_url}/task_runs/count", json=completed, headers=headers, timeout=30).json()
        if shown >= jobs:
            break
        time.sleep(0.2)
    return time.perf_counter() - began
