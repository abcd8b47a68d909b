"""The ways of reading a document: each gives its groups with their jobs, or nothing. Their order decides."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from plans.markdown.assembly.acceptance import speaks_of_shared_work
from plans.markdown.assembly.data import groups_in_data
from plans.markdown.assembly.fallbacks import assigned_sections, task_list
from plans.markdown.assembly.groups import (
    Group,
    fill_from_lists,
    fill_from_prose,
    fill_from_sections,
    find_groups,
    place,
)
from plans.markdown.assembly.leaves import Leaf, find_leaves
from plans.markdown.mentions.entity import Entity
from plans.markdown.source.labels import Label
from plans.markdown.source.outline import Node


class Reading(NamedTuple):
    """One way of taking a document: its groups with their jobs, and what stands outside of them."""

    groups: Sequence[Group]
    loose: Sequence[Leaf] = ()
    is_one: bool = False
    """It knows no waves: a schedule elsewhere may."""


def _in_waves(root: Entity, _outline: Node, leaves: Sequence[Leaf]) -> Reading | None:
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


def _in_quiet_waves(root: Entity, _outline: Node, _leaves: Sequence[Leaf]) -> Reading | None:
    """Jobs under waves where the heading above speaks of a timeline or of commands, but more is said of them there."""
    groups = find_groups(root, quiet=True)
    loose = place(_in_lines([*find_leaves(root), *find_leaves(root, quiet=True)]), groups, quiet=True)
    filled = [group for group in groups.values() if any(leaf.entity.has_work for leaf in group.leaves)]
    placed = [leaf for group in filled for leaf in group.leaves]
    telling = [leaf for leaf in placed if leaf.entity.has_work]
    if len(filled) < 2 or len(telling) * 2 < len(placed):
        return None
    return Reading(filled, loose)


def _in_weeks(root: Entity, _outline: Node, leaves: Sequence[Leaf]) -> Reading | None:
    """Jobs under weeks or days, where all stand there."""
    found = _weeks(root, leaves, quiet=False)
    if found is None and not any(leaf.entity.is_assigned for leaf in leaves):
        found = _weeks(root, _in_lines([*leaves, *find_leaves(root, quiet=True)]), quiet=True)
    return found


def _weeks(root: Entity, leaves: Sequence[Leaf], *, quiet: bool) -> Reading | None:
    groups = find_groups(root, quiet=quiet, calendar=True)
    loose = place(leaves, groups, quiet=quiet, calendar=True)
    filled = [group for group in groups.values() if any(leaf.entity.has_work for leaf in group.leaves)]
    if len(filled) < 2 or any(leaf.entity.has_work for leaf in loose if leaf.entity.quiet == quiet or not quiet):
        return None
    return Reading(filled, loose)


def _in_lines(leaves: Sequence[Leaf]) -> list[Leaf]:
    return sorted(leaves, key=lambda leaf: leaf.entity.line)


def _in_one(_root: Entity, _outline: Node, leaves: Sequence[Leaf]) -> Reading | None:
    """Jobs side by side; where things have names, a bare code in a list is none: `F5: start recording`."""
    named = [leaf for leaf in leaves if leaf.entity.label.word or leaf.entity.form != "item" or leaf.entity.is_assigned]
    if not any(leaf.entity.label.word for leaf in named):
        return _side_by_side(leaves)
    lanes, taken = {leaf.lane for leaf in named}, {leaf.entity for leaf in named}
    return _side_by_side([leaf for leaf in leaves if leaf.entity in taken or leaf.lane not in lanes])


def _lanes_or_agents(leaves: Sequence[Leaf]) -> tuple[list[Leaf], list[Leaf]]:
    """Part the jobs of tracks from agents beside them, who only work there."""
    lanes = [
        leaf for leaf in leaves if leaf.entity.kind == "lane" or (leaf.lane is not None and leaf.lane.kind == "lane")
    ]
    if sum(leaf.entity.is_assigned for leaf in lanes) < 2:
        return list(leaves), []
    on_lanes = {leaf.entity for leaf in lanes}
    agents = [leaf for leaf in leaves if leaf.entity.kind == "agent" and leaf.entity not in on_lanes]
    others = {leaf.entity for leaf in agents}
    return [leaf for leaf in leaves if leaf.entity not in others], agents


def _in_assigned_sections(_root: Entity, outline: Node, _leaves: Sequence[Leaf]) -> Reading | None:
    return _side_by_side(assigned_sections(outline)) if speaks_of_shared_work(outline) else None


def _in_data(_root: Entity, outline: Node, _leaves: Sequence[Leaf]) -> Reading | None:
    return _filled(groups_in_data(outline), ())


def _in_quiet_one(root: Entity, _outline: Node, _leaves: Sequence[Leaf]) -> Reading | None:
    return _side_by_side(list(find_leaves(root, quiet=True)))


def _in_a_list(_root: Entity, outline: Node, _leaves: Sequence[Leaf]) -> Reading | None:
    return _side_by_side(list(task_list(outline)))


READINGS: tuple[tuple[str, Callable[[Entity, Node, Sequence[Leaf]], Reading | None]], ...] = (
    ("waves", _in_waves),
    ("waves of a timeline", _in_quiet_waves),
    ("weeks", _in_weeks),
    ("jobs side by side", _in_one),
    ("a list of tasks", _in_a_list),
    ("sections with owners", _in_assigned_sections),
    ("data", _in_data),
    ("jobs spoken of again", _in_quiet_one),
)
"""By name, in the order in which they decide: the first that finds jobs is it."""


def readings_of(root: Entity, outline: Node, leaves: Sequence[Leaf]) -> Iterator[tuple[str, Reading]]:
    """Yield the ways of reading a document that find jobs, in order."""
    for name, read in READINGS:
        found = read(root, outline, leaves)
        if found is not None:
            yield name, found


def _filled(groups: Iterable[Group], loose: Sequence[Leaf]) -> Reading | None:
    filled = [group for group in groups if group.leaves]
    return Reading(filled, loose) if filled else None


def _side_by_side(leaves: Sequence[Leaf]) -> Reading | None:
    """Put the jobs of a document without waves into one."""
    if not leaves:
        return None
    leaves, agents = _lanes_or_agents(leaves)
    entity, lane = leaves[0].entity, leaves[0].lane
    is_tracks = entity.kind == "lane" or (lane is not None and lane.kind == "lane")
    group = Group(("",), Label("group", "", "", "Tracks" if is_tracks else ""), entity.line)
    group.leaves = list(leaves)
    return Reading([group], agents, is_one=True)
