"""How the steps of a run are carried out and shown: as flows and tasks of Prefect, or (`tasks.direct`) as they are."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

import httpx
from prefect import Flow, Task
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.exceptions import Abort, MissingContextError, ObjectNotFound, Pause, PrefectException
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Cancelled, Failed, Suspended
from prefect.utilities.urls import url_for

from tasks.artifacts import Artifacts, PrefectArtifacts, artifact_key
from tasks.awaiting import state_of
from tasks.events import Event
from tasks.mend import cancel_steps
from tasks.signals import request_stop
from tasks.stop import Cause
from tasks.watch import DELETED, SUSPENDED

_R = TypeVar("_R")
RunLogger = logging.Logger | logging.LoggerAdapter[logging.Logger]


class Engine(Protocol):
    """Carries out the steps of one run, so that whoever looks on sees each of them; the core knows no other Prefect.

    A step gives its state: what it returned, or (after an error that nobody expected) a state of type FAILED or
    CRASHED with the error in its message. Nothing is raised but a cancellation.
    """

    async def wave(self, step: Flow[[str], _R], wave: str, *, name: str) -> State[object]:
        """Carry out a wave as a run of its own."""
        ...

    async def task(
        self,
        step: Task[..., _R],
        *args: object,
        name: str | None = None,
        after: Sequence[State[object]] = (),
        retries: int = 0,
        may_retry: Callable[[], bool] = lambda: False,
    ) -> State[object]:
        """Carry out one step of a wave.

        Args:
            step: what is done.
            *args: what it is called with.
            name: what it is shown as; None: as the step says.
            after: states of the steps that it stands on, for the edges of the graph.
            retries: how often it may be done again.
            may_retry: asked after each failure whether it is.
        """
        ...

    @property
    def flow_run(self) -> UUID:
        """The flow run that the caller belongs to: the run's, or its wave's."""
        ...

    @property
    def was_begun(self) -> bool:
        """Whether the caller's flow run ran before, in another process: it was suspended, and resumed."""
        ...

    def page(self, flow_run: UUID) -> str:
        """Give the address of a flow run's page; empty: it has none."""
        ...

    @property
    def log(self) -> RunLogger:
        """The log of the step that the caller belongs to."""
        ...

    def tell(self, event: Event) -> None:
        """Tell those who look on of an event."""
        ...

    async def tag(self, flow_run: UUID, *tags: str, name: str | None = None) -> None:
        """Give a flow run its tags, and a name."""
        ...

    def artifacts(self) -> Artifacts:
        """Give what keeps artifacts of the run up to date."""
        ...

    async def attach(self, key: str, text: str, description: str) -> None:
        """Put Markdown on the page of the step that the caller belongs to."""
        ...

    async def conclude(self, state: State[None], cause: Cause | None) -> State[None]:
        """Give the last state of the caller's run, which has come to its end.

        Args:
            state: what it would be.
            cause: whose wish ended the run, where one did: where that is another state than this, the flow is left by
                the exception that its engine takes for it.
        """
        ...


