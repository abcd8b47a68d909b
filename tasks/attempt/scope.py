"""Whether what an attempt changed is its job's to change, and what it is granted besides, because it asked for it."""

from collections.abc import Iterable, Iterator, Sequence

from plans.model import Job, Plan
from plans.ownership.scope import Matcher, out_of_scope, to_create, unowned
from tasks.agents.outbox import Report
from tasks.errors import NothingDone, OutOfScope

_MOST_SHOWN = 200
"""Characters of a reason: it stands in the report, in one line."""


def judge_scope(plan: Plan, job: Job, changed: Iterable[str], report: Report) -> tuple[str, ...]:
    """Return the changed paths that the job does not own and is granted: it asked for them, and nobody owns them.

    Args:
        plan: the plan.
        job: the job.
        changed: every path that the attempt changed.
        report: what it left in its outbox.

    Raises:
        OutOfScope: there are others, and the plan does not allow that.
    """
    beyond = out_of_scope(plan, job, changed)
    if (job.out_of_scope or plan.defaults.out_of_scope) == "allow":
        # Whatever the job may do, what is frozen stays.
        frozen = Matcher(plan.frozen)
        beyond = tuple(path for path in beyond if frozen.match(path))
    if not beyond:
        return ()
    wanted = () if report.scope is None else report.scope.paths
    asked = list(_among(beyond, wanted))
    granted = dict.fromkeys(unowned(plan, asked))
    refused = [path for path in beyond if path not in granted]
    if refused:
        owned = [path for path in asked if path not in granted]
        notes = [f"it asked for what others own or nobody may change: {', '.join(owned[:10])}"] if owned else []
        raise OutOfScope(refused, (*notes, *(problem for problem in report.problems if problem.startswith("scope"))))
    return tuple(granted)


def judge_emptiness(plan: Plan, job: Job, report: Report, ignored: Iterable[str]) -> str:
    """Judge an attempt that changed nothing; give why that is as it should be.

    Args:
        plan: the plan.
        job: the job.
        report: what it left in its outbox.
        ignored: what it made that git ignores.

    Raises:
        NothingDone: it is there to create something, and nobody says why it need not.
    """
    if report.no_change is not None:
        return " ".join(report.no_change.split())[:_MOST_SHOWN]
    if job.may_change_nothing:
        return "the plan says that it may"
    owned = to_create(plan, job)
    if owned:
        raise NothingDone(owned, tuple(ignored))
    return "it owns nothing to create"


def grant_text(job: Job, granted: Sequence[str], report: Report) -> str:
    """Say what was granted, in a line for the report."""
    reason = " ".join(report.scope.reason.split())[:_MOST_SHOWN] if report.scope else ""
    more = f" and {len(granted) - 10} more" if len(granted) > 10 else ""
    return (
        f"job {job.id!r} was granted what nobody owns: {', '.join(granted[:10])}{more}; its reason: {reason or 'none'}"
    )


def _among(paths: Iterable[str], wanted: Iterable[str]) -> Iterator[str]:
    """Yield those of some paths that are among others, or in a folder that is."""
    names = {name.removeprefix("./").strip("/") for name in wanted} - {""}
    for path in paths:
        ends = (at for at, letter in enumerate(path) if letter == "/")
        if path in names or any(path[:end] in names for end in ends):
            yield path
