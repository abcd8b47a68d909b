"""Carrying out the steps of a run as they are, in one process and without a server: for tests of the core."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from plans.model import Wave
from tasks.attempt.limits import LimitsBusy
from tasks.programs.stop import Cause, StopSignal
from tasks.session.events import Event
from tasks.session.run_log import Answer, Artifact, Question, RunLogger
from tasks.session.steps import Kind, Step, StepState, failed


class DirectEngine:
    """The same steps in the same order, shown to nobody; an engine for one run, or for some that share their limits.

    Attributes:
        told: every event, in order.
        shown: every artifact as it was shown last, by key.
        asked: every question, in order.
        answers: what people say to the next questions; a question that finds none waits until its time is over.
    """

    def __init__(self, *answers: Answer) -> None:
        self.told: list[Event] = []
        self.shown: dict[str, Artifact] = {}
        self.asked: list[Question] = []
        self.answers = list(answers)
        self._flow_run = uuid4()
        self._limits: dict[str, int] = {}
        self._held: Counter[str] = Counter()

    async def wave(self, wave: Wave, do: Callable[[], Awaitable[StepState]]) -> StepState:  # noqa: ARG002 - the protocol's
        """Carry out a wave in the caller's own task."""
        return await _outcome(do)

    async def step(self, step: Step) -> StepState:
        """Carry out a step, and again while it fails and may be retried."""
        state = await _outcome(step.do)
        for _ in range(step.retries):
            if state.kind is not Kind.FAILED or not step.may_retry():
                break
            state = await _outcome(step.do)
        return state

    async def conclude(self, state: StepState, cause: Cause | None) -> StepState:  # noqa: ARG002 - the protocol's
        """Return the last state as it is."""
        return state

    @property
    def flow_run(self) -> UUID:
        """An id that names nothing."""
        return self._flow_run

    def page(self, flow_run: UUID) -> str:  # noqa: ARG002 - the protocol's
        """Return nothing: there are no pages."""
        return ""

    @property
    def log(self) -> RunLogger:
        """A logger of this process."""
        return logging.getLogger("planwave.direct")

    def tell(self, event: Event) -> None:
        """Keep the event."""
        self.told.append(event)

    async def tag(self, *tags: str, name: str | None = None) -> None:
        """Tag nothing: there is no flow run."""

    async def show(self, artifact: Artifact, *, on: UUID | None = None) -> None:  # noqa: ARG002 - the protocol's
        """Keep the artifact."""
        self.shown[artifact.key] = artifact

    async def ask(self, question: Question) -> Answer:
        """Return the next of the answers, or what counts without one when the time is over."""
        self.asked.append(question)
        if self.answers:
            return self.answers.pop(0)
        await asyncio.sleep(question.patience_s)
        return question.otherwise

    async def watch(self, flow_runs: Sequence[UUID], stop: StopSignal) -> None:  # noqa: ARG002 - the protocol's
        """Wait for the end of the run: there is nowhere to say a wish."""
        await stop.wait()

    async def mend(self, marks: Sequence[Sequence[str]]) -> int:  # noqa: ARG002 - the protocol's
        """Mend nothing: there are no other runs."""
        return 0

    async def set_limits(self, limits: Mapping[str, int]) -> None:
        """Set limits for all runs of this engine."""
        self._limits.update(limits)

    @asynccontextmanager
    async def hold(self, names: Sequence[str]) -> AsyncGenerator[None]:
        """Hold one slot of every name at once for the block; all or none."""
        if any(self._held[name] >= self._limits[name] for name in names):
            raise LimitsBusy(f"another run holds {', '.join(names)}")
        self._held.update(names)
        try:
            yield
        finally:
            self._held.subtract(names)


async def _outcome(do: Callable[[], Awaitable[StepState]]) -> StepState:
    try:
        return await do()
    except Exception as error:  # noqa: BLE001 - as Prefect's engine does: an error ends the step, not the run
        return failed(f"{type(error).__name__}: {error}")
