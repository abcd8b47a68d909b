"""The flow that carries out a plan, as Prefect and its UI know it: the form of its parameters."""

from typing import Literal

from prefect import flow
from prefect.client.schemas.objects import State

from flows.run import carry_out_run
from tasks.engine.prefect_engine import PrefectEngine
from tasks.engine.states import as_prefect
from tasks.engine.terse import terse_logs
from tasks.programs.environment import take_credentials_out
from tasks.programs.signals import take_signals
from tasks.session.settings import RunSettings
from tasks.session.source import keep_readings


@flow(
    name="run-plan",
    description="Carry out a plan of parallel agents on a git repository; run again, it goes on where it was.",
    persist_result=False,
    validate_parameters=True,
)
async def run_plan(  # noqa: PLR0913 - by keyword, a field of the form each
    plan: str,
    repo: str = ".",
    *,
    mode: str | None = None,
    agent: str | None = None,
    only: list[str] | None = None,
    fresh: bool = False,
    dry_run: bool = False,
    approvals: Literal["ask", "auto"] = "ask",
    overlaps: Literal["refuse", "order"] = "refuse",
    rebuild_target: bool = False,
    redo_later_waves: bool = False,
    keep_base: bool = False,
    ignore_unsupported: list[str] | None = None,
    plan_digest: str | None = None,  # noqa: ARG001 - for the record: it is among the run's parameters
) -> State[None]:
    """Carry out a plan of parallel agents on a git repository; run again, it goes on where it was.

    Args:
        plan: Path or URL of the plan, or its text.
        repo: Path or URL of the git repository to work for.
        mode: One of the plan's modes; empty: all tracks.
        agent: Do every job with this agent of the plan, or this kind of agent.
        only: Only these waves, tracks or jobs.
        fresh: Start over; what was done before is kept in the attic.
        dry_run: Show what would be done, and do nothing.
        approvals: `auto`: gates that ask a person say GO when their checks pass.
        overlaps: `order`: of two jobs that may write the same path at once, the later waits for the other.
        rebuild_target: Land today's jobs anew from the base, without work that is not of today's plan.
        redo_later_waves: Where a finished job is done again, do the finished jobs of all later waves again too.
        keep_base: Stay on the base that the first run started from, though it has moved.
        ignore_unsupported: Fields and kinds of agents that the plan may have though this version does not support them.
        plan_digest: For the record alone: SHA-256 of the plan when the run was asked for on the command line.
    """
    settings = RunSettings(
        plan=plan,
        repo=repo,
        mode=mode,
        agent=agent,
        only=tuple(only or ()),
        fresh=fresh,
        approvals=approvals,
        overlaps=overlaps,
        rebuild_target=rebuild_target,
        redo_later_waves=redo_later_waves,
        keep_base=keep_base,
        ignore_unsupported=tuple(ignore_unsupported or ()),
    )
    return await _run(settings, dry_run=dry_run)


async def _run(settings: RunSettings, *, dry_run: bool) -> State[None]:
    """Prepare the process that the run has to itself, and carry out the run."""
    take_signals()
    take_credentials_out()
    keep_readings()
    engine = PrefectEngine()
    with terse_logs():
        return as_prefect(await carry_out_run(settings, engine, dry_run=dry_run, resumed=engine.was_begun))
