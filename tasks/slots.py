"""Slots: how the Frontier's decisions reach the jobs that wait for them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from plans.model import Job, Plan
from plans.schedule import Frontier
from tasks.errors import Stopped
from tasks.stop import StopSignal


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
        self._paused_until: dict[str, float] = {}
        self._changed = asyncio.get_running_loop().create_future()

    def touch(self) -> None:
        """Wake everybody who waits for a change."""
        if not self._changed.done():
            self._changed.set_result(None)
        self._changed = asyncio.get_running_loop().create_future()

    async def change(self) -> None:
        """Wait until something changed, a moment came that the Frontier waits for, or a stop was requested."""
        moments = [self.frontier.wake_at(self.now()), *self._paused_until.values()]
        later = [moment - self.now() for moment in moments if moment is not None and moment > self.now()]
        stop = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait(
                {self._changed, stop}, timeout=min(later, default=None), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            stop.cancel()

    def pause_agent(self, agent: str, until: float) -> None:
        """Start no job of an agent before a moment, in seconds since the run began."""
        self._paused_until[agent] = max(until, self._paused_until.get(agent, 0.0))

    def next_to_prepare(self, wave: str) -> tuple[str, ...]:
        """Give the jobs of a wave whose workspaces should be made ready now: as many again as may run at once."""
        ahead = self._plan.limits.jobs - len(self._waiting)
        offered = self.frontier.upcoming(self.now(), max(ahead, 1))
        return tuple(job for job in offered if self._plan.wave_of[job].id == wave)

    def hand_out(self) -> None:
        """Give slots to the waiting jobs that may start, the most urgent first."""
        now = self.now()
        among = [job for job in self._waiting if not self._is_paused(job, now)]
        for job in self.frontier.startable(now, among=among) if among else ():
            self.frontier.started(job, now)
            self._waiting.pop(job).set_result(None)

    @asynccontextmanager
    async def hold(self, job: Job) -> AsyncGenerator[None]:
        """Wait for a slot, hold it for the block, and give it back.

        Raises:
            Stopped: the run was stopped before there was one.
        """
        granted = self._waiting[job.id] = asyncio.get_running_loop().create_future()
        stop = asyncio.ensure_future(self._stop.wait())
        self.touch()
        try:
            await asyncio.wait({granted, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            self._waiting.pop(job.id, None)
        if not granted.done():
            raise Stopped(self._stop.reason or "asked to stop")
        try:
            yield
        finally:
            self.frontier.slot_freed(job.id, self.now())
            self.touch()

    def _is_paused(self, job: str, now: float) -> bool:
        agent = self._plan.agent_name(self._plan.jobs[job])
        return self._paused_until.get(agent, 0.0) > now
