"""A plan with some of its parts changed, and checked anew."""

from collections.abc import Callable, Mapping

from plans.model import Job, Plan, Wave


def changed_jobs(plan: Plan, change: Callable[[Job], Mapping[str, object]]) -> tuple[Wave, ...]:
    """Return the waves of a plan with fields of its jobs changed.

    Args:
        plan: the plan.
        change: gives the fields of a job that are to be other than they are.
    """
    return tuple(
        wave.model_copy(update={"jobs": tuple(job.model_copy(update=dict(change(job))) for job in wave.jobs)})
        for wave in plan.waves
    )


def changed_plan(plan: Plan, **changes: object) -> Plan:
    """Return a plan with other fields; a copy would keep answers that the plan has worked out from the old ones."""
    return Plan.model_validate({**{name: getattr(plan, name) for name in plan.model_fields_set}, **changes})
