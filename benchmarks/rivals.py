"""What people use today for the same work: a shell script with worktrees and xargs, and a plain Prefect flow."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.ground import git, timed
from deployments.server.lifecycle import client_environment, server_status
from tasks.home import Home

SCRIPT = """
set -eu
job() {
  # Of two at once, one may fail on the other's lock.
  for try in 1 2 3; do git worktree add -q -f --no-track -B "track-$1" "../work/$1" main && break; done
  cd "../work/$1"
  sleep "$SECONDS_EACH"; mkdir -p out; echo "$1" > "out/$1.txt"
  git add -A && git commit -q -m "job $1"
}
export -f job
mkdir -p ../work
seq 0 $((JOBS - 1)) | xargs -P "$SLOTS" -I{} bash -c 'job {}'
git worktree add -q -b integration ../work/integration main
cd ../work/integration
for n in $(seq 0 $((JOBS - 1))); do git merge -q --no-ff -m "Merge $n" "track-$n"; done
"""


def shell_script(repo: Path, jobs: int, slots: int, seconds: str) -> float:
    """Return how long the shell script takes, in seconds; every job has a branch, merged in order at the end."""
    os.environ.update(JOBS=str(jobs), SLOTS=str(slots), SECONDS_EACH=seconds)
    git(repo, "config", "user.name", "bench")
    git(repo, "config", "user.email", "bench@example.org")
    return timed(["bash", "-c", SCRIPT], cwd=repo)


PLAIN_FLOW = """
import os, subprocess, sys, time
from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

jobs, slots, seconds = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

def git(folder, *args):
    subprocess.run(["git", *args], cwd=folder, check=True, capture_output=True)

@task
def job(number):
    work = f"../work/{number}"
    git(".", "worktree", "add", "-q", "--no-track", "-b", f"track-{number}", work, "main")
    script = f"sleep {seconds}; mkdir -p out; echo {number} > out/{number}.txt"
    subprocess.run(["sh", "-c", script], cwd=work, check=True)
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", f"job {number}")

@flow(task_runner=ThreadPoolTaskRunner(max_workers=slots))
def plan():
    done = [job.submit(number) for number in range(jobs)]
    git(".", "worktree", "add", "-q", "-b", "integration", "../work/integration", "main")
    for number, future in enumerate(done):
        future.wait()
        git("../work/integration", "merge", "-q", "--no-ff", "-m", f"Merge {number}", f"track-{number}")

began = time.perf_counter()
plan()
print(time.perf_counter() - began)
"""


def plain_flow(repo: Path, jobs: int, slots: int, seconds: str) -> float:
    """Return how long a plain Prefect flow takes for the same work, start-up apart, in seconds."""
    git(repo, "config", "user.name", "bench")
    git(repo, "config", "user.email", "bench@example.org")
    info = server_status(home := Home.from_environment())
    assert info is not None
    argv = [sys.executable, "-c", PLAIN_FLOW, str(jobs), str(slots), seconds]
    env = {**os.environ, **client_environment(info, home)}
    done = subprocess.run(argv, cwd=repo, env=env, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])
