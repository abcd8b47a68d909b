"""Carrying out the steps of a run as they are, without Prefect's engine and without a server: for tests of the core."""

import logging
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar
from uuid import UUID, uuid4

from prefect import Flow, Task
from prefect.client.schemas.objects import State
from prefect.states import Failed

from tasks.artifacts import ArtifactData, Artifacts
from tasks.awaiting import state_of
from tasks.engine import RunLogger
from tasks.events import Event
from tasks.stop import Cause

_R = TypeVar("_R")


class DirectEngine:
    """The same steps in the same order, told to nobody; an engine for one run.

    Attributes:
        told: every event, in order.
    """

    def __init__(self) -> None:
        self.told: list[Event] = []
        self._flow_run = uuid4()

    async def wave(self, step: Flow[[str], _R], wave: str, *, name: str) -> State[object]:  # noqa: ARG002 - the protocol's
        """Carry out a wave in the caller's own task."""
        return await _outcome(step.fn, wave)

    async def task(
        self,
        step: Task[..., _R],
        *args: object,
        name: str | None = None,  # noqa: ARG002 - the protocol's
        after: Sequence[State[object]] = (),  # noqa: ARG002 - the protocol's
        retries: int = 0,
        may_retry: Callable[[], bool] = lambda: False,
    ) -> State[object]:
        """Carry out a step, and again while it fails and may be retried."""
        state = await _outcome(step.fn, *args)
        for _ in range(retries):
            if not state.is_failed() or not may_retry():
                break
            state = await _outcome(step.fn, *args)
        return state

    @property
    def flow_run(self) -> UUID:
        """An id that names nothing."""
        return self._flow_run

    @property
    def was_begun(self) -> bool:
        """Never."""
        return False

    def page(self, flow_run: UUID) -> str:  # noqa: ARG002 - the protocol's
        """Give nothing: there are no pages."""
        return ""

    @property
    def log(self) -> RunLogger:
        """A logger of this process."""
        return logging.getLogger("planwave.direct")

    def tell(self, event: Event) -> None:
        """Keep the event."""
        self.told.append(event)

    async def tag(self, flow_run: UUID, *tags: str, name: str | None = None) -> None:
        """Tag nothing: there is no flow run."""

    def artifacts(self) -> Artifacts:
        """Give what writes no artifact."""
        return _NoArtifacts()

    async def attach(self, key: str, text: str, description: str) -> None:
        """Put nothing anywhere: there are no pages."""

    async def conclude(self, state: State[None], cause: Cause | None) -> State[None]:  # noqa: ARG002 - the protocol's
        """Give the last state as it is."""
        return state


class _NoArtifacts:
    async def write(
        self,
        kind: Literal["markdown", "table", "progress"],
        key: str,
        data: ArtifactData,
        *,
        flow_run: UUID,
        description: str = "",
    ) -> None:
        """Write nothing."""


async def _outcome(step: Callable[..., object], *args: object) -> State[object]:
    try:
        return await state_of(step(*args))
    except Exception as error:  # noqa: BLE001 - as Prefect's engine does: an error ends the step, not the run
        return Failed(message=f"{type(error).__name__}: {error}")
