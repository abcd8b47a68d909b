#!/usr/bin/env bash
# With a version of `whenever` that Prefect's requirements take, cron schedules never make a run; all else says that it works.
#
# Prefect 3.9.1, whenever 0.10.5 and 0.11.0, Python 3.11. Older versions of Prefect were not tried.
#
# Expected: Prefect 3.9.1 requires `whenever>=0.10.5,<0.12.0`, so schedules work with 0.10.5, or the server says that they do not.
# Happens:  with 0.10.5 the scheduler fails at each cron schedule in each round ("tzinfo must be of type ZoneInfo (exactly), got
#           Timezone('UTC')": on this Python Prefect's times are Pendulum's), which only the server's log tells. The deployment is
#           accepted and active, /health is true, interval schedules beside it work. With 0.11.0, nothing else changed, it works.
# planwave: asks for whenever 0.11 or newer, and `planwave doctor` tells a schedule of which the server makes no runs.
#
# Seen (and checked below):
#   whenever 0.10.5: cron no runs, interval runs, health True, errors in the log
#   whenever 0.11.0: cron runs, interval runs, health True, no such error
set -euo pipefail

for name in "${!PREFECT_@}"; do unset "$name"; done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >probe.py <<'PYTHON'
"""Say of which schedules a server makes runs: one by cron, one by interval."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from urllib.request import Request, urlopen

ROUND_S = 5
PATIENCE_S = 60
INTERVAL, CRON = {"interval": 3600}, {"cron": "0 7 * * *", "timezone": "UTC"}


@contextlib.contextmanager
def server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    rounds = {"PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": str(ROUND_S), "PREFECT_HOME": os.path.abspath("home")}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port]
    with open("server.log", "w") as log:
        process = subprocess.Popen(command, env=os.environ | rounds, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{port}/api"
    finally:
        process.terminate()
        process.wait(90)


def ask(address, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(address, data, {"Content-Type": "application/json"})) as answer:
        return json.load(answer)


def until(question, seconds=300):
    """The first answer that is true, or the last one; a busy server is asked again."""
    answer, end = None, time.monotonic() + seconds
    while not answer and time.monotonic() < end:
        time.sleep(1)
        with contextlib.suppress(OSError):
            answer = question()
    return answer


def deploy(api, name, schedule):
    flow = until(lambda: ask(f"{api}/flows/", {"name": name}))["id"]
    deployment = {"name": name, "flow_id": flow, "schedules": [{"active": True, "schedule": schedule}]}
    return until(lambda: ask(f"{api}/deployments/", deployment))["id"]


def runs(api, deployment):
    wanted = {"deployments": {"id": {"any_": [deployment]}}}
    return "runs" if until(lambda: ask(f"{api}/flow_runs/count", wanted), PATIENCE_S) else "no runs"


with server() as api:
    until(lambda: ask(f"{api}/health"))
    cron, interval = deploy(api, "cron", CRON), deploy(api, "interval", INTERVAL)
    print(f"whenever {version('whenever')}: cron {runs(api, cron)}, interval {runs(api, interval)}", end=", ")
    print(f"health {ask(f'{api}/health')}", end=", ")
    with open("server.log") as log:
        refused = "tzinfo must be of type ZoneInfo (exactly)" in log.read()
    print("errors in the log" if refused else "no such error", flush=True)
PYTHON

cat >expected <<'SEEN'
whenever 0.10.5: cron no runs, interval runs, health True, errors in the log
whenever 0.11.0: cron runs, interval runs, health True, no such error
SEEN

python3.11 -m venv venv
venv/bin/pip install --quiet prefect==3.9.1 fastapi==0.150.0 SQLAlchemy==2.1.9 pendulum==3.3.0 whenever==0.10.5
venv/bin/python probe.py >seen
rm -rf home
venv/bin/pip install --quiet whenever==0.11.0
venv/bin/python probe.py >>seen
cat seen
diff expected seen
