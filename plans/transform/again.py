"""Why finished jobs run again: in a sentence for whoever is about to pay for it."""

from collections.abc import Collection, Mapping, Sequence

from plans.model import Plan
from plans.transform.digest import stands_on

_MOST_CAUSES = 3
_MOST_JOBS = 12


def again_text(
    plan: Plan, again: Sequence[str], done: Collection[str], *, late: Mapping[str, str], later_waves: bool = False
) -> str:
    """Say how many finished jobs will run again, why, and which.

    Args:
        plan: the plan.
        again: the jobs that were done once and will run again, in plan order.
        done: the jobs that stay done.
        late: the jobs that did without one that they need and that is done by now, each with that one.
        later_waves: whether somebody asked for those of later waves to run again, too.
    """
    before = stands_on(plan)
    roots = [job for job in again if not any(other in again for other in before[job])]
    causes = [
        f"{job!r} did without {late[job]!r}, which is done by now"
        if job in late
        else _cause(job, [other for other in before[job] if other not in done])
        for job in roots
    ]
    if later_waves:
        causes = [*causes[: _MOST_CAUSES - 1], "the jobs of later waves were asked for too"]
    more = f" and {len(causes) - _MOST_CAUSES} more like that" if len(causes) > _MOST_CAUSES else ""
    jobs = ", ".join(again[:_MOST_JOBS]) + (f" and {len(again) - _MOST_JOBS} more" if len(again) > _MOST_JOBS else "")
    count = "1 finished job" if len(again) == 1 else f"{len(again)} finished jobs"
    return f"{count} will run again because {', '.join(causes[:_MOST_CAUSES])}{more}: {jobs}"


def _cause(job: str, new: Sequence[str]) -> str:
    if new:
        return f"{new[0]!r}, which is new, comes before {job!r}"
    return f"{job!r} was changed, or is in another place than it was"
