"""What the loop of a run costs a job, as a plan grows: the core alone, without a server, on instant jobs.

Each size is run in a process of its own, which `python -m benchmarks.loop JOBS TRACKS` is; it prints JSON.
"""

import asyncio
import json
import logging
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.ground import chain_plan, make_repository, scratch, write
from benchmarks.measures import Row
from tasks.session.settings import RunSettings
from tasks.session.steps import Kind
from tests.flows.histories import run_directly


def loop_cost(small: int = 1_000, large: int = 10_000, tracks: int = 100, goal: float = 1.15) -> Iterator[Row]:
    """Measure the processor's time of the run's own process, a job, on a small and on a large plan."""
    costs = {jobs: _cost(jobs, tracks) for jobs in (small, large)}
    for jobs, (ms, mib) in costs.items():
        yield Row(f"{jobs} instant jobs, {tracks} tracks: own process", f"{ms:.1f} ms a job, {mib:.0f} MiB at most")
    ratio = costs[large][0] / costs[small][0]
    yield Row(f"a job of {large} beside one of {small}", f"{ratio:.2f} x", f"<= {goal} x", ratio <= goal)


def _cost(jobs: int, tracks: int) -> tuple[float, float]:
    argv = [sys.executable, "-m", "benchmarks.loop", str(jobs), str(tracks)]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    used = json.loads(done.stdout)
    return used["ms"], used["mib"]


def main() -> None:
    """Run one size in this process."""
    jobs, tracks = int(sys.argv[1]), int(sys.argv[2])
    logging.disable()
    with scratch() as folder:
        repo = make_repository(folder / "repo", 100)
        plan = write(chain_plan(jobs, tracks, seconds="0"), folder / "plan.yaml")
        before = resource.getrusage(resource.RUSAGE_SELF)
        state = asyncio.run(run_directly(RunSettings(plan=str(Path(plan)), repo=str(repo))))
        after = resource.getrusage(resource.RUSAGE_SELF)
    assert state.kind is Kind.COMPLETED, state.message
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"ms": 1000 * seconds / jobs, "mib": after.ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
