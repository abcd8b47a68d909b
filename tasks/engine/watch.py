"""Looking whether somebody at the server wants a run to end: Prefect tells only processes that it has started."""

from collections.abc import Sequence
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelling

from tasks.programs.stop import Cause

SUSPENDED, DELETED = "suspended", "the run was deleted on the server"
_CANCELLED = {StateType.CANCELLING, StateType.CANCELLED}
_STARTED_AGAIN = {StateType.SCHEDULED, StateType.PENDING}

Wish = tuple[str, Cause]
"""Why the run is to stop, and whose wish that is."""


class Watch:
    """What looks, again and again, for one process that carries out a run."""

    def __init__(self, client: PrefectClient) -> None:
        self._client = client
        self._running: UUID | None = None
        """The state of the run in which this process carries it out."""

    async def look(self, flow_runs: Sequence[UUID]) -> Wish | None:
        """Return the wish that somebody at the server has; None: the run may go on.

        A suspended run that nothing will start again, the command line's, is from here on a cancelled one, which its
        page then shows; a suspended wave ends the run in the same way.

        Args:
            flow_runs: the run's, then its waves' so far.
        """
        root, *waves = flow_runs
        try:
            run = await self._client.read_flow_run(root)
        except ObjectNotFound:
            return DELETED, Cause.DELETED
        if self._is_left(run):
            return SUSPENDED, Cause.SUSPEND
        found = [run, *(await self._conspicuous(waves) if waves else ())]
        for paused in found:
            if _is_suspended(paused):
                cancelling: State[None] = Cancelling(message="suspended: run it again to go on")
                await self._client.set_flow_run_state(paused.id, cancelling, force=True)
                return SUSPENDED, Cause.CANCEL
        if any(each.state is not None and each.state.type in _CANCELLED for each in found):
            return "cancelled", Cause.CANCEL
        return None

    def _is_left(self, run: FlowRun) -> bool:
        """Return whether a worker has started the run again, or will: then it is not this process's any more."""
        state = run.state
        if run.deployment_id is None or state is None:
            return False
        if state.type is StateType.RUNNING:
            self._running = self._running or state.id
            return state.id != self._running
        suspended = state.type is StateType.PAUSED and bool(state.state_details.pause_reschedule)
        return suspended or state.type in _STARTED_AGAIN

    async def _conspicuous(self, flow_runs: Sequence[UUID]) -> Sequence[FlowRun]:
        types = [*_CANCELLED, StateType.PAUSED]
        which = FlowRunFilter(
            id=FlowRunFilterId(any_=list(flow_runs)),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)),
        )
        return await self._client.read_flow_runs(flow_run_filter=which, limit=200, offset=0)


def _is_suspended(run: FlowRun) -> bool:
    """Return whether a run is paused by a person, and not by its own gate, which asks for an answer."""
    state = run.state
    return state is not None and state.type is StateType.PAUSED and not state.state_details.run_input_keyset
