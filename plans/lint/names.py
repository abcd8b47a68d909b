"""Names: each given once, and none that names nothing."""

from collections.abc import Iterable, Iterator

from plans.document import Path
from plans.errors import Problem
from plans.lint.subject import PlacedJob, Rule, Subject, warning
from plans.model import Start
from plans.text.suggest import did_you_mean

_DEFAULT_AGENT = "default"
_NO_RESOLVER = frozenset({"stop", "skip"})


def duplicate_ids(subject: Subject) -> Iterator[Problem]:
    """Every wave, track and job has an id of its own."""
    plan = subject.plan
    yield from _duplicates(subject, "wave", [(wave.id, ("waves", at)) for at, wave in enumerate(plan.waves)])
    yield from _duplicates(subject, "track", [(track.id, ("tracks", at)) for at, track in enumerate(plan.tracks)])
    yield from _duplicates(subject, "job", [(placed.job.id, placed.path) for placed in subject.placed])


def _duplicates(subject: Subject, kind: str, ids: Iterable[tuple[str, Path]]) -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for name, path in ids:
        if name not in first:
            first[name] = path
            continue
        line, taken = subject.line(*path, "id"), subject.line(*first[name], "id")
        where = "" if line is None else f": in line {taken} and in line {line}"
        yield Problem(f"two {kind}s have the id {name!r}{where}", line=line, code="duplicate-id")


def unknown_needs(subject: Subject) -> Iterator[Problem]:
    """What a job needs is a job."""
    for placed in subject.placed:
        for at, need in enumerate(placed.job.needs):
            if need not in subject.jobs:
                message = f"job {placed.job.id!r} needs {need!r}, which is no job"
                line = placed.line(subject, "needs", at)
                yield Problem(message, line=line, hint=_need_hint(subject, need), code="unknown-name")


def _need_hint(subject: Subject, need: str) -> str | None:
    on_track = [placed.job.id for placed in subject.placed if placed.job.track == need]
    if on_track:
        return f"{need!r} is a track: its last job is {on_track[-1]!r}"
    return did_you_mean(need, subject.jobs)


def unknown_tracks(subject: Subject) -> Iterator[Problem]:
    """The tracks that jobs, modes and the merge order name are declared, or are a job's own."""
    plan, known = subject.plan, _tracks(subject)
    for placed in subject.placed:
        if placed.job.track is not None:
            line = placed.line(subject, "track")
            yield from _unknown(placed.job.track, "track", f"job {placed.job.id!r}", line, known)
    for name, mode in plan.modes.items():
        for at, track in enumerate(mode.tracks or ()):
            line = subject.line("modes", name, "tracks", at)
            yield from _unknown(track, "track", f"mode {name!r}", line, known)
    for track, path in merge_order(subject):
        yield from _unknown(track, "track", "the merge order", subject.line(*path), known)


def twice_in_merge_order(subject: Subject) -> Iterator[Problem]:
    """A track has one place in the merge order."""
    seen: set[str] = set()
    for track, path in merge_order(subject):
        if track in seen:
            yield Problem(
                f"track {track!r} stands twice in the merge order", line=subject.line(*path), code="merge-order"
            )
        seen.add(track)


def merge_order(subject: Subject) -> Iterator[tuple[str, Path]]:
    """Yield each track of the merge order with its place in the document."""
    for at, entry in enumerate(subject.plan.merge.order):
        if isinstance(entry, str):
            yield entry, ("merge", "order", at)
        else:
            yield from ((track, ("merge", "order", at, place)) for place, track in enumerate(entry))


