"""Limits that hold across all runs on a server: locks, and agents with `max_parallel`."""

from collections.abc import Mapping

from plans.model import Job, Plan
from tasks.errors import TaskError


class LimitsBusy(TaskError):
    """Another run holds one of the names; nothing was taken."""


def shared_limits(plan: Plan) -> Mapping[str, int]:
    """Return every shared limit of a plan, by its name on the server."""
    locks = {f"planwave:lock:{lock}": 1 for job in plan.jobs.values() for lock in job.locks}
    agents = {f"planwave:agent:{name}": agent.max_parallel for name, agent in plan.agents.items() if agent.max_parallel}
    return {**locks, **agents}


def names_of(plan: Plan, job: Job) -> list[str]:
    """Return the names that a job holds while its agent is at work."""
    agent = plan.agents.get(plan.agent_name(job))
    limited = job.run is None and agent is not None and agent.max_parallel is not None
    agents = [f"planwave:agent:{plan.agent_name(job)}"] if limited else []
    return [*agents, *(f"planwave:lock:{lock}" for lock in job.locks)]
