"""What Prefect's own signatures and defaults make awkward: awaiting a call for its state, and tags that cost."""

import asyncio
from collections.abc import Awaitable
from typing import cast

from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext
from prefect.states import Running
from prefect.utilities.engine import emit_task_run_state_change_event

_TAGGED_AFTER_S = 5.0
"""What is over sooner is tagged by its end, for nothing."""


async def state_of(call: object) -> State[object]:
    """Await the call of an async flow or task and give its state.

    Prefect's signatures say that such a call is the state itself; it is an awaitable of it.
    """
    awaitable = cast("Awaitable[State[object]]", call)
    return await awaitable


def tag_later(*tags: str) -> None:
    """Tag the task run that the caller is, from its next state on, or after a few seconds when it still runs then.

    A task run that begins with tags waits until the server has said that there are no limits on them, one task run
    after another: for seconds, while the server is busy with writing down what the ones before it did.
    """
    context = TaskRunContext.get()
    if context is not None:
        task_run = context.task_run
        task_run.tags.extend(tag for tag in tags if tag not in task_run.tags)
        asyncio.get_running_loop().call_later(_TAGGED_AFTER_S, _tell_tags, task_run)


def _tell_tags(task_run: TaskRun) -> None:
    """Say once more that a task run is running, now with its tags; Prefect has no other way to change them."""
    if task_run.state is not None and task_run.state.is_running():
        emit_task_run_state_change_event(task_run, task_run.state, Running())
