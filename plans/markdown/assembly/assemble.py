"""From what a document names to waves, tracks and jobs."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from plans.markdown.assembly.acceptance import shares_work, speaks_of_shared_work
from plans.markdown.assembly.assignments import assign, part_assignments
from plans.markdown.assembly.data import groups_in_data
from plans.markdown.assembly.drafter import Drafter
from plans.markdown.assembly.fallbacks import assigned_sections, document_title, task_list, title_line
from plans.markdown.assembly.groups import (
    Group,
    fill_from_lists,
    fill_from_prose,
    fill_from_sections,
    find_groups,
    fold,
    place,
)
from plans.markdown.assembly.leaves import Leaf, find_leaves
from plans.markdown.assembly.regroup import settle
from plans.markdown.assembly.schedules import part_by_schedule
from plans.markdown.draft import Draft
from plans.markdown.mentions.entity import Entity
from plans.markdown.source.labels import Label
from plans.markdown.source.outline import Node


class _Reading(NamedTuple):
    """One way of taking a document: its groups with their jobs, and what stands outside of them."""

    groups: Sequence[Group]
    loose: Sequence[Leaf] = ()
    is_one: bool = False
    """It knows no waves: a schedule elsewhere may."""


def assemble(root: Entity, outline: Node) -> Draft:
    """Make the draft of a document; it has no waves where the document names no jobs."""
    draft = Draft(title=document_title(outline), line=title_line(outline))
    settle(root)
    every, assigned = part_assignments(list(find_leaves(root)))
    leaves, lanes = _without_overviews(every)
    reading = next((found for read in _READINGS if (found := read(root, outline, leaves)) is not None), None)
    if reading is None or not shares_work(outline, [leaf for group in reading.groups for leaf in group.leaves]):
        return draft
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
    """Give where a job's lane stands and what it is called; of a lane itself its own."""
    return _where(leaf), fold((leaf.lane or leaf.entity).label)


def _where(leaf: Leaf) -> tuple[str, ...]:
    return tuple(fold(one.label) for one in leaf.within if one.kind == "group")


def _in_waves(root: Entity, _outline: Node, leaves: Sequence[Leaf]) -> _Reading | None:
    """Jobs under waves, phases, epics."""
    groups = find_groups(root)
    loose = place(leaves, groups)
    if not any(group.leaves for group in groups.values()):
        fill_from_sections(groups)
    has_own = any(leaf.entity.is_assigned and leaf.entity.has_work for leaf in loose)
    if any(group.leaves for group in groups.values()) or not has_own:
        # Who works at all is not who works in a wave: `Agent 1: backend` beside waves of tasks only says who that is.
        fill_from_lists(groups)
    fill_from_prose(groups)
    return _filled(groups.values(), loose)


def _in_quiet_waves(root: Entity, _outline: Node, _leaves: Sequence[Leaf]) -> _Reading | None:
    """Jobs under waves where the heading above speaks of a timeline or of commands, but more is said of them there."""
    groups = find_groups(root, quiet=True)
    loose = place(_in_lines([*find_leaves(root), *find_leaves(root, quiet=True)]), groups, quiet=True)
    filled = [group for group in groups.values() if any(leaf.entity.has_work for leaf in group.leaves)]
    placed = [leaf for group in filled for leaf in group.leaves]
    telling = [leaf for leaf in placed if leaf.entity.has_work]
    if len(filled) < 2 or len(telling) * 2 < len(placed):
        return None
    return _Reading(filled, loose)


def _in_weeks(root: Entity, _outline: Node, leaves: Sequence[Leaf]) -> _Reading | None:
    """Jobs under weeks or days, where all stand there."""
    found = _weeks(root, leaves, quiet=False)
    if found is None and not any(leaf.entity.is_assigned for leaf in leaves):
        found = _weeks(root, _in_lines([*leaves, *find_leaves(root, quiet=True)]), quiet=True)
    return found


def _weeks(root: Entity, leaves: Sequence[Leaf], *, quiet: bool) -> _Reading | None:
    groups = find_groups(root, quiet=quiet, calendar=True)
    loose = place(leaves, groups, quiet=quiet, calendar=True)
    filled = [group for group in groups.values() if any(leaf.entity.has_work for leaf in group.leaves)]
    if len(filled) < 2 or any(leaf.entity.has_work for leaf in loose if leaf.entity.quiet == quiet or not quiet):
        return None
    return _Reading(filled, loose)


def _in_lines(leaves: Sequence[Leaf]) -> list[Leaf]:
    return sorted(leaves, key=lambda leaf: leaf.entity.line)


def _in_one(_root: Entity, _outline: Node, leaves: Sequence[Leaf]) -> _Reading | None:
    """Jobs side by side; where things have names, a bare code in a list is none: `F5: start recording`."""
    named = [leaf for leaf in leaves if leaf.entity.label.word or leaf.entity.form != "item" or leaf.entity.is_assigned]
    if not any(leaf.entity.label.word for leaf in named):
        return _side_by_side(leaves)
    lanes = {leaf.lane for leaf in named}
    return _side_by_side([leaf for leaf in leaves if leaf in named or leaf.lane not in lanes])


def _lanes_or_agents(leaves: Sequence[Leaf]) -> tuple[list[Leaf], list[Leaf]]:
    """Part the jobs of tracks from agents beside them, who only work there."""
    lanes = [
        leaf for leaf in leaves if leaf.entity.kind == "lane" or (leaf.lane is not None and leaf.lane.kind == "lane")
    ]
    if sum(leaf.entity.is_assigned for leaf in lanes) < 2:
        return list(leaves), []
    agents = [leaf for leaf in leaves if leaf.entity.kind == "agent" and leaf not in lanes]
    return [leaf for leaf in leaves if leaf not in agents], agents


def _in_assigned_sections(_root: Entity, outline: Node, _leaves: Sequence[Leaf]) -> _Reading | None:
    return _side_by_side(assigned_sections(outline)) if speaks_of_shared_work(outline) else None


def _in_data(_root: Entity, outline: Node, _leaves: Sequence[Leaf]) -> _Reading | None:
    return _filled(groups_in_data(outline), ())


def _in_quiet_one(root: Entity, _outline: Node, _leaves: Sequence[Leaf]) -> _Reading | None:
    return _side_by_side(list(find_leaves(root, quiet=True)))


def _in_a_list(_root: Entity, outline: Node, _leaves: Sequence[Leaf]) -> _Reading | None:
    return _side_by_side(list(task_list(outline)))


_READINGS: tuple[Callable[[Entity, Node, Sequence[Leaf]], _Reading | None], ...] = (
    _in_waves,
    _in_quiet_waves,
    _in_weeks,
    _in_one,
    _in_a_list,
    _in_assigned_sections,
    _in_data,
    _in_quiet_one,
)
"""Asked in this order; the first that finds jobs is it."""


def _filled(groups: Iterable[Group], loose: Sequence[Leaf]) -> _Reading | None:
    filled = [group for group in groups if group.leaves]
    return _Reading(filled, loose) if filled else None


def _side_by_side(leaves: Sequence[Leaf]) -> _Reading | None:
    """Put the jobs of a document without waves into one."""
    if not leaves:
        return None
    leaves, agents = _lanes_or_agents(leaves)
    entity, lane = leaves[0].entity, leaves[0].lane
    is_tracks = entity.kind == "lane" or (lane is not None and lane.kind == "lane")
    group = Group(("",), Label("group", "", "", "Tracks" if is_tracks else ""), entity.line)
    group.leaves = list(leaves)
    return _Reading([group], agents, is_one=True)
