"""Agents that are commands: what they are given, and how their end is understood."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from plans.agent import Agent, AgentKind
from plans.deferred import RUNNABLE
from tasks.agents.command import CommandAgent
from tasks.agents.outbox import Outbox
from tasks.agents.protocol import AgentResult, JobWork, cut_short
from tasks.agents.registry import ADAPTERS, adapter_for
from tasks.errors import AgentFailed, AgentMissing, AgentStalled, AgentTimedOut, JobFailed, QuotaExhausted
from tasks.programs.run_program import EndedBy, Exit, run_program

Ask = Callable[..., JobWork]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Return an attempt of a job whose agent runs a shell script."""
    (tmp_path / "workspace").mkdir()

    def work(script: str, *, prompt: str = "do it") -> JobWork:
        return JobWork(
            job="lint",
            track="docs",
            attempt=2,
            prompt=prompt,
            prompt_file=tmp_path / "run" / "prompt.md",
            outbox=Outbox.fresh(tmp_path / "outbox"),
            workspace=tmp_path / "workspace",
            log=tmp_path / "log",
            agent=Agent(kind="command", run=("sh", "-c", script)),
            mark="hub/plan/run/lint/2",
        )

    return work


async def do(work: JobWork) -> AgentResult:
    agent = adapter_for(work.agent.kind)
    end = await run_program(agent.prepare(work), log=work.log, timeout_s=60)
    return agent.read_result(work, end)


async def test_a_command_that_ends_well_did_the_job(ask: Ask) -> None:
    result = await do(ask("echo all good"))
    assert (result.ok, result.error, result.summary) == (True, None, "all good")


async def test_a_command_reads_its_prompt_from_stdin_and_from_a_file(ask: Ask) -> None:
    script = 'cat; cat "$PLANWAVE_PROMPT_FILE"; cat "{prompt_file}"'
    assert (await do(ask(script, prompt="gr\u00fc\u00dfe\n"))).summary == "gr\u00fc\u00dfe\n" * 2 + "gr\u00fc\u00dfe"


async def test_a_prompt_that_is_no_valid_text_harms_nothing(ask: Ask) -> None:
    assert (await do(ask("cat", prompt="a\udcffb"))).summary == "a?b"


async def test_a_command_knows_its_job(ask: Ask) -> None:
    work = ask(
        "echo {job} {track} {attempt} {outbox} {workspace};"
        " echo $PLANWAVE_JOB $PLANWAVE_TRACK $PLANWAVE_ATTEMPT $PLANWAVE_OUTBOX $PLANWAVE_WORKSPACE; pwd"
    )
    told = f"lint docs 2 {work.outbox.path} {work.workspace}"
    assert (await do(work)).summary == f"{told}\n{told}\n{work.workspace}"


async def test_a_command_sees_what_its_settings_pass_on(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSED", "yes")
    monkeypatch.setenv("SECRET", "no")
    work = ask("echo [$PASSED] [$SECRET] [$TOKEN]")
    agent = work.agent.model_copy(update={"env": ("PASSED",)})
    assert (await do(replace(work, agent=agent, env={"TOKEN": "t"}))).summary == "[yes] [] [t]"


async def test_a_jobs_own_command_comes_before_its_agents(ask: Ask) -> None:
    assert (await do(replace(ask("echo agent"), run=("echo", "{job}")))).summary == "lint"


async def test_the_handoff_is_the_summary(ask: Ask) -> None:
    assert (await do(ask('echo noise; echo "use the client" > "$PLANWAVE_OUTBOX/handoff.md"'))).summary == (
        "use the client"
    )


async def test_a_command_that_fails_says_how(ask: Ask) -> None:
    result = await do(ask("echo broken; exit 3"))
    assert isinstance(result.error, AgentFailed)
    assert (result.ok, str(result.error)) == (False, "exited with status 3:\nbroken")


async def test_a_command_that_is_killed_is_said_to_be(ask: Ask) -> None:
    assert str((await do(ask("kill -9 $$"))).error) == "was killed by SIGKILL and printed nothing"


async def test_a_command_may_ask_to_be_tried_later(ask: Ask) -> None:
    error = (await do(ask("exit 75"))).error
    assert isinstance(error, QuotaExhausted)
    assert error.reset_at is None


async def test_a_command_may_say_when_to_be_tried_again(ask: Ask) -> None:
    before = datetime.now(UTC)
    error = (await do(ask("echo 600 > {outbox}/retry-after; exit 75"))).error
    assert isinstance(error, QuotaExhausted)
    assert error.reset_at is not None
    assert timedelta(seconds=600) <= error.reset_at - before < timedelta(seconds=660)


@pytest.mark.parametrize(
    ("ended_by", "kind", "text"),
    [
        ("timeout", AgentTimedOut, "still at work after 1m30s, the longest it may take"),
        ("stall", AgentStalled, "no output for too long; ended after 1m30s"),
        ("stop", AgentFailed, "stopped after 1m30s"),
    ],
)
def test_an_attempt_that_was_ended_failed_whatever_its_status(
    ended_by: EndedBy, kind: type[JobFailed], text: str, ask: Ask
) -> None:
    end = Exit(code=0, ended_by=ended_by, duration_s=90.2)
    error = CommandAgent().read_result(ask("true"), end).error
    assert isinstance(error, kind)
    assert str(error) == text


def test_an_attempt_that_ended_by_itself_was_not_cut_short() -> None:
    assert cut_short(Exit(code=1, ended_by="exit", duration_s=1)) is None


@pytest.mark.parametrize("kind", [kind for kind in get_args(AgentKind) if kind not in ADAPTERS])
def test_a_kind_that_this_version_lacks_is_refused_with_those_it_has(kind: AgentKind) -> None:
    with pytest.raises(AgentMissing, match=f"cannot run agents of kind '{kind}'; it runs 'command' and 'scripted'"):
        adapter_for(kind)


def test_a_job_without_any_command_is_refused(ask: Ask) -> None:
    work = replace(ask("true"), agent=Agent(kind="scripted"))
    with pytest.raises(AgentMissing, match="job 'lint' has no command to run"):
        CommandAgent().prepare(work)


def test_the_kinds_that_plans_are_told_can_be_run_are_those_with_an_adapter() -> None:
    assert set(ADAPTERS) == RUNNABLE
