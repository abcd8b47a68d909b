"""The flow that carries out a plan: waves in order, landings, gates, and the report at the end."""

import asyncio
from typing import Literal

from prefect import flow
from prefect.client.schemas.objects import State

from flows.landing import land_tracks
from flows.wave import run_wave
from plans.errors import PlanError
from plans.model import Wave
from tasks.closing import close_run, refuse_run
from tasks.dry_run import show_schedule
from tasks.engine import PrefectEngine
from tasks.environment import take_credentials_out
from tasks.errors import TaskError, machine_error
from tasks.keepers import kept
from tasks.report import Board
from tasks.run import open_run
from tasks.session import Session
from tasks.settings import RunSettings
from tasks.signals import take_signals
from tasks.source import keep_readings
from tasks.take_in import take_in_base
from tasks.wave import give_up_wave


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
    """Carry out a plan of parallel agents on a git repository.

    Run again after it ended in any way, it goes on where it was: what is done is in git.

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
        ignore_unsupported: Fields and kinds of agents (`cost_usd`, `claude`, `all`) that the plan may have though this
            version does not act on them.
        plan_digest: For the record: SHA-256 of the plan when the run was asked for on the command line. It decides
            nothing; a copy of the run reads the plan as it is then.
    """
    take_signals()
    take_credentials_out()
    keep_readings()
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
    """Open a run, carry it out and close it; give its last state, also where it is refused."""
    engine = PrefectEngine()
    try:
        if dry_run:
            return await show_schedule(settings)
        async with open_run(settings, engine) as session, kept(session, engine.flow_run) as board:
            state = await carry_out_plan(session, board)
            return await engine.conclude(state, session.stop.cause)
    except (PlanError, TaskError) as error:
        return refuse_run(engine, settings, error)
    except OSError as error:
        return refuse_run(engine, settings, machine_error(error))


async def carry_out_plan(session: Session, board: Board) -> State[None]:
    """Carry out what is left of the plan of an opened run, and close the run; give its last state."""
    await take_in_base(session)
    await _carry_out_waves(session)
    if session.plan.merge.when == "end" and session.all_passed:
        await land_tracks(session, None)
    return await close_run(session, board)


async def _carry_out_waves(session: Session) -> None:
    """Start each wave when it opens; return when all that started are over and none can open."""
    waiting = list(session.plan.waves)
    running: set[asyncio.Task[None]] = set()
    while True:
        for wave in [wave for wave in waiting if session.frontier.wave_open(wave.id)]:
            waiting.remove(wave)
            running.add(asyncio.create_task(_carry_out_wave(session, wave)))
        if not running or session.stop.requested:
            break
        _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*running)


async def _carry_out_wave(session: Session, wave: Wave) -> None:
    give_up_wave(session, wave, await session.engine.wave(run_wave, wave.id, name=wave.name))
