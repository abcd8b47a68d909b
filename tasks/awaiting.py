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


def tag_later(*tags: str) -> None:
    """Tag the task run that the caller is, from its next state on.

    A task run that begins with tags waits until the server has said that there are no limits on them, one task run
    after another: for seconds, while the server is busy with writing down what the ones before it did.
    """
    context = TaskRunContext.get()
    if context is not None:
        context.task_run.tags.extend(tag for tag in tags if tag not in context.task_run.tags)
