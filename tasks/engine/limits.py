"""Limits across runs, as global concurrency limits of Prefect: created here and always entered strictly.

A lease holds them, so a killed process loses them within the lease's length.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx
from prefect.client.orchestration import get_client
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError, concurrency
from prefect.exceptions import ObjectAlreadyExists

from tasks.attempt.limits import LimitsBusy
from tasks.errors import TaskError
from tasks.gist import gist

LEASE_S = 60.0
"""The shortest lease that Prefect takes: a killed holder's slots are free again after about so long."""


async def create_limits(limits: Mapping[str, int]) -> None:
    """Create or update limits on the server; those who hold one keep it."""
    if not limits:
        return
    async with get_client() as client:
        for name, limit in limits.items():
            try:
                await client.upsert_global_concurrency_limit_by_name(name, limit)
            except ObjectAlreadyExists:
                # Another run has made it since the client looked: now it is found, and brought up to date.
                await client.upsert_global_concurrency_limit_by_name(name, limit)


@asynccontextmanager
async def shared_slots(names: Sequence[str]) -> AsyncGenerator[None]:
    """Hold one slot of every name at once for the block; all or none.

    Raises:
        LimitsBusy: one of them is full now. Prefect's own waiting grows with the holding time, to 30 s and more, so
            the caller asks again by itself.
    """
    async with AsyncExitStack() as stack:
        if names:
            slots = concurrency(
                list(names), strict=True, max_retries=0, lease_duration=LEASE_S, raise_on_lease_renewal_failure=False
            )
            try:
                await stack.enter_async_context(slots)
            except ConcurrencySlotAcquisitionError as error:
                if _is_full(error):
                    raise LimitsBusy(f"another run holds {', '.join(names)}") from error
                if isinstance(error.__cause__, httpx.TransportError):
                    raise LimitsBusy("the Prefect server does not answer") from error
                raise TaskError(f"the limits {', '.join(names)} could not be taken: {gist(str(error))}") from error
        try:
            yield
        finally:
            # A server that is away must not cost the work that is done; the lease ends by itself.
            with suppress(httpx.HTTPError):
                await stack.aclose()


def _is_full(error: ConcurrencySlotAcquisitionError) -> bool:
    cause = error.__cause__
    return isinstance(cause, httpx.HTTPStatusError) and cause.response.status_code == int(httpx.codes.LOCKED)
