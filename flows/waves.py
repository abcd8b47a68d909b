"""The order of a whole plan: its waves as they open, its landings, and the close of the run."""

import asyncio
from functools import partial

from flows.landing import land_tracks
from flows.wave import carry_out_wave
from plans.model import Wave
from tasks.landing.take_in import take_in_base
from tasks.landing.wave import give_up_wave
from tasks.reporting.report import Board
from tasks.run.closing import close_run
from tasks.session.session import Session
from tasks.session.steps import StepState


async def carry_out_plan(session: Session, board: Board) -> StepState:
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
    give_up_wave(session, wave, await session.engine.wave(wave, partial(carry_out_wave, session, wave)))
