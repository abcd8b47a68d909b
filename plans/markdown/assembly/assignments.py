"""Tables that share out jobs told elsewhere: `| agent-1 | T1, T4 |`."""

from collections.abc import Iterable, Sequence

from plans.markdown.assembly.groups import fold
from plans.markdown.assembly.leaves import Leaf
from plans.markdown.draft import Draft, DraftJob, DraftTrack
from plans.markdown.mentions.entity import Entity
from plans.markdown.resolve.mention import things
from plans.markdown.resolve.references import References


def part_assignments(leaves: Sequence[Leaf]) -> tuple[list[Leaf], list[Entity]]:
    """Part the rows that give agents or tracks jobs told elsewhere, which are no jobs themselves."""
    rows = [leaf for leaf in leaves if leaf.entity.form == "row" and "jobs" in leaf.entity.cells]
    rest = [leaf for leaf in leaves if leaf not in rows]
    if not any(leaf.entity.kind == "job" for leaf in rest):
        return list(leaves), []
    return rest, [leaf.entity for leaf in rows]


def assign(draft: Draft, rows: Iterable[Entity]) -> None:
    """Put the jobs that rows name on the tracks of those who do them, where nothing else has."""
    references = References(draft)
    for row in rows:
        free = [job for job in things(references.mention_of(row.cells["jobs"].text, DraftJob)) if not job.track]
        if not free:
            continue
        name = fold(row.label)
        key = next((key for key in draft.tracks if key.replace("-", " ") == name), name)
        draft.tracks.setdefault(key, DraftTrack(row.label.key, row.label.title, row.line, row.label.word))
        for job in free:
            job.track = key