def unknown_agents(subject: Subject) -> Iterator[Problem]:
    """The agents that are named are declared; `default` need not be, for the command line may name it."""
    plan, known = subject.plan, {*subject.plan.agents, _DEFAULT_AGENT}
    yield from _unknown(plan.defaults.agent, "agent", "`defaults`", subject.line("defaults", "agent"), known)
    for placed in subject.placed:
        job, owner = placed.job, f"job {placed.job.id!r}"
        if job.agent is not None:
            yield from _unknown(job.agent, "agent", owner, placed.line(subject, "agent"), known)
        for role, agent in job.roles.items():
            yield from _unknown(
                agent, "agent", f"the role {role!r} of {owner}", placed.line(subject, "roles", role), known
            )
    resolver = plan.merge.on_conflict
    if resolver not in _NO_RESOLVER:
        line = subject.line("merge", "on_conflict")
        yield from _unknown(resolver, "agent", "`merge.on_conflict`", line, known | _NO_RESOLVER)


def unknown_in_starts(subject: Subject) -> Iterator[Problem]:
    """Start conditions speak of tracks and jobs that there are."""
    tracks = _tracks(subject)
    for owner, start, path in starts(subject):
        if start.progress is not None:
            line = subject.line(*path, "progress")
            yield from _unknown(start.progress, "track", f"the start of {owner}", line, tracks)
        if start.done is not None:
            line = subject.line(*path, "done")
            yield from _unknown(start.done, "job", f"the start of {owner}", line, subject.jobs)


def starts(subject: Subject) -> Iterator[tuple[str, Start, Path]]:
    """Yield every start condition of tracks and jobs, also those inside others, with whose it is and its place."""
    for at, track in enumerate(subject.plan.tracks):
        yield from _with_inner(f"track {track.id!r}", track.start, ("tracks", at, "start"))
    for placed in subject.placed:
        yield from _with_inner(f"job {placed.job.id!r}", placed.job.start, (*placed.path, "start"))


def _with_inner(owner: str, start: Start | None, path: Path) -> Iterator[tuple[str, Start, Path]]:
    if start is None:
        return
    yield owner, start, path
    for kind, inner in (("all", start.all), ("any", start.any)):
        for at, condition in enumerate(inner or ()):
            yield from _with_inner(owner, condition, (*path, kind, at))


def contingencies(subject: Subject) -> Iterator[Problem]:
    """A contingency speaks of a job that its job needs."""
    for placed in subject.placed:
        for at, contingency in enumerate(placed.job.contingency):
            failed = contingency.if_failed
            if failed is None or failed in placed.job.needs:
                continue
            message = f"the contingency of job {placed.job.id!r} is about {failed!r}, which it does not need"
            hint = (
                f"add {failed!r} to its `needs`" if failed in subject.jobs else did_you_mean(failed, placed.job.needs)
            )
            line = placed.line(subject, "contingency", at, "if_failed")
            yield Problem(message, line=line, hint=hint, code="unknown-name")


def shared_by_name(subject: Subject) -> Iterator[Problem]:
    """A job without a track that has the id of a track runs there: said where other jobs run there too."""
    others: dict[str, PlacedJob] = {}
    for placed in subject.placed:
        if placed.job.track is not None:
            others.setdefault(placed.job.track, placed)
    for placed in subject.placed:
        name = placed.job.id
        if placed.job.track is None and name in others:
            message = f"job {name!r} names no track and so runs on track {name!r}, with job {others[name].job.id!r}"
            hint = f"say `track: {name}` if that is meant, or give the job another id"
            yield warning(message, placed.line(subject, "id"), hint=hint, code="track-by-name")


def _tracks(subject: Subject) -> frozenset[str]:
    declared = (track.id for track in subject.plan.tracks)
    return frozenset((*declared, *(placed.job.id for placed in subject.placed if placed.job.track is None)))


def _unknown(name: str, kind: str, owner: str, line: int | None, known: Iterable[str]) -> Iterator[Problem]:
    if name not in known:
        message = f"{owner} names the {kind} {name!r}, which there is not"
        yield Problem(message, line=line, hint=did_you_mean(name, known), code="unknown-name")


RULES: tuple[Rule, ...] = (
    duplicate_ids,
    unknown_needs,
    unknown_tracks,
    twice_in_merge_order,
    unknown_agents,
    unknown_in_starts,
    contingencies,
    shared_by_name,
)
