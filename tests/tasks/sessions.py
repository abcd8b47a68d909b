"""A session by itself: the parts of a run put together by hand, on a real hub and with a clock that goes by hand."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from plans.schedule.frontier import Frontier
from plans.text.masking import Mask
from plans.transform.digest import job_digests
from tasks.direct import DirectEngine
from tasks.hub.hub import Hub
from tasks.ledger.settle import Settled
from tasks.ledger.today import Today
from tasks.programs.stop import StopSignal
from tasks.reporting.recorder import RunRecorder
from tasks.session.facts import WaveOpened
from tasks.session.record import Record
from tasks.session.session import Found, Session
from tasks.session.settings import RunSettings
from tasks.session.slots import Slots
from tasks.workspace.workspaces import Workspaces


@dataclass
class Clock:
    """A clock that goes by hand."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def session_of(hub: Hub, folder: Path, engine: DirectEngine, clock: Clock) -> Session:
    """Return the session of a run of the hub's plan in which nothing was done before, its waves opened on the base."""
    plan, stop = hub.plan, StopSignal()
    frontier = Frontier(plan, done=(), left_out={})
    frontier.start(0.0)
    (folder / "tries" / "1").mkdir(parents=True)
    session = Session(
        plan=plan,
        settings=RunSettings(plan="plan.yaml", repo=str(hub.repo.path)),
        engine=engine,
        hub=hub,
        run=f"{plan.name}-1",
        folder=folder,
        found=Found(
            before=Settled(Today(job_digests(plan)), {}, {}, {}, frozenset(), {}),
            cached=frozenset(),
            replays={},
            unasked=frozenset(),
            left_out={},
            needs={job.id: job.needs for job in plan.jobs.values()},
        ),
        stop=stop,
        slots=Slots(plan, frontier, stop, clock),
        workspaces=Workspaces(hub),
        mask=Mask(["very-secret"]),
        record=Record(clock),
    )
    session.record.follow(RunRecorder(session).write)
    for wave in plan.waves:
        session.note(WaveOpened(wave.id, hub.base))
    return session


@asynccontextmanager
async def slots_handed_out(session: Session) -> AsyncGenerator[None]:
    """Have whoever may start get a slot for as long as the block lasts."""

    async def hand_out() -> None:
        while True:
            session.slots.hand_out()
            await session.slots.change()

    handing = asyncio.create_task(hand_out())
    try:
        yield
    finally:
        handing.cancel()
