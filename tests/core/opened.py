"""A run that is opened and goes no step by itself: its parts are tried one by one."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from tasks.direct import DirectEngine
from tasks.landing.wave import open_wave
from tasks.run.live import LiveRun
from tasks.run.run import open_run
from tasks.session.session import Session
from tests.core.runs import Site


@asynccontextmanager
async def opened(
    site: Site, what: Mapping[str, object], engine: DirectEngine | None = None, **choices: object
) -> AsyncGenerator[LiveRun]:
    """Yield an opened run whose first wave is open; its jobs are begun, and its slots handed out."""
    site.enter()
    async with open_run(site.settings(what, **choices), engine or DirectEngine()) as live:
        session = live.session
        first = session.plan.waves[0]
        await open_wave(live.train, first)
        slots = asyncio.create_task(_hand_out(session, first.id))
        await asyncio.sleep(0)
        try:
            yield live
        finally:
            slots.cancel()


async def _hand_out(session: Session, wave: str) -> None:
    while True:
        session.slots.hand_out()
        for job in session.slots.next_to_prepare(wave):
            session.frontier.begun(job, session.now())
        await session.slots.change()
