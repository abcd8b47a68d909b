"""The steps of a run as flows and tasks of Prefect, on the server that the environment names."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from contextvars import Context
from functools import partial
from uuid import UUID

import httpx
from prefect import Flow, Task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.exceptions import Abort, MissingContextError, ObjectNotFound, Pause, PrefectException
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Suspended
from prefect.utilities.urls import url_for

from plans.model import Wave
from tasks.engine.artifacts import Artifacts, attach
from tasks.engine.asking import ask_on_page
from tasks.engine.awaiting import state_of, tag_later
from tasks.engine.limits import create_limits, shared_slots
from tasks.engine.mend import cancel_steps, mend_stale_runs
from tasks.engine.states import ShownState, as_prefect, shown
from tasks.engine.watch import DELETED, SUSPENDED, Watch
from tasks.programs.signals import request_stop, take_signals
from tasks.programs.stop import Cause, StopSignal
from tasks.session.events import Event
from tasks.session.run_log import Answer, Artifact, Question, RunLogger
from tasks.session.steps import Step, StepState, cancelled, failed

WATCH_POLL_S = 1.5


class PrefectEngine:
    """Flows and tasks of Prefect; one for each run."""

    def __init__(self) -> None:
        self._artifacts = Artifacts()

    async def wave(self, wave: Wave, do: Callable[[], Awaitable[StepState]]) -> StepState:
        """Carry out a wave as a flow run."""

        # The names of function and argument are seen in the UI.
        async def run_wave(wave: str) -> State[None]:  # noqa: ARG001
            take_signals()
            return as_prefect(await do())

        run_wave.__doc__ = "Carry out one wave of the run that calls it: jobs, landings, gate."
        flow = Flow(
            run_wave, name="run-wave", flow_run_name=lambda: wave.name, persist_result=False, validate_parameters=False
        )
        return await outcome_of(flow(wave.id, return_state=True))

    async def step(self, step: Step) -> StepState:
        """Carry out a step as a task run, with retries as Prefect shows them.

        The delay before a retry is not Prefect's, which sleeps deaf to a stop: the attempt waits for its slot.
        """

        async def carry_out() -> State[None]:
            tag_later(*step.tags)
            return as_prefect(await step.do())

        def may_retry(_task: object, _run: TaskRun, _state: State[object]) -> bool:
            return step.may_retry()

        carry_out.__qualname__ = _function_name(step.do)
        task = Task(
            carry_out,
            name=step.label,
            task_run_name=lambda: step.name,
            persist_result=False,
            cache_policy=NO_CACHE,
            retries=step.retries,
            retry_delay_seconds=0,
            retry_condition_fn=may_retry if step.retries else None,
        )
        edges = [before.state for before in step.after if isinstance(before, ShownState)]
        return await outcome_of(task(wait_for=edges, return_state=True))

    @property
    def flow_run(self) -> UUID:
        """The flow run that the caller belongs to."""
        # The runtime gives ids as text.
        return UUID(flow_run.id)

    @property
    def was_begun(self) -> bool:
        """Whether the caller's flow run ran before, in another process: it was suspended, and resumed.

        How often it was started does not tell that, nor its name.
        """
        context = FlowRunContext.get()
        return context is not None and context.flow_run is not None and bool(context.flow_run.total_run_time)

    def page(self, flow_run: UUID) -> str:
        """Return the address of a flow run's page."""
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
        resource = {
            "prefect.resource.id": f"planwave.{event.kind}.{event.run}.{event.subject}",
            "prefect.resource.name": event.subject,
            "planwave.run": event.run,
        }
        emit = partial(emit_event, event.name, resource, event.at, _related(), dict(event.payload))
        # Out of the run's context: from there, Prefect adds the flow, the task run and every tag, each a row to store.
        Context().run(emit)

    async def tag(self, *tags: str, name: str | None = None) -> None:
        """Give the caller's flow run its tags, and a name."""
        try:
            async with get_client() as client:
                await client.update_flow_run(self.flow_run, name=name, tags=tags)
        except ObjectNotFound:
            # Its next step ends it.
            request_stop(DELETED, Cause.DELETED)

    async def show(self, artifact: Artifact, *, on: UUID | None = None) -> None:
        """Show something on a flow run's page, or on that of the task run that the caller belongs to."""
        try:
            await (attach(artifact) if on is None else self._artifacts.write(artifact, on))
        except (httpx.HTTPError, PrefectException) as error:
            # A server that is away for a while must not end the run; the next writing brings everything.
            self.log.warning("%s could not be written: %s", artifact.key, error)

    async def ask(self, question: Question) -> Answer:
        """Pause the caller's flow run with a form until somebody answers, or the time is over."""
        return await ask_on_page(question, self.flow_run)

    async def watch(self, flow_runs: Sequence[UUID], stop: StopSignal) -> None:
        """Stop the run when somebody cancels, suspends or deletes it, or one of its waves, on the server."""
        async with get_client() as client:
            watch = Watch(client)
            while not stop.requested:
                with suppress(httpx.HTTPError, PrefectException):
                    wish = await watch.look(tuple(flow_runs))
                    if wish is not None:
                        stop.request(*wish)
                await asyncio.sleep(WATCH_POLL_S)

    async def mend(self, marks: Sequence[Sequence[str]]) -> int:
        """Set runs that a killed process left as if they were alive to Crashed, with their waves and tasks."""
        try:
            return await mend_stale_runs(marks, self.flow_run)
        except (httpx.HTTPError, PrefectException) as error:
            self.log.warning("runs that were killed could not be mended: %s", error)
            return 0

    async def set_limits(self, limits: Mapping[str, int]) -> None:
        """Create or update limits on the server."""
        await create_limits(limits)

    def hold(self, names: Sequence[str]) -> AbstractAsyncContextManager[None]:
        """Hold one slot of every name at once for the block."""
        return shared_slots(names)

    async def conclude(self, state: StepState, cause: Cause | None) -> StepState:
        """Return the last state of the caller's run; a suspended one stays so, to be started again.

        Args:
            state: what it would be.
            cause: whose wish ended the run, where one did.

        Raises:
            Pause: the run is suspended.
            Abort: it was deleted, and nothing more is told of it.
        """
        match cause:
            case Cause.SUSPEND:
                with suppress(httpx.HTTPError, PrefectException):
                    await cancel_steps(self.flow_run, state.message)
                raise Pause(state=Suspended(message=state.message))
            case Cause.DELETED:
                raise Abort(state.message or DELETED)
            case _:
                return state


async def outcome_of(call: object) -> StepState:
    """Return the state of a step; one that Prefect refuses to begin or to end is stopped, and the run with it."""
    try:
        return shown(await state_of(call))
    except Pause:
        request_stop(SUSPENDED, Cause.SUSPEND)
        return cancelled(SUSPENDED)
    except ObjectNotFound:
        request_stop(DELETED, Cause.DELETED)
        return cancelled(DELETED)
    except httpx.HTTPStatusError as error:
        # Its disk is full, say. What the step did, the session knows.
        return failed(f"the Prefect server could not be told of it: status {error.response.status_code}")


def _function_name(do: Callable[[], Awaitable[StepState]]) -> str:
    """Return the name of what a step does, which its task's key begins with."""
    function = do.func if isinstance(do, partial) else do
    return getattr(function, "__name__", type(function).__name__)


def _related() -> list[dict[str, str]]:
    """Name the flow run that an event belongs to, on whose page it is shown."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return []
    return [{"prefect.resource.id": f"prefect.flow-run.{context.flow_run.id}", "prefect.resource.role": "flow-run"}]
