#!/usr/bin/env bash
# A process worker that is asked to stop ends its flows at once, exits 0, and leaves their runs in state Running.
#
# Prefect 3.9.1, Python 3.11. Older versions were not tried.
#
# Expected: SIGTERM (systemd, a container's stop) or SIGINT lets the worker finish its runs, or end them in order: the flow's
#           `finally` runs and the run becomes Crashed or Cancelled, so that it can be told from one that works.
# Happens:  the flow's process is gone at once (seen: 0.2 s), without its `finally`; the worker says "stopped!" and exits 0; the
#           run stays Running, and counts as one that works.
# planwave: `planwave prefect worker start` takes the signal, asks the runs to stop, waits for their end, then ends the worker.
#
# Seen (and checked below):
#   SIGTERM: run Running, flow's process gone early, its finally ran: False, worker exits 0, 20 s later the run is Running
#   SIGINT: run Running, flow's process gone early, its finally ran: False, worker exits 0, 20 s later the run is Running
set -euo pipefail

for name in "${!PREFECT_@}"; do unset "$name"; done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >waiting.py <<'PYTHON'
import os
import pathlib
import time

from prefect import flow


@flow
def waiting():
    pathlib.Path(os.environ["MARKS"], "pid").write_text(str(os.getpid()))
    try:
        time.sleep(300)
    finally:
        pathlib.Path(os.environ["MARKS"], "finally").touch()
PYTHON

cat >probe.py <<'PYTHON'
"""Stop a process worker in the middle of a run, once by each signal, and say what became of the run."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
from urllib.request import Request, urlopen

LATER_S = 20
GONE_WITHIN_S = 120
"""A second or so is what it takes on an idle machine; the flow would go on for 300 s."""
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    PORT = str(free.getsockname()[1])
API = f"http://127.0.0.1:{PORT}/api"
HERE = pathlib.Path.cwd()
ENVIRONMENT = os.environ | {
    "PREFECT_HOME": str(HERE / "home"),
    "PREFECT_API_URL": API,
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PYTHONPATH": str(HERE),
    "MARKS": str(HERE),
}


@contextlib.contextmanager
def prefect(*arguments):
    with open(f"{arguments[0]}.log", "a") as log:
        command = [sys.executable, "-m", "prefect", *arguments]
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(90)


def ask(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(API + path, data, {"Content-Type": "application/json"})) as answer:
        return json.load(answer)


def until(question, seconds=300):
    """The first answer that is true; a busy server is asked again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if answer := question():
                return answer
        time.sleep(0.1)
    raise TimeoutError("".join(log.read_text()[-3000:] for log in HERE.glob("*.log")))


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def flow_process():
    pid = HERE / "pid"
    return int(pid.read_text()) if pid.exists() and pid.read_text() else None


def state(run):
    return until(lambda: ask(f"/flow_runs/{run}"))["state"]["name"]


def stop(deployment, number):
    for mark in "pid", "finally":
        (HERE / mark).unlink(missing_ok=True)
    with prefect("worker", "start", "--pool", "pool", "--type", "process") as worker:
        run = until(lambda: ask(f"/deployments/{deployment}/create_flow_run", {}))["id"]
        pid = until(flow_process)
        before = state(run)
        worker.send_signal(number)
        try:
            until(lambda: is_gone(pid), GONE_WITHIN_S)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)  # nobody else would end it
            raise
        code = worker.wait(90)
    time.sleep(LATER_S)
    finally_ran = (HERE / "finally").exists()
    print(f"{number.name}: run {before}, flow's process gone early, its finally ran: {finally_ran}", end=", ")
    print(f"worker exits {code}, {LATER_S} s later the run is {state(run)}", flush=True)


with prefect("server", "start", "--host", "127.0.0.1", "--port", PORT):
    until(lambda: ask("/health"))
    until(lambda: ask("/work_pools/", {"name": "pool", "type": "process"}))
    flow = until(lambda: ask("/flows/", {"name": "waiting"}))["id"]
    deployment = {"name": "d", "flow_id": flow, "entrypoint": "waiting.waiting", "work_pool_name": "pool"}
    deployment = until(lambda: ask("/deployments/", deployment))["id"]
    for number in signal.SIGTERM, signal.SIGINT:
        stop(deployment, number)
PYTHON

cat >expected <<'SEEN'
SIGTERM: run Running, flow's process gone early, its finally ran: False, worker exits 0, 20 s later the run is Running
SIGINT: run Running, flow's process gone early, its finally ran: False, worker exits 0, 20 s later the run is Running
SEEN

python3.11 -m venv venv
venv/bin/pip install --quiet prefect==3.9.1 fastapi==0.150.0 SQLAlchemy==2.1.9 pendulum==3.3.0 whenever==0.11.0
venv/bin/python probe.py >seen
cat seen
diff expected seen
