"""Awaiting flows and tasks that are called with `return_state=True`."""

from collections.abc import Awaitable

from prefect.client.schemas.objects import State


async def state_of(call: object) -> State[object]:
    """Await the call of an async flow or task and give its state.

    Prefect's signatures say that such a call is the state itself; it is an awaitable of it.
    """
    assert isinstance(call, Awaitable)
    state: object = await call
    assert isinstance(state, State)
    return state  # pyright: ignore[reportUnknownVariableType] - isinstance knows no type parameter
