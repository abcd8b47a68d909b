"""What Prefect's own signatures and defaults make awkward: awaiting a call for its state, and tags that cost."""

from collections.abc import Awaitable
from typing import cast

from prefect.client.schemas.objects import State
from prefect.context import TaskRunContext


async def state_of(call: object) -> State[object]:
    """Await the call of an async flow or task and give its state.

    Prefect's signatures say that such a call is the state itself; it is an awaitable of it.
    """
    awaitable = cast("Awaitable[State[object]]", call)
    return await awaitable


def tag_later(tag: str) -> None:
    """Tag the task run that the caller is, from its next state on.

    For tags that few task runs share: for each set of tags that a task run begins with, Prefect keeps a thread and a
    client of its own to ask for limits on them, which costs more than all else that planwave does for a job.
    """
    context = TaskRunContext.get()
    if context is not None and tag not in context.task_run.tags:
        context.task_run.tags.append(tag)
