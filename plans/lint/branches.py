"""Branches: each track has one of its own, and git can keep them all side by side."""

from collections.abc import Iterator
from typing import NamedTuple

from plans.errors import Problem
from plans.lint.subject import Rule, Subject


class _Named(NamedTuple):
    branch: str
    owner: str
    line: int | None


def branch_clashes(subject: Subject) -> Iterator[Problem]:
    """No branch is another's, or stands where git needs a folder for another (`a` beside `a/b`)."""
    owners: dict[str, _Named] = {}
    for named in _branches(subject):
        other = owners.setdefault(named.branch, named)
        if other is not named:
            message = f"{named.owner} has the branch {named.branch!r}, and so has {other.owner}"
            yield Problem(message, line=named.line, hint="give each a branch of its own", code="branch")
    for named in owners.values():
        parts = named.branch.split("/")
        above = ("/".join(parts[:length]) for length in range(1, len(parts)))
        for other in (owners[branch] for branch in above if branch in owners):
            message = (
                f"git cannot have the branch {named.branch!r} of {named.owner} "
                f"beside the branch {other.branch!r} of {other.owner}"
            )
            yield Problem(message, line=named.line, hint="no branch's name may be a folder of another's", code="branch")


def _branches(subject: Subject) -> Iterator[_Named]:
    plan = subject.plan
    if plan.base is not None:
        yield _Named(plan.base, "the base", subject.line("base"))
    yield _Named(plan.target_branch, "the target", subject.line("target"))
    declared = {track.id: ("tracks", at, "branch") for at, track in enumerate(plan.tracks)}
    for name in plan.lanes:
        owner = f"track {name!r}"
        line = subject.line(*declared[name]) if name in declared else subject.jobs[name].line(subject, "id")
        yield _Named(plan.branch(name), owner, line)


RULES: tuple[Rule, ...] = (branch_clashes,)
