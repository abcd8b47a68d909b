"""What a run asks of whatever carries it out and shows it: all that the core knows of Prefect.

`tasks.engine` implements it on a Prefect server, `tasks.direct` in one process and without a server.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from plans.model import Wave
from tasks.programs.stop import Cause, StopSignal
from tasks.session.events import Event
from tasks.session.steps import Step, StepState

RunLogger = logging.Logger | logging.LoggerAdapter[logging.Logger]


@dataclass(frozen=True)
class Artifact:
    """Something to look at on a page of the run.

    Attributes:
        kind: what is drawn: Markdown text, a table (a mapping a row), or a bar from 0 to 100.
        key: its name; what is shown again under it takes the place of what was.
        data: what it shows.
        description: Markdown shown beside it.
    """

    kind: Literal["markdown", "table", "progress"]
    key: str
    data: str | float | Sequence[dict[str, str]]
    description: str


@dataclass(frozen=True)
class Answer:
    """What was decided at a gate, and by whom."""

    decision: Literal["GO", "NO-GO"]
    note: str = ""
    by: Literal["answer", "deadline"] = "answer"
    """A person's answer, or nobody's in time."""


@dataclass(frozen=True)
class Question:
    """A question to whoever looks at the run.

    Attributes:
        key: names it, among the questions of the run.
        text: Markdown above the fields of the answer.
        patience_s: how long to wait for an answer.
        otherwise: what counts when there is none by then.
    """

    key: str
    text: str
    patience_s: float
    otherwise: Answer


class Steps(Protocol):
    """Carries out the steps of a run, so that whoever looks on sees each of them.

    A step gives its state: what it returned, or a failed one where an error ended it that nobody expected. Nothing is
    raised but a cancellation.
    """

    async def wave(self, wave: Wave, do: Callable[[], Awaitable[StepState]]) -> StepState:
        """Carry out a wave as a run of its own."""
        ...

    async def step(self, step: Step) -> StepState:
        """Carry out one step, and again while it fails and may be retried.

        No delay comes before a retry: the attempt itself waits for its slot, where a stop reaches it.
        """
        ...

    async def conclude(self, state: StepState, cause: Cause | None) -> StepState:
        """Return the last state of the caller's run, which has come to its end.

        Args:
            state: what it would be.
            cause: whose wish ended the run, where one did: where that is another state than this, the caller is left by
                the exception that the engine takes for it.
        """
        ...


class Pages(Protocol):
    """Shows a run to people. What cannot be shown is logged at most: nothing here ends a run."""

    @property
    def flow_run(self) -> UUID:
        """The flow run that the caller belongs to: the run's, or its wave's."""
        ...

    def page(self, flow_run: UUID) -> str:
        """Return the address of a flow run's page; empty: it has none."""
        ...

    @property
    def log(self) -> RunLogger:
        """The log of the step that the caller belongs to."""
        ...

    def tell(self, event: Event) -> None:
        """Tell those who look on of an event."""
        ...

    async def tag(self, *tags: str, name: str | None = None) -> None:
        """Give the caller's flow run its tags, and a name."""
        ...

    async def show(self, artifact: Artifact, *, on: UUID | None = None) -> None:
        """Show something on a flow run's page, one version of it; None: on the page of the caller's own step."""
        ...


class Others(Protocol):
    """What comes from outside of a run: answers and wishes of people, and other runs on the same server."""

    async def ask(self, question: Question) -> Answer:
        """Ask on the page of the caller's flow run, until somebody answers or the time is over; then it counts so."""
        ...

    async def watch(self, flow_runs: Sequence[UUID], stop: StopSignal) -> None:
        """Request the stop, with its cause, when somebody wants one of the flow runs to end; goes on until then.

        Args:
            flow_runs: the run's, then its waves' so far: read anew at each look.
            stop: the run's.
        """
        ...

    async def mend(self, marks: Sequence[Sequence[str]]) -> int:
        """Set runs right that killed processes left as if they were alive; give their number.

        Only for whoever holds the plan's lock, and so knows that no other owner is alive.

        Args:
            marks: sets of tags; all of one set mark the runs of one plan on one repository.
        """
        ...

    async def set_limits(self, limits: Mapping[str, int]) -> None:
        """Set limits that hold across all runs, by name; who holds one keeps it."""
        ...

    def hold(self, names: Sequence[str]) -> AbstractAsyncContextManager[None]:
        """Hold one slot of every name at once for the block; all or none.

        Raises:
            LimitsBusy: one of them is full now; nothing was taken.
        """
        ...


class RunLog(Steps, Pages, Others, Protocol):
    """All of it: what a session calls its engine."""
