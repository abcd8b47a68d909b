"""Awaiting flows and tasks that are called with `return_state=True`."""

from collections.abc import Awaitable
from typing import cast

from prefect.client.schemas.objects import State


async def state_of(call: object) -> State[object]:
    """Await the call of an async flow or task and give its state.

    Prefect's signatures say that such a call is the state itself; it is an awaitable of it.
    """
    awaitable = cast("Awaitable[State[object]]", call)
    return await awaitable
