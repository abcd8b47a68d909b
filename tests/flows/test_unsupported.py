"""What this version does not act on is refused before anything is opened, on the command line and by workers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.commands import CHECKOUT, Planwave
from tests.flows.plans import PlanDict, job, plan, wave
from tests.repositories import run_git

FLOW = """
import asyncio, json, sys
from flows.plan import run_plan
state = asyncio.run(run_plan(return_state=True, **json.loads(sys.argv[1])))
print(json.dumps([state.type.value, state.message]))
"""


def money(name: str, **agents: object) -> PlanDict:
    asks: PlanDict = {"id": "asks", "prompt": "write asks.txt"}
    return plan(
        name, wave("w", job("a"), asks), limits={"cost_usd": 5}, agents={"default": {"kind": "claude"}, **agents}
    )


def as_a_worker(planwave: Planwave, **parameters: object) -> tuple[str, str]:
    """Run the flow as a worker does, without a command before it; give its last state's type and message."""
    server = {"PREFECT_API_URL": str(planwave.api.base_url), "PREFECT_HOME": str(planwave.home / "prefect")}
    done = subprocess.run(
        [sys.executable, "-c", FLOW, json.dumps(parameters)],
        cwd=CHECKOUT,
        env={**planwave.env, **server},
        capture_output=True,
        check=True,
    )
    kind, message = json.loads(done.stdout.splitlines()[-1])
    return kind, message


def test_a_workers_run_fails_with_what_check_says_and_does_nothing(planwave: Planwave, repo: Path) -> None:
    file = planwave.plan(money("refused"))
    kind, message = as_a_worker(planwave, plan=str(file), repo=str(repo))
    assert kind == "FAILED"
    assert "limits.cost_usd: this version does not act on it" in message
    assert "cannot run agents of kind 'claude'" in message
    assert not planwave.hub(repo).exists()
    assert run_git(repo, "branch", "--list", "planwave/*") == ""


def test_a_workers_run_accepts_what_it_is_told_to_but_no_kind_that_it_needs(planwave: Planwave, repo: Path) -> None:
    file = planwave.plan(money("needed"))
    kind, message = as_a_worker(planwave, plan=str(file), repo=str(repo), ignore_unsupported=["all"])
    assert (kind, "agent 'default' cannot do job 'asks'" in message) == ("FAILED", True)


@pytest.mark.parametrize("options", [("--only", "a"), ("--agent", "double")], ids=str)
def test_a_kind_that_nothing_needs_is_in_nobodys_way(planwave: Planwave, repo: Path, options: tuple[str, str]) -> None:
    named = money(f"free{len(options[1])}", double={"kind": "scripted", "script": ["write asks.txt hello"]})
    ended = planwave.run(named, repo, *options, "--ignore-unsupported", "cost_usd", "--ignore-unsupported", "claude")
    assert "a" in ended.subjects("job.completed")
    warned = [event["warning"] for event in ended.of("run.warned")]
    assert any(said.startswith("limits.cost_usd: this version does not act on it") for said in warned)
    assert ended.code == 0, ended.err
