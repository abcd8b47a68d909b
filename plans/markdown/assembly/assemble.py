"""From what a document names to waves, tracks and jobs."""

from collections.abc import Sequence

from plans.markdown.assembly.acceptance import shares_work
from plans.markdown.assembly.assignments import assign, part_assignments
from plans.markdown.assembly.drafter import Drafter
from plans.markdown.assembly.fallbacks import document_title, title_line
from plans.markdown.assembly.groups import find_groups, fold
from plans.markdown.assembly.leaves import Leaf, find_leaves
from plans.markdown.assembly.readings import readings_of
from plans.markdown.assembly.regroup import settle
from plans.markdown.assembly.schedules import part_by_schedule
from plans.markdown.assembly.scoring import score_all
from plans.markdown.draft import Draft
from plans.markdown.mentions.entity import Entity
from plans.markdown.source.outline import Node


def assemble(root: Entity, outline: Node) -> Draft:
    """Make the draft of a document; it has no waves where the document names no jobs."""
    draft = Draft(title=document_title(outline), line=title_line(outline))
    settle(root)
    every, assigned = part_assignments(list(find_leaves(root)))
    leaves, lanes = _without_overviews(every)
    reading = next((found for _, found in readings_of(root, outline, leaves)), None)
    if reading is None or not shares_work(outline, [leaf for group in reading.groups for leaf in group.leaves]):
        return draft
    draft.weigh = lambda: score_all([*readings_of(root, outline, leaves)], root, outline)
    drafter = Drafter(draft)
    for group in reading.groups:
        drafter.add_wave(group)
    drafter.add_lanes(lanes)
    assign(draft, assigned)
    drafter.add_loose(reading.loose)
    drafter.name_by_what_is_said()
    drafter.add_more(find_leaves(root, quiet=True))
    if reading.is_one and len(draft.waves) == 1:
        part_by_schedule(draft, find_groups(root, quiet=True))
    drafter.name_all()
    return draft


def _without_overviews(leaves: Sequence[Leaf]) -> tuple[list[Leaf], list[Entity]]:
    """Part the jobs from tracks and agents that are named in one place and hold their jobs in another."""
    working = {
        _lane_key(leaf) for leaf in leaves if leaf.lane is None and leaf.entity.is_assigned and leaf.entity.has_work
    }
    told = {_lane_key(leaf) for leaf in leaves if leaf.lane is not None and _is_told(leaf.entity)}
    leaves = [leaf for leaf in leaves if leaf.lane is None or _lane_key(leaf) in told or _lane_key(leaf) not in working]
    holders = {_lane_key(leaf) for leaf in leaves if leaf.lane is not None}
    jobs, lanes = list[Leaf](), list[Entity]()
    for leaf in leaves:
        is_lane = leaf.entity.kind in {"lane", "agent"} and leaf.lane is None
        if is_lane and _lane_key(leaf) in holders:
            lanes.append(leaf.entity)
        else:
            jobs.append(leaf)
    return jobs, lanes


def _is_told(entity: Entity) -> bool:
    """Tell a job from a line that only names one."""
    return entity.form == "heading" or entity.is_assigned or entity.label.notes != () or entity.checked is not None


def _lane_key(leaf: Leaf) -> tuple[tuple[str, ...], str]:
    """Return where a job's lane stands and what it is called; of a lane itself its own."""
    return _where(leaf), fold((leaf.lane or leaf.entity).label)


def _where(leaf: Leaf) -> tuple[str, ...]:
    return tuple(fold(one.label) for one in leaf.within if one.kind == "group")
