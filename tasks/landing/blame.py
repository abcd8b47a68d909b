"""Which jobs are behind a conflict."""

from collections.abc import Sequence

from tasks.errors import MergeConflict
from tasks.hub.hub import Hub

_MOST_PATHS = 50


def blamed(hub: Hub, ours: str, theirs: str, conflict: MergeConflict) -> MergeConflict:
    """Return the conflict with the jobs of both sides that touched its paths.

    Args:
        hub: the hub.
        ours: the commit that was merged into.
        theirs: the commit that was to be merged.
        conflict: what came of it.
    """
    mine = _jobs(hub, theirs, ours, conflict.paths)
    others = _jobs(hub, ours, theirs, conflict.paths)
    said = f"{conflict.details}; " if conflict.details else ""
    jobs = f"{said}changed by {_listed(mine)} and by {_listed(others)}"
    return MergeConflict(conflict.ours, conflict.theirs, conflict.paths, jobs)


def _jobs(hub: Hub, tip: str, without: str, paths: Sequence[str]) -> list[str]:
    """Return the jobs whose commits on `tip`, and not on `without`, changed one of some paths."""
    shown = "--format=%(trailers:key=Plan-Job,valueonly)"
    names = [f":(literal){path}" for path in paths[:_MOST_PATHS]]
    told = hub.git.text("log", "--no-merges", shown, f"{without}..{tip}", "--", *names)
    return list(dict.fromkeys(line for line in told.splitlines() if line))


def _listed(jobs: Sequence[str]) -> str:
    return ", ".join(f"job {job!r}" for job in jobs) or "no job of the plan"
