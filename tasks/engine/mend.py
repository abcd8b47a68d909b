"""Runs that a killed process left as if they were alive, set right by the next one."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.client.schemas.sorting import FlowRunSort, TaskRunSort
from prefect.states import Cancelled, Crashed

_ALIVE = [StateType.RUNNING, StateType.PENDING, StateType.PAUSED, StateType.CANCELLING]
_WHY = "the process that ran it was killed; a later run went on from what it had finished"
_PAGE = 200
_LOOKS, _LOOK_S = 3, 1.0
"""The server writes down what tasks did once a second."""


async def mend_stale_runs(marks: Sequence[Sequence[str]], own: UUID) -> int:
    """Set every run with these marks that still looks alive to Crashed, with its waves and tasks; give their number.

    Only to be called by the one process that may run the plan on the repository: whoever holds the plan's lock knows
    that no other owner is alive.

    Args:
        marks: sets of tags; all of one set mark the runs of one plan on one repository.
        own: the caller's flow run, which is left alone.
    """
    async with get_client() as client:
        filters = [FlowRunFilter(tags=FlowRunFilterTags(all_=list(tags))) for tags in marks]
        stale = [root for which in filters for root in await _alive(client, which) if root != own]
        ended: list[UUID] = []
        for root in stale:
            children = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[root]))
            ended += [*await _alive(client, children), root]
        for flow_run in ended:
            await _end(client, flow_run, Crashed(message=_WHY))
        for _ in range(_LOOKS if ended else 0):
            # What tasks did just before the kill may be written down only now.
            await asyncio.sleep(_LOOK_S)
            for flow_run in ended:
                await _end_tasks(client, flow_run, Crashed(message=_WHY))
    return len(stale)


async def cancel_steps(flow_run: UUID, why: str) -> None:
    """Set the waves and tasks of a run that still look alive to Cancelled, and the run itself to nothing.

    Prefect leaves them as they are when it suspends a run. Its server writes down what tasks did a little later than it
    happens, so it is asked until nothing is left.
    """
    children = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[flow_run]))
    async with get_client() as client:
        for _ in range(_LOOKS):
            await asyncio.sleep(_LOOK_S)
            for wave in await client.read_flow_runs(flow_run_filter=children, limit=_PAGE, offset=0):
                await _end_tasks(client, wave.id, Cancelled(message=why))
            for alive in await _alive(client, children):
                await client.set_flow_run_state(alive, Cancelled(message=why), force=True)


async def _alive(client: PrefectClient, which: FlowRunFilter) -> list[UUID]:
    alive = FlowRunFilterState(type=FlowRunFilterStateType(any_=_ALIVE))
    found = await client.read_flow_runs(
        flow_run_filter=which.model_copy(update={"state": alive}),
        sort=FlowRunSort.START_TIME_DESC,
        limit=_PAGE,
        offset=0,
    )
    return [flow_run.id for flow_run in found]


async def _end(client: PrefectClient, flow_run: UUID, state: State[None]) -> None:
    await _end_tasks(client, flow_run, state)
    await client.set_flow_run_state(flow_run, state, force=True)


async def _end_tasks(client: PrefectClient, flow_run: UUID, state: State[None]) -> None:
    tasks = await client.read_task_runs(
        flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[flow_run])),
        task_run_filter=TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=_ALIVE))),
        sort=TaskRunSort.END_TIME_DESC,
        limit=_PAGE,
        offset=0,
    )
    for task_run in tasks:
        await client.set_task_run_state(task_run.id, state, force=True)
