"""Slots: how the Frontier's decisions reach the jobs that wait for them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from plans.model import Job, Plan
from plans.schedule.frontier import Frontier
from tasks.errors import Stopped
from tasks.programs.stop import StopSignal

MOST_AHEAD = 8
"""So many workspaces are made ready beyond the free slots: as many jobs as may end at once on a busy run."""


class Slots:
    """One run's slots. Everything here happens on the run's event loop, so no locks are needed.

    Attributes:
        frontier: decides who may start; nobody else changes it while the run lives, but through the run's session.
        now: seconds since the run began.
    """

    def __init__(self, plan: Plan, frontier: Frontier, stop: StopSignal, now: Callable[[], float]) -> None:
        self.frontier, self.now = frontier, now
        self._plan, self._stop = plan, stop
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._changed = asyncio.get_running_loop().create_future()

    def touch(self) -> None:
        """Wake everybody who waits for a change."""
        if not self._changed.done():
            self._changed.set_result(None)
        self._changed = asyncio.get_running_loop().create_future()

    async def change(self) -> None:
        """Wait until something changed, a moment came that the Frontier waits for, or a stop was requested."""
        now = self.now()
        moment = self.frontier.wake_at(now)
        stop = asyncio.ensure_future(self._stop.wait())
        try:
            limit = None if moment is None else max(0.0, moment - now)
            await asyncio.wait({self._changed, stop}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()

    def next_to_prepare(self, wave: str) -> tuple[str, ...]:
        """Return the jobs of a wave whose workspaces should be made ready now: for the free slots, then some ahead."""
        now = self.now()
        ahead = 0 if self.frontier.startable(now) else min(self._plan.limits.jobs, MOST_AHEAD)
        offered = self.frontier.upcoming(now, ahead)
        return tuple(job for job in offered if self._plan.wave_of[job].id == wave)

    def hand_out(self) -> None:
        """Give slots to the waiting jobs that may start, the most urgent first."""
        now = self.now()
        for job in self.frontier.startable(now, among=self._waiting) if self._waiting else ():
            self.frontier.started(job, now)
            self._waiting.pop(job).set_result(None)

    @asynccontextmanager
    async def hold(self, job: Job, stop: StopSignal) -> AsyncGenerator[None]:
        """Wait for a slot, hold it for the block, and give it back: in a wave that fails fast, when the job is settled.

        Args:
            job: the job.
            stop: what ends the job: in a wave that fails fast no slot ever comes once a job has failed.

        Raises:
            Stopped: the job was stopped before there was one.
        """
        granted = self._waiting[job.id] = asyncio.get_running_loop().create_future()
        stopping = asyncio.ensure_future(stop.wait())
        self.touch()
        try:
            await asyncio.wait({granted, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            self._waiting.pop(job.id, None)
        if not granted.done():
            raise Stopped(stop.reason or "asked to stop")
        try:
            yield
        finally:
            # Where one failure ends the wave, the next job waits until it is judged whether this was one.
            if not self._plan.wave_of[job.id].fail_fast:
                self.frontier.slot_freed(job.id, self.now())
                self.touch()
