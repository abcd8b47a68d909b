"""A job that tries to answer a gate of its own run: with all that it is given, and all that it sees beside it."""

import json
import os
import sys
from pathlib import Path

from deployments.server.lifecycle import login_of
from tasks.home import Home
from tests.flows.commands import CHECKOUT, Planwave
from tests.flows.plans import PlanDict, job, plan, wave
from tests.flows.test_gate_decisions import answer, waiting
from tests.repositories import run_git

ASKED = ("PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_KEY")
TRY = """
import base64, json, os, pathlib, subprocess, sys, urllib.error, urllib.request

def say_go(flow_run, url, headers):
    body = json.dumps({"run_input": {"decision": "GO", "note": "by myself"}}).encode()
    headers = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(f"{url}/flow_runs/{flow_run}/resume", body, headers)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code

def others():
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        for name in ("environ", "cmdline"):
            try:
                yield (folder / name).read_bytes().decode(errors="replace")
            except OSError:
                pass

url, home, told, checkout = sys.argv[1:]
with open(told) as fifo:
    flow_run = fifo.read().strip()
words = set(os.environ.values()) | {"planwave:", "admin:admin"}
tries = [{}]
for word in words:
    tries += [{"Authorization": f"Bearer {word}"}] if word.isascii() and word.isprintable() else []
    tries += [{"Authorization": "Basic " + base64.b64encode(word.encode()).decode()}]
statuses = sorted({say_go(flow_run, url, headers) for headers in tries})
program = [sys.executable, "-P", "-c", "from deployments.cli import main; main()"]
env = {**os.environ, "PLANWAVE_HOME": home, "PYTHONPATH": checkout}
without_mark = {name: value for name, value in env.items() if name != "PLANWAVE_MARK"}
commands = [
    subprocess.run([*program, *argv], env=shown, cwd="/", capture_output=True, text=True)
    for argv in (["approve"], ["ui", "--password"])
    for shown in (env, without_mark)
]
result = {
    "statuses": statuses,
    "commands": [[each.returncode, each.stdout, each.stderr] for each in commands],
    "environment": dict(os.environ),
    "seen": "".join(others()),
}
pathlib.Path("tries.txt").write_text(json.dumps(result))
"""


def test_a_job_cannot_answer_a_gate_of_its_own_run(planwave: Planwave, repo: Path) -> None:
    fifo = planwave.folder / "told"
    os.mkfifo(fifo)
    url, home = str(planwave.api.base_url).rstrip("/"), str(planwave.home)
    nosy = {
        "kind": "command",
        "run": [sys.executable, "-c", TRY, url, home, str(fifo), str(CHECKOUT)],
        "env": list(ASKED),
    }
    trying: PlanDict = {"id": "tries", "agent": "nosy", "prompt": "Try.", "owns": {"create": ["tries.txt"]}}
    asking = wave("one", job("a"), gate={"decide": "human"}, barrier=False)
    own = plan("own-gate", asking, wave("two", trying), agents={"nosy": nosy})
    running = planwave.start_run(own, repo)
    flow_run = waiting(planwave, running)
    fifo.write_text(flow_run)
    running.wait_for("job.completed", "tries")
    assert next(planwave.flow_runs(flow_run)).state == "Paused", "the gate still waits"
    assert answer(planwave, flow_run, "NO-GO", "by a person") == "ACCEPT"
    ended = running.end()
    assert ended.of("gate.decided", "one")[0]["note"] == "by a person"

    tried = json.loads(run_git(repo, "show", "planwave/own-gate/track/tries:tries.txt"))
    assert tried["statuses"] == [401]
    for status, out, err in tried["commands"]:
        assert (status, out) == (1, "")
        assert "for the user alone, and this was called by the job 'tries'" in err
    secret = (login_of(Home(planwave.home)) or "").partition(":")[2]
    assert len(secret) > 40
    assert secret not in json.dumps(tried)
    assert not set(ASKED) & set(tried["environment"])
