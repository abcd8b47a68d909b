"""Schedules that only name their jobs: `Wave 1: Agents A and B`, with what A and B do told elsewhere."""

from collections.abc import Iterator

from plans.markdown.assembly.drafter import new_wave
from plans.markdown.assembly.groups import Group, Groups
from plans.markdown.draft import Draft, DraftJob, DraftWave
from plans.markdown.mentions.entity import Entity
from plans.markdown.resolve.mention import things
from plans.markdown.resolve.references import References

_LONGEST_LINE = 400
_LEAST_SHARE = 0.6
"""Share of the jobs that a schedule has to name to count as the plan's."""


def part_by_schedule(draft: Draft, groups: Groups) -> None:
    """Part the only wave of a draft where the document's groups name the jobs in it."""
    (every,) = draft.waves
    references = References(draft)
    told = set[DraftJob]()
    waves = list[DraftWave]()
    for group in groups.values():
        fresh = [job for job in _named(group, references) if job not in told]
        if fresh:
            told.update(fresh)
            wave = new_wave(group)
            wave.jobs = [job for job in every.jobs if job in fresh]
            waves.append(wave)
    if len(waves) < 2 or len(told) < _LEAST_SHARE * len(every.jobs):
        return
    left = [job for job in every.jobs if job not in told]
    draft.waves = [*waves, DraftWave("", "", left[0].line, jobs=left)] if left else waves


def _named(group: Group, references: References) -> list[DraftJob]:
    """Return the jobs that a group lists under a name for such lists, else those that any line of it names."""
    for lines in (_listed, _lines):
        texts = [text for mention in group.mentions for text in lines(mention) if len(text) <= _LONGEST_LINE]
        if found := [job for text in texts for job in things(references.mention_of(text, DraftJob))]:
            return list(dict.fromkeys(found))
    return []


def _lines(mention: Entity) -> Iterator[str]:
    """Yield the lines that may name what a group holds; not its dependencies, criteria and the like."""
    label = mention.label
    yield from (
        text for text in (label.title, *label.notes) if not text.lower().startswith(("after", "depends", "needs"))
    )
    for part in mention.parts:
        yield f"{part.label.word} {part.label.key}" if part.label.key else part.label.title
    yield from _listed(mention)
    for node in mention.rest:
        if node.kind in {"item", "paragraph", "fence"}:
            yield from node.text.split("\n")
        elif node.kind == "section":
            yield node.text
            for child in node.children:
                yield from child.text.split("\n") if child.kind in {"item", "fence"} else ()


def _listed(mention: Entity) -> Iterator[str]:
    """Yield the lines under `Tasks:`, `Agents:` and the like."""
    for one in mention.fields:
        if one.name in {"jobs", "steps", "agent"}:
            yield one.text
            for node in one.below:
                yield from node.text.split("\n") if node.kind in {"item", "paragraph", "fence"} else ()
