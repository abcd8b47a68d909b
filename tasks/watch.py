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
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelling

from tasks.stop import Cause

SUSPENDED, DELETED = "suspended", "the run was deleted on the server"
_CANCELLED = {StateType.CANCELLING, StateType.CANCELLED}
_STARTED_AGAIN = {StateType.SCHEDULED, StateType.PENDING}

Wish = tuple[str, Cause]
"""Why the run is to stop, and whose wish that is."""


async def look_for_wish(client: PrefectClient, flow_runs: Sequence[UUID], attempt: int) -> Wish | None:
    """Give the wish that somebody at the server has; None: the run may go on.

    A suspended run that nothing will start again, the command line's, is from here on a cancelled one, which its page
    then shows; one of a wave ends the run in the same way.

    Args:
        client: the server's.
        flow_runs: the run's, then its waves' so far.
        attempt: how often the run's flow had been started when this process did it.
    """
    root, *waves = flow_runs
    try:
        run = await client.read_flow_run(root)
    except ObjectNotFound:
        return DELETED, Cause.DELETED
    if _is_left(run, attempt):
        return SUSPENDED, Cause.SUSPEND
    found = [run, *(await _conspicuous(client, waves) if waves else ())]
    for paused in found:
        if _is_suspended(paused):
            await client.set_flow_run_state(
                paused.id, Cancelling(message="suspended: run it again to go on"), force=True
            )
            return SUSPENDED, Cause.CANCEL
    if any(each.state is not None and each.state.type in _CANCELLED for each in found):
        return "cancelled", Cause.CANCEL
    return None


def _is_left(run: FlowRun, attempt: int) -> bool:
    """Tell whether a worker has started the run again, or will: then it is not this process's any more."""
    if run.deployment_id is None or run.state is None:
        return False
    suspended = run.state.type is StateType.PAUSED and bool(run.state.state_details.pause_reschedule)
    return suspended or run.state.type in _STARTED_AGAIN or run.run_count > attempt


def _is_suspended(run: FlowRun) -> bool:
    """Tell whether a run is paused by a person, and not by its own gate, which asks for an answer."""
    state = run.state
    return state is not None and state.type is StateType.PAUSED and not state.state_details.run_input_keyset


async def _conspicuous(client: PrefectClient, flow_runs: Sequence[UUID]) -> Sequence[FlowRun]:
    types = [*_CANCELLED, StateType.PAUSED]
    which = FlowRunFilter(
        id=FlowRunFilterId(any_=list(flow_runs)),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)),
    )
    return await client.read_flow_runs(flow_run_filter=which, limit=200, offset=0)
