"""Where a run has its attempts made, and what its jobs share while they are at work."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from plans.model import Job
from tasks.attempt.limits import LimitsBusy, names_of
from tasks.attempt.request import AttemptRequest, AttemptRunner
from tasks.attempt.runner import LocalRunner
from tasks.attempt.voices import Turns, telling_output
from tasks.programs.stop import StopSignal
from tasks.session.facts import AgentStarted
from tasks.session.session import Session

_BUSY_PAUSE_S = 1.0


class Desk:
    """The jobs' part of a run.

    Attributes:
        session: the run.
        runner: makes the attempts.
        turns: of the jobs that say what they print.
        some_started: set when the first agent is at work, or the first job is done without one.
    """

    def __init__(self, session: Session, runner: AttemptRunner | None = None) -> None:
        self.session = session
        self.runner: AttemptRunner = runner or LocalRunner(
            session.plan, session.hub, session.workspaces, session.folder
        )
        self.turns = Turns()
        self.some_started = asyncio.Event()

    def client(self, job: Job) -> "DeskClient":
        """Return what the runner asks while it makes an attempt of a job."""
        return DeskClient(self, job)


@dataclass(frozen=True)
class DeskClient:
    """A run as the client of one attempt."""

    desk: Desk
    job: Job

    @property
    def stop(self) -> StopSignal:
        """What ends the job: its wave's wish where the wave fails fast, else the run's."""
        return self.desk.session.stop_of(self.job)

    @asynccontextmanager
    async def place(self, request: AttemptRequest, log: Path) -> AsyncGenerator[Callable[[str], None]]:
        """Hold a slot, the job's locks and a place of its agent's, and tell of the start."""
        session = self.desk.session
        async with await self._free_place():
            session.engine.log.info("%s: attempt %d, log in %s", request.job, request.attempt, log)
            self.desk.some_started.set()
            session.note(AgentStarted(request.job, request.attempt))
            self._tell_start(request)
            async with telling_output(session, self.desk.turns, request.job) as heard:
                yield heard

    async def _free_place(self) -> AsyncExitStack:
        """Wait until there is a slot, and no other run holds a lock of the job or all of its agent's places."""
        session, job = self.desk.session, self.job
        while True:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(session.slots.hold(job, self.stop))
                with suppress(LimitsBusy):
                    await stack.enter_async_context(session.engine.hold(names_of(session.plan, job)))
                    return stack.pop_all()
            now = session.now()
            session.frontier.retry_later(job.id, now, now + _BUSY_PAUSE_S)
            session.slots.touch()

    def _tell_start(self, request: AttemptRequest) -> None:
        job = self.job
        self.desk.session.tell(
            "job.started",
            job.id,
            agent=request.agent_label,
            track=job.lane,
            attempt=request.attempt,
            needs=list(job.needs),
            estimate_s=job.estimate.middle.total_seconds() if job.estimate else None,
        )
