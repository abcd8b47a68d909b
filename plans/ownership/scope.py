"""Who may write what: judging the paths that an attempt changed."""

from collections.abc import Iterable, Sequence

from pathspec import GitIgnoreSpec

from plans.model import Job, Plan
from plans.ownership.patterns import parse_pattern


class Matcher:
    """Patterns, ready to be asked about many paths; upper and lower case are told apart everywhere."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._spec = GitIgnoreSpec.from_lines(parse_pattern(pattern).gitignore for pattern in patterns)

    def match(self, path: str) -> bool:
        """Return whether a pattern matches a path, written from the repository's root with slashes."""
        # The spec's wildcards stop at line breaks, so that a file with one in its name would slip through.
        return self._spec.match_file(path.replace("\n", "\x01"))


def to_create(plan: Plan, job: Job) -> tuple[str, ...]:
    """Return the paths that a job is there to create: its own, and its track's where it is the only job of it."""
    alone = len(tuple(plan.jobs_on(job.lane))) == 1
    return (*job.owns.create, *(plan.lanes[job.lane].owns.create if alone else ()))


def out_of_scope(plan: Plan, job: Job, changed: Iterable[str]) -> tuple[str, ...]:
    """Return the changed paths, of all kinds of change, that are not the job's to change, in their order.

    - Nobody changes what is frozen.
    - What `create` or `modify` patterns match may be created, changed and deleted: a job that may modify `src/**` may
      split a file there in two, and one that created a file may think better of it.
    - A job with no such patterns, of its own or of its track, may change all that is not frozen. The lint says so where
      others have patterns; what two such jobs do to one file is for the merge to find.

    Raises:
        BadPattern: a pattern is not of the dialect (no plan that passed the lint has one).
    """
    frozen = Matcher(plan.frozen)
    writes = plan.owned_by(job).writes
    owned = Matcher(writes) if writes else None
    return tuple(path for path in changed if frozen.match(path) or not (owned is None or owned.match(path)))


def unowned(plan: Plan, paths: Sequence[str]) -> tuple[str, ...]:
    """Return those of some paths that no job and no track may write by its patterns, and that are not frozen."""
    if not paths:
        return ()
    owned = {pattern: None for job in plan.jobs.values() for pattern in plan.owned_by(job).writes}
    taken = Matcher([*owned, *plan.frozen])
    return tuple(path for path in paths if not taken.match(path))
