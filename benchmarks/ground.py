"""What the measurements share: repositories, plans, and runs of the command line."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil

from plans.model import Plan
from plans.yaml.writer import write_plan

PLANWAVE = (sys.executable, "-c", "from deployments.cli import main; main()")
_IDENTITY = {f"GIT_{who}_{what}": "bench" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass
class Measured:
    """One run of `planwave run`, as its events tell it."""

    seconds: float
    """From the run's first event to its last."""
    startup_s: float
    """From the command to the run's first event."""
    first_job_s: float | None
    """From the command to the start of its first agent."""
    peak_mib: float
    code: int
    events: list[dict[str, object]] = field(default_factory=list[dict[str, object]])


def git(folder: Path, *args: str) -> str:
    """Run git as a user would."""
    env = {**os.environ, **_IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(["git", *args], cwd=folder, env=env, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def make_repository(folder: Path, files: int, *, per_folder: int = 100) -> Path:
    """Make a repository with one commit of so many small files."""
    for number in range(files):
        path = folder / f"d{number // (per_folder * 25)}/e{number // per_folder}/f{number}.txt"
        if number % per_folder == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"file {number}\n" * 20)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "First")
    return folder


def chain_plan(jobs: int, tracks: int, *, seconds: str, slots: int = 8) -> Plan:
    """Return a plan of one wave whose jobs each sleep and write a file, dealt to tracks in turn."""
    script = f"sleep {seconds}; mkdir -p out; echo $PLANWAVE_JOB > out/$PLANWAVE_JOB.txt"
    return Plan.model_validate(
        {
            "version": 1,
            "name": "bench",
            "limits": {"jobs": slots},
            "tracks": [{"id": f"t{t}"} for t in range(tracks)],
            "waves": [
                {
                    "id": "all",
                    "jobs": [
                        {"id": f"j{j}", "track": f"t{j % tracks}", "run": ["sh", "-c", script]} for j in range(jobs)
                    ],
                }
            ],
            "merge": {"order": [f"t{t}" for t in range(tracks)]},
        }
    )


def write(plan: Plan, path: Path) -> Path:
    """Write a plan as YAML."""
    path.write_text(write_plan(plan))
    return path


@contextmanager
def scratch() -> Generator[Path]:
    """Yield an empty folder with a planwave home of its own; a server that was started in it is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="planwave-bench-") as name:
        os.environ["PLANWAVE_HOME"] = f"{name}/home"
        try:
            yield Path(name)
        finally:
            subprocess.run([*PLANWAVE, "server", "stop"], check=False, capture_output=True)


def start_server() -> None:
    """Start planwave's server, so that no measured run has to."""
    subprocess.run([*PLANWAVE, "server", "start"], check=True, capture_output=True)


def run_plan(plan: Path, repo: Path, *args: str) -> Measured:
    """Run a plan to its end, as a user does, and measure it."""
    began = time.time()
    argv = [*PLANWAVE, "run", str(plan), "--repo", str(repo), "--json", *args]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        events, peak = _follow(process)
    at = [datetime.fromisoformat(str(event["at"])).timestamp() for event in events]
    jobs = [when for when, event in zip(at, events, strict=True) if event["event"] == "planwave.job.started"]
    return Measured(
        seconds=at[-1] - at[0],
        startup_s=at[0] - began,
        first_job_s=jobs[0] - began if jobs else None,
        peak_mib=peak,
        code=process.returncode,
        events=events,
    )


def timed(argv: Sequence[str], *, cwd: Path) -> float:
    """Return how long a program takes, in seconds."""
    began = time.perf_counter()
    subprocess.run(argv, cwd=cwd, check=True, capture_output=True)
    return time.perf_counter() - began


def _follow(process: "subprocess.Popen[str]") -> tuple[list[dict[str, object]], float]:
    assert process.stdout is not None
    watched = psutil.Process(process.pid)
    events: list[dict[str, object]] = []
    peak = 0.0
    for line in process.stdout:
        events.append(json.loads(line))
        peak = max(peak, watched.memory_info().rss / 2**20)
    return events, peak
