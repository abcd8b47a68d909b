"""Owners of paths: jobs by their own patterns, and tracks by those that they give to all their jobs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from plans.document import Path
from plans.lint.subject import PlacedJob, Subject
from plans.model import Owns
from plans.ownership.patterns import BadPattern, Pattern, parse_pattern

Use = Literal["create", "modify", "read"]
USES: tuple[Use, ...] = ("create", "modify", "read")
WRITES: tuple[Use, ...] = ("create", "modify")


@dataclass(frozen=True, eq=False)
class Owner:
    """A job or a track that owns paths, with the jobs that may use them."""

    label: str
    lane: str
    owns: Owns
    path: Path
    """Of its `owns` in the document."""
    jobs: Sequence[PlacedJob]

    def patterns(self, *uses: Use) -> Iterator[Pattern]:
        """Yield its patterns for some uses, without those that are no patterns."""
        for _, text in self.written(*uses):
            try:
                yield parse_pattern(text)
            except BadPattern:
                continue

    def written(self, *uses: Use) -> Iterator[tuple[Path, str]]:
        """Yield its patterns for some uses as they are written, each with its place."""
        for use in uses:
            texts = {"create": self.owns.create, "modify": self.owns.modify, "read": self.owns.read}[use]
            yield from (((*self.path, use, at), text) for at, text in enumerate(texts))

    def line(self, subject: Subject, pattern: Pattern, *uses: Use) -> int | None:
        """Return the line of a pattern."""
        places = (path for path, text in self.written(*uses) if text == pattern.text)
        return subject.line(*next(places, self.path))


def all_owners(subject: Subject) -> list[Owner]:
    """Return every owner: tracks first."""
    return _owners(subject, subject.jobs.values())


def rounds(subject: Subject) -> Iterator[list[Owner]]:
    """Yield the owners of jobs that may run at the same time: wave by wave, as far as barriers stand between them."""
    waves = subject.plan.waves
    open_from = next((at for at, wave in enumerate(waves) if not wave.barrier), len(waves))
    members: dict[int, list[PlacedJob]] = {}
    for placed in subject.jobs.values():
        if not placed.job.done:
            members.setdefault(min(int(placed.path[1]), open_from), []).append(placed)
    for jobs in members.values():
        yield [owner for owner in _owners(subject, jobs) if owner.jobs]


def _owners(subject: Subject, jobs: Iterable[PlacedJob]) -> list[Owner]:
    lanes: dict[str, list[PlacedJob]] = {}
    for placed in jobs:
        lanes.setdefault(placed.job.lane, []).append(placed)
    tracks = (
        Owner(f"track {track.id!r}", track.id, track.owns, ("tracks", at, "owns"), lanes.get(track.id, ()))
        for at, track in enumerate(subject.plan.tracks)
    )
    return [*tracks, *(_job_owner(placed) for members in lanes.values() for placed in members)]


def _job_owner(placed: PlacedJob) -> Owner:
    job = placed.job
    label = f"job {job.id!r}" if job.track is None else f"job {job.id!r} (track {job.track!r})"
    return Owner(label, job.lane, job.owns, (*placed.path, "owns"), (placed,))
