"""Branches: each track has one of its own, and git can keep them all side by side."""

from collections.abc import Iterator
from typing import NamedTuple

from plans.document import Path
from plans.errors import Problem
from plans.lint.subject import Rule, Subject


class _Named(NamedTuple):
    branch: str
    owner: str
    path: Path


def branch_clashes(subject: Subject) -> Iterator[Problem]:
    """No branch is another's, or stands where git needs a folder for another (`a` beside `a/b`)."""
    owners: dict[str, _Named] = {}
    for named in _branches(subject):
        other = owners.setdefault(named.branch, named)
        if other is not named:
            message = f"{named.owner} has the branch {named.branch!r}, and so has {other.owner}"
            yield Problem(message, line=subject.line(*named.path), hint="give each a branch of its own", code="branch")
    for named in owners.values():
        parts = named.branch.split("/")
        above = ("/".join(parts[:length]) for length in range(1, len(parts)))
        for other in (owners[branch] for branch in above if branch in owners):
            message = (
                f"git cannot have the branch {named.branch!r} of {named.owner} "
                f"beside the branch {other.branch!r} of {other.owner}"
            )
            yield Problem(
                message,
                line=subject.line(*named.path),
                hint="no branch's name may be a folder of another's",
                code="branch",
            )


def _branches(subject: Subject) -> Iterator[_Named]:
    plan = subject.plan
    if plan.base is not None:
        yield _Named(plan.base, "the base", ("base",))
    yield _Named(plan.target_branch, "the target", ("target",))
    declared: dict[str, Path] = {track.id: ("tracks", at, "branch") for at, track in enumerate(plan.tracks)}
    for name in plan.lanes:
        path = declared[name] if name in declared else (*subject.jobs[name].path, "id")
        yield _Named(plan.branch(name), f"track {name!r}", path)


RULES: tuple[Rule, ...] = (branch_clashes,)