class PrefectEngine:
    """Flows and tasks of Prefect, on the server that the environment names."""

    async def wave(self, step: Flow[[str], _R], wave: str, *, name: str) -> State[object]:
        """Carry out a wave as a flow run."""
        return await outcome_of(step.with_options(flow_run_name=name)(wave, return_state=True))

    async def task(
        self,
        step: Task[..., _R],
        *args: object,
        name: str | None = None,
        after: Sequence[State[object]] = (),
        retries: int = 0,
        may_retry: Callable[[], bool] = lambda: False,
    ) -> State[object]:
        """Carry out a step as a task run, with retries as Prefect shows them.

        The delay before a retry is not Prefect's, which sleeps deaf to a stop: the attempt waits for its slot.
        """

        def asked(_task: Task[..., object], _run: TaskRun, _state: State[object]) -> bool:
            return may_retry()

        if retries:
            step = step.with_options(
                task_run_name=name, retries=retries, retry_delay_seconds=0, retry_condition_fn=asked
            )
        elif name is not None:
            step = step.with_options(task_run_name=name)
        return await outcome_of(step(*args, wait_for=list(after), return_state=True))

    @property
    def flow_run(self) -> UUID:
        """The flow run that the caller belongs to."""
        # The runtime gives ids as text.
        return UUID(flow_run.id)

    @property
    def was_begun(self) -> bool:
        """Whether the caller's flow run has run before; how often it was started does not tell that, nor its name."""
        context = FlowRunContext.get()
        return context is not None and context.flow_run is not None and bool(context.flow_run.total_run_time)

    def page(self, flow_run: UUID) -> str:
        """Give the address of a flow run's page."""
        return url_for("flow-run", flow_run) or ""

    @property
    def log(self) -> RunLogger:
        """The log of the flow or task run that the caller belongs to."""
        with suppress(MissingContextError):
            return get_run_logger()
        return logging.getLogger("planwave")

    def tell(self, event: Event) -> None:
        """Emit an event of Prefect, so that automations can react.

        The resource is `planwave.<job|track|wave|run>.<run>.<subject>`, so that an automation can match on any part.
        """
        kind = event.name.split(".")[1]
        resource = {
            "prefect.resource.id": f"planwave.{kind}.{event.run}.{event.subject}",
            "prefect.resource.name": event.subject,
            "planwave.run": event.run,
        }
        emit = partial(emit_event, event.name, resource, event.at, _related(), dict(event.payload))
        # Out of the run's context: from there, Prefect adds the flow, the task run and every tag, each a row to store.
        Context().run(emit)

    async def tag(self, flow_run: UUID, *tags: str, name: str | None = None) -> None:
        """Give a flow run its tags, and a name."""
        try:
            async with get_client() as client:
                await client.update_flow_run(flow_run, name=name, tags=tags)
        except ObjectNotFound:
            # Its next step ends it.
            request_stop(DELETED, Cause.DELETED)

    def artifacts(self) -> Artifacts:
        """Give what keeps artifacts on the server up to date."""
        return PrefectArtifacts()

    async def attach(self, key: str, text: str, description: str) -> None:
        """Put an artifact on the page of the task run that the caller belongs to."""
        try:
            await acreate_markdown_artifact(text, key=artifact_key(key), description=description)
        except (httpx.HTTPError, PrefectException) as error:
            self.log.warning("%s could not be written: %s", key, error)

    async def conclude(self, state: State[None], cause: Cause | None) -> State[None]:
        """Give the last state; a suspended run stays so, to be started again, and of a deleted one nothing is told.

        Raises:
            Pause: the run is suspended.
            Abort: it was deleted.
        """
        match cause:
            case Cause.SUSPEND:
                with suppress(httpx.HTTPError, PrefectException):
                    await cancel_steps(self.flow_run, state.message or "")
                raise Pause(state=Suspended(message=state.message))
            case Cause.DELETED:
                raise Abort(state.message or DELETED)
            case _:
                return state


async def outcome_of(step: object) -> State[object]:
    """Give the state of a step; one that Prefect refuses to begin or to end is stopped, and the run with it."""
    try:
        return await state_of(step)
    except Pause:
        request_stop(SUSPENDED, Cause.SUSPEND)
        return Cancelled(message=SUSPENDED)
    except ObjectNotFound:
        request_stop(DELETED, Cause.DELETED)
        return Cancelled(message=DELETED)
    except httpx.HTTPStatusError as error:
        # Its disk is full, say. What the step did, the session knows.
        return Failed(message=f"the Prefect server could not be told of it: status {error.response.status_code}")


def _related() -> list[dict[str, str]]:
    """Name the flow run that an event belongs to, on whose page it is shown."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return []
    return [{"prefect.resource.id": f"prefect.flow-run.{context.flow_run.id}", "prefect.resource.role": "flow-run"}]
