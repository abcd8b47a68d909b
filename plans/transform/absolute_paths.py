"""Absolute paths in plans: written for one machine, meant for the repository wherever it lies."""

import re
from pathlib import PurePosixPath

from plans.model import Owns, Plan
from plans.transform.rewrite import changed_jobs, changed_plan

_ABSOLUTE = re.compile(r"(?:/(?:home|Users|root|mnt|opt|srv|var|tmp|workspace|workspaces|private)/|[A-Za-z]:[/\\])")


def is_absolute(pattern: str) -> bool:
    """Return whether a pattern names a place on a machine, as `/home/me/x/src/` does: `/src/` is the repository's."""
    return _ABSOLUTE.match(pattern) is not None


def within(plan: Plan, repository: str) -> Plan:
    """Return the plan with its absolute paths rooted at the repository that it runs on.

    A path under the repository itself is; else what follows the last folder that is called as the repository's is:
    `/home/me/code/app/docs/` in a checkout called `app` is `docs/`. Others stay as they are, and match nothing.

    Args:
        plan: the plan.
        repository: the absolute path of the repository.
    """
    every = (*plan.frozen, *(p for track in plan.tracks for p in _patterns(track.owns)))
    every = (*every, *(p for job in plan.jobs.values() for p in _patterns(job.owns)))
    if not any(is_absolute(pattern) for pattern in every):
        return plan
    waves = changed_jobs(plan, lambda job: {"owns": _owns_within(job.owns, repository)})
    tracks = tuple(t.model_copy(update={"owns": _owns_within(t.owns, repository)}) for t in plan.tracks)
    frozen = tuple(_within(pattern, repository) for pattern in plan.frozen)
    return changed_plan(plan, waves=waves, tracks=tracks, frozen=frozen)


def _patterns(owns: Owns) -> tuple[str, ...]:
    return (*owns.create, *owns.modify, *owns.read)


def _owns_within(owns: Owns, repository: str) -> Owns:
    return Owns(
        create=tuple(_within(pattern, repository) for pattern in owns.create),
        modify=tuple(_within(pattern, repository) for pattern in owns.modify),
        read=tuple(_within(pattern, repository) for pattern in owns.read),
    )


def _within(pattern: str, repository: str) -> str:
    if not is_absolute(pattern):
        return pattern
    path, root = pattern.replace("\\", "/"), repository.replace("\\", "/").rstrip("/")
    if path.startswith(f"{root}/"):
        return "/" + path[len(root) + 1 :]
    parts, name = path.split("/"), PurePosixPath(root).name
    folders = parts[:-1]
    if name not in folders:
        return pattern
    after = len(folders) - folders[::-1].index(name)
    return "/" + "/".join(parts[after:]) if any(parts[after:]) else pattern
