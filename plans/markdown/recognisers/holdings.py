"""Who holds which paths in a draft, and how a path from elsewhere in the document is added without blurring that."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from plans.markdown.draft import Draft, DraftJob, DraftOwns, DraftTrack, Said
from plans.markdown.resolve.mention import things
from plans.markdown.resolve.references import References
from plans.markdown.source.paths import FoundPath
from plans.ownership.overlap import PatternIndex, meeting_path, overlap
from plans.ownership.patterns import BadPattern, Pattern, parse_pattern


class Holder(NamedTuple):
    """Somebody who owns paths: a track, or a job."""

    key: str
    """The track's key, or the job's."""
    owns: DraftOwns
    """Where paths of its own are added: of the only job on a track, else of the track."""
    jobs: tuple[DraftJob, ...]

    def __hash__(self) -> int:
        return id(self.owns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Holder) and other.owns is self.owns


class Holdings:
    """What the tracks and jobs of a draft own."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._references = References(draft)
        self._added = list[tuple[DraftJob | None, Pattern]]()

    def named(self, text: str) -> list[Holder]:
        """Return the holders that a text names, each once."""
        found = list[Holder]()
        for thing in things(self._references.mention_of(text)):
            if isinstance(thing, DraftTrack):
                found.append(self.of_track(thing, self._references.key_of(thing)))
            elif isinstance(thing, DraftJob):
                found.append(self._of_job(thing))
        return list(dict.fromkeys(found))

    def of_track(self, track: DraftTrack, key: str) -> Holder:
        """Return a track as a holder."""
        jobs = tuple(self._references.jobs_on(key))
        return Holder(key, jobs[0].owns if len(jobs) == 1 else track.owns, jobs)

    def _of_job(self, job: DraftJob) -> Holder:
        return Holder(job.key, job.owns, (job,))

    def held_by(self, holder: Holder) -> list[Said]:
        """Return what a holder may write already: its own paths and its track's."""
        tracks = {job.track for job in holder.jobs} & self._draft.tracks.keys()
        places = [holder.owns, *(job.owns for job in holder.jobs), *(self._draft.tracks[key].owns for key in tracks)]
        return [said for owns in places for said in (*owns.create, *owns.modify)]

    def add(self, holder: Holder, found: FoundPath, *, widens: bool) -> None:
        """Add a path that a holder may write, where it says more than is known.

        Args:
            holder: who owns it.
            found: the path.
            widens: a pattern around the holder's own files is meant as such, and added where nobody else is inside.
        """
        _ = self._indexed  # as it was before anything is added
        own = self.held_by(holder)
        if any(same_path(found.path, said.text) for said in own) or pattern(found.path) is None:
            return
        if _is_bare(found.path) and self._is_elsewhere(found.path):
            return
        around = any(meets(found.path, said.text) for said in own)
        path = self._widened(found.path, holder) if around and widens else None if around else _whole(found.path)
        if path is None:
            return
        if not around and any(meets(found.path, tail) for said in own for tail in _tails(said.text)):
            return
        added = pattern(path)
        if added is not None:
            self._added.append((holder.jobs[0] if holder.jobs else None, added))
        kind = holder.owns.create if found.use == "create" else holder.owns.modify
        kind.append(Said(path, found.line))

    def _is_elsewhere(self, name: str) -> bool:
        """Return whether a file's name without its folder is that of a path which somebody lists in full."""
        every = (said for job in self._draft.jobs for said in (*job.owns.create, *job.owns.modify))
        return any("/" in said.text and same_path(said.text.rpartition("/")[2], name) for said in every)

    def _widened(self, path: str, holder: Holder) -> str | None:
        """Return a pattern around a holder's files as one that nobody else is inside of; None where there is none.

        `*.md` beside folders of others means those in the root.
        """
        forms = (_whole(path), f"/{path}") if "/" not in path else (_whole(path),)
        return next((form for form in forms if self._is_free(form, holder)), None) if "*" in path else None

    def _is_free(self, path: str, holder: Holder) -> bool:
        """Return whether nobody else may write what a pattern matches."""
        wanted = pattern(path)
        if wanted is None:
            return False
        mine = {
            *holder.jobs,
            *(self._draft.tracks[job.track] for job in holder.jobs if job.track in self._draft.tracks),
        }
        index, owners = self._indexed
        near = [one for one in index.near(wanted) if not owners[one] <= mine]
        near += [one for other, one in self._added if other not in mine]
        return not any(overlap(wanted, one) for one in near)

    @cached_property
    def _indexed(self) -> tuple[PatternIndex, dict[Pattern, set[DraftJob | DraftTrack]]]:
        """The patterns that tracks and jobs listed themselves, and who did."""
        owners = dict[Pattern, set[DraftJob | DraftTrack]]()
        things: list[DraftJob | DraftTrack] = [*self._draft.jobs, *self._draft.tracks.values()]
        for thing in things:
            for path in thing.owns.paths():
                known = pattern(path)
                if known is not None:
                    owners.setdefault(known, set()).add(thing)
        return PatternIndex(owners), owners


def _whole(path: str) -> str:
    """Return a pattern of all in a folder as one of all below it, which is what people mean by `docs/*`."""
    return f"{path}*" if path.endswith("/*") else path


def pattern(path: str) -> Pattern | None:
    """Take a path apart; None where it is none that the plan format knows."""
    try:
        return parse_pattern(path)
    except BadPattern:
        return None


def same_path(one: str, other: str) -> bool:
    """Return whether two paths are written alike."""
    return one.strip("/").removesuffix("/**").rstrip("/*") == other.strip("/").removesuffix("/**").rstrip("/*")


def meets(one: str, other: str) -> bool:
    """Return whether two patterns can match one path."""
    first, second = pattern(one), pattern(other)
    return first is not None and second is not None and overlap(first, second) is not None


def forbids(frozen: str, path: str) -> bool:
    """Return whether a path that somebody names is frozen; what only may come to lie below it is an exception."""
    first, second = pattern(frozen), pattern(path)
    if first is None or second is None:
        return False
    found = meeting_path(first.own, second.own) if first.floats else overlap(first, second)
    return found is not None


def _is_bare(path: str) -> bool:
    return "/" not in path.strip("/") and "*" not in path


def _tails(path: str) -> Iterator[str]:
    """Yield a path without its first folders: people leave out in tables what all paths begin with."""
    names = path.strip("/").split("/")
    return ("/".join(names[at:]) for at in range(1, len(names)))
