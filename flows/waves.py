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
from tasks.run.live import LiveRun
from tasks.session.steps import StepState


async def carry_out_plan(live: LiveRun, board: Board) -> StepState:
    """Carry out what is left of the plan of an opened run, and close the run; give its last state."""
    await take_in_base(live.train)
    await _carry_out_waves(live)
    if live.session.plan.merge.when == "end" and live.session.all_passed:
        await land_tracks(live.train, None)
    return await close_run(live.train, board)


async def _carry_out_waves(live: LiveRun) -> None:
    """Start each wave when it opens; return when all that started are over and none can open."""
    session = live.session
    waiting = list(session.plan.waves)
    running: set[asyncio.Task[None]] = set()
    while True:
        for wave in [wave for wave in waiting if session.frontier.wave_open(wave.id)]:
            waiting.remove(wave)
            running.add(asyncio.create_task(_carry_out_wave(live, wave)))
        if not running or session.stop.requested:
            break
        _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*running)


async def _carry_out_wave(live: LiveRun, wave: Wave) -> None:
    state = await live.session.engine.wave(wave, partial(carry_out_wave, live, wave))
    give_up_wave(live.session, wave, state)
