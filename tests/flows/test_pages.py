"""What the pages of a run say: what it waits for, and what its jobs print."""

import os
import threading
import time
from pathlib import Path

import pytest

from tests.flows.commands import Planwave
from tests.flows.plans import job, plan, wave
from tests.repositories import run_git

TALK = r"""
    for n in 1 2 3 4 5 6 7 8; do echo "line $n"; done
    printf '\033[31mthe key is %s\033[0m\n' "$TALK_KEY"
    echo "</script>"; echo '```'
    cat {fifo}
    exit 3
"""
OK = 200


def artifacts(planwave: Planwave, key: str, says: str = "") -> list[dict[str, str]]:
    """Return the artifacts of a key, once there is one that says something; the pages are written every few seconds."""
    deadline, pause = time.monotonic() + 60, threading.Event()
    which = {"artifacts": {"key": {"any_": [key]}}}
    while True:
        found: list[dict[str, str]] = planwave.post("/artifacts/filter", which).json()
        if any(says in each["data"] for each in found):
            return found
        assert time.monotonic() < deadline, (key, found)
        pause.wait(0.2)


def logged(planwave: Planwave, flow_run: str) -> list[str]:
    """Return what the log of a flow run, with those of its tasks, says."""
    which = {"logs": {"flow_run_id": {"any_": [flow_run]}}, "limit": 200}
    return [str(line["message"]) for line in planwave.post("/logs/filter", which).json()]


def test_the_page_of_the_run_says_what_it_waits_for_and_the_form_what_landed(planwave: Planwave, repo: Path) -> None:
    gate = {"decide": "human", "question": "Ship `it`?", "timeout": "3h"}
    asked = plan("waits", wave("one", job("a"), gate=gate, title="The first"), wave("two", job("b")))
    running = planwave.start_run(asked, repo)
    root = running.wait_for("run.started")["flow_run"]
    paused = running.wait_for("gate.asked")["flow_run"]
    planwave.wait_for_state(paused, "PAUSED")
    form = planwave.api.get(f"/flow_runs/{paused}").json()["state"]["state_details"]["run_input_keyset"]["description"]
    # The form comes after the pause.
    while (answer := planwave.api.get(f"/flow_runs/{paused}/input/{form}")).status_code != OK:
        pass
    text = answer.json()
    assert text.startswith("## Ship `it`?")
    assert " a.txt | 1 +" in text
    assert "Target: `planwave/waits/target` at `" in text
    command = next(line for line in text.split("\n") if line.startswith("git -C "))
    _, _, folder, *arguments = command.split()
    assert "+a" in run_git(Path(folder), *arguments).split("\n"), "the command works in the user's own repository"
    waits = artifacts(planwave, "waits-waits-for-you")
    assert [each["flow_run_id"] for each in waits] == [root]
    assert f"/runs/flow-run/{paused})" in waits[0]["data"]
    assert "Ship `it`?" in waits[0]["data"]
    assert "means **NO-GO**" in waits[0]["data"]
    assert artifacts(planwave, "waits-dashboard", "Waits for you")[0]["data"].index("Waits for you") < 80
    planwave.post(f"/flow_runs/{paused}/resume", {"run_input": {"decision": "GO"}})
    ended = running.end()
    assert ended.code == 0, ended.err
    assert artifacts(planwave, "waits-waits-for-you", "Nothing waits for you")
    said = logged(planwave, root)
    assert any(line.startswith("waits for you: Ship `it`? http://127.0.0.1:") for line in said)
    assert not [line for line in said if "{'" in line], "sentences"


def test_what_a_long_job_prints_is_told_while_it_works_and_its_end_when_it_failed_without_secrets(
    planwave: Planwave, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALK_KEY", "first-and-second-half")
    fifo = planwave.folder / "talk.fifo"
    os.mkfifo(fifo)
    agents = {"worker": {"kind": "command", "run": ["sh", "-ec", TALK.format(fifo=fifo)], "env": ["TALK_KEY"]}}
    talks = plan("talks", wave("one", {"id": "a", "agent": "worker", "owns": {"create": ["a.txt"]}}), agents=agents)
    running = planwave.start_run(talks, repo)
    flow_run = running.wait_for("run.started")["flow_run"]
    with fifo.open("w"):
        one = wait_for_wave(planwave, flow_run)
        told = wait_for_log(planwave, one, "a, after ")
    assert told.split("\n")[1:] == ["6 lines and then", "line 7", "line 8", "the key is [hidden]", "</script>", "```"]
    ended = running.end()
    assert ended.code == 1
    (shown,) = artifacts(planwave, "talks-a-output")
    assert shown["data"].endswith("\nline 8\nthe key is [hidden]\n</script>\n```\n````")
    assert "````text\nline 1\n" in shown["data"]
    assert shown["task_run_id"] in {task.id for task in planwave.recorded_tasks(flow_run, "a")}
    everything = [ended.out, ended.err, *logged(planwave, one), *logged(planwave, flow_run)]
    everything += [each.message for each in (*planwave.flow_runs(flow_run), *planwave.task_runs(flow_run))]
    assert any("the key is [hidden]" in text for text in everything)
    assert [text for text in everything if "second-half" in text] == []


def wait_for_wave(planwave: Planwave, flow_run: str) -> str:
    """Return the id of a run's first wave, once there is one."""
    deadline = time.monotonic() + 60
    while len(found := list(planwave.flow_runs(flow_run))) < 2:
        assert time.monotonic() < deadline
    return found[1].id


def wait_for_log(planwave: Planwave, flow_run: str, begins: str) -> str:
    """Return the first line of the log of a flow run or its tasks that begins in a way, once there is one."""
    deadline, pause = time.monotonic() + 60, threading.Event()
    while not (found := [line for line in logged(planwave, flow_run) if line.startswith(begins)]):
        assert time.monotonic() < deadline, logged(planwave, flow_run)
        pause.wait(0.2)
    return found[0]
