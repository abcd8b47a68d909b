"""Phases that stand inside of a track or an agent: each is a piece of that one's work, not a wave of the plan."""

from collections import Counter
from collections.abc import Iterator

from plans.markdown.mentions.entity import Entity
from plans.markdown.source.labels import Label
from plans.markdown.source.words import CALENDAR


def settle(root: Entity) -> None:
    """Make jobs of the phases in tracks that hold none themselves; a label that several tracks have is their wave."""
    _absorb(root)
    words = {one.label.word for one in root.walk() if one.form == "row" and one.kind == "job"}
    for one in root.walk():
        if one.kind == "group" and one.label.word in words and one.form == "heading":
            one.label = one.label._replace(kind="job")
    found = [(phase, lane) for phase, lane in _phases(root, None) if not _is_told_of(phase, lane)]
    bare = Counter(phase.label.word for phase, _ in found if not _holds_work(phase))
    every = Counter(phase.label.word for phase, _ in found)
    taken = [(phase, lane) for phase, lane in found if bare[phase.label.word] * 2 > every[phase.label.word]]
    owners = Counter((phase.label.word, phase.label.key.lower()) for phase, _ in taken)
    for phase, _ in taken:
        label = phase.label
        if owners[label.word, label.key.lower()] > 1:
            phase.group = label._replace(title="", notes=())
        phase.label = Label("job", label.word, label.key, label.title, label.notes)


def _phases(entity: Entity, lane: Entity | None) -> Iterator[tuple[Entity, Entity]]:
    """Yield the groups right in a track or an agent, with it."""
    for part in entity.parts:
        is_group = part.kind == "group" and part.label.word not in CALENDAR and not part.quiet
        if is_group and lane is not None:
            yield part, lane
        else:
            yield from _phases(part, part if part.kind in {"lane", "agent"} else lane)


def _is_told_of(phase: Entity, lane: Entity) -> bool:
    """Take the only phase in a lane, if the lane's jobs stand beside it, as the one that they all belong to."""
    if _holds_work(phase) or [one for one, _ in _phases(lane, lane)] != [phase]:
        return False
    jobs = [part for part in lane.parts if part.kind == "job" and not part.quiet]
    for job in jobs:
        job.group = job.group or phase.label
    return bool(jobs)


def _holds_work(phase: Entity) -> bool:
    return any(part.kind != "group" for part in phase.walk() if part is not phase)


def _absorb(entity: Entity) -> None:
    """Make the only agent in a job, who has no title of its own, its agent."""
    for part in entity.parts:
        _absorb(part)
    only = entity.parts[0] if len(entity.parts) == 1 else None
    if entity.kind == "job" and only is not None and only.kind == "agent" and not only.label.title and not only.quiet:
        entity.body += only.body
        entity.parts = only.parts
