"""Limits that hold across all runs on a Prefect server: locks, and agents with `max_parallel`.

They are Prefect global concurrency limits, created here and always entered strictly; a lease holds them, so a killed
process loses them within the lease's length.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx
from prefect.client.orchestration import get_client
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError, concurrency
from prefect.exceptions import ObjectAlreadyExists

from plans.model import Job, Plan
from tasks.errors import TaskError
from tasks.gist import gist

LEASE_S = 60.0
"""The shortest lease that Prefect takes: a killed holder's slots are free again after about so long."""


class LimitsBusy(TaskError):
    """Another run holds one of the names; nothing was taken."""


def shared_limits(plan: Plan) -> Mapping[str, int]:
    """Give every shared limit of a plan, by its name on the server."""
    locks = {f"planwave:lock:{lock}": 1 for job in plan.jobs.values() for lock in job.locks}
    agents = {f"planwave:agent:{name}": agent.max_parallel for name, agent in plan.agents.items() if agent.max_parallel}
    return {**locks, **agents}


def names_of(plan: Plan, job: Job) -> list[str]:
    """Give the names that a job holds while its agent is at work."""
    agent = plan.agents.get(plan.agent_name(job))
    limited = job.run is None and agent is not None and agent.max_parallel is not None
    agents = [f"planwave:agent:{plan.agent_name(job)}"] if limited else []
    return [*agents, *(f"planwave:lock:{lock}" for lock in job.locks)]


async def create_limits(plan: Plan) -> None:
    """Create or update all limits of a plan on the server; those who hold one keep it."""
    limits = shared_limits(plan)
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
async def shared_slots(names: list[str]) -> AsyncGenerator[None]:
    """Hold one slot of every name at once for the block; all or none.

    Raises:
        LimitsBusy: one of them is full now. Prefect's own waiting grows with the holding time, to 30 s and more, so
            the caller asks again by itself.
    """
    async with AsyncExitStack() as stack:
        if names:
            slots = concurrency(
                names, strict=True, max_retries=0, lease_duration=LEASE_S, raise_on_lease_renewal_failure=False
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
