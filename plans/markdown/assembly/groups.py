"""Waves in the making: every place that speaks of one, and the jobs that stand there."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from plans.markdown.assembly.leaves import Leaf, plain_leaves, section_leaves
from plans.markdown.mentions.entity import Entity
from plans.markdown.mentions.fields import Field
from plans.markdown.source.labels import Label
from plans.markdown.source.text import plain
from plans.markdown.source.words import CALENDAR, SIDE_BY_SIDE, WAVE_WORDS

Key = tuple[str, ...]
Groups = dict[Key, "Group"]

_SIDE_BY_SIDE = re.compile(SIDE_BY_SIDE, re.IGNORECASE)


@dataclass(eq=False)
class Group:
    """A wave in the making."""

    key: Key
    label: Label
    line: int
    mentions: list[Entity] = field(default_factory=list[Entity])
    leaves: list[Leaf] = field(default_factory=list[Leaf])


def find_groups(root: Entity, *, quiet: bool = False, calendar: bool = False) -> Groups:
    """Return every wave, phase or epic that the document names, by its label within what it stands in.

    Args:
        root: the document.
        quiet: give also those that stand where it speaks of things again.
        calendar: give weeks and days, in place of the others.
    """
    found: Groups = {}

    def visit(entity: Entity, above: Key) -> None:
        key = above
        if is_group(entity, quiet=quiet, calendar=calendar):
            key = (*above, fold(entity.label))
            group = found.setdefault(key, Group(key, entity.label, entity.line))
            group.mentions.append(entity)
        for part in entity.parts:
            visit(part, key)

    visit(root, ())
    return found


def is_group(entity: Entity, *, quiet: bool = False, calendar: bool = False) -> bool:
    """Return whether a thing is a wave or the like."""
    label = entity.label
    return (
        entity.kind == "group"
        and label.word != ""
        and (label.word in CALENDAR) == calendar
        and (quiet or not entity.quiet)
    )


def fold(label: Label) -> str:
    """Return a label as labels are compared."""
    return f"{label.word} {label.key}".lower().strip()


def place(leaves: Iterable[Leaf], groups: Groups, *, quiet: bool = False, calendar: bool = False) -> list[Leaf]:
    """Put the jobs into their groups; those that stand in none are given."""
    loose = list[Leaf]()
    for leaf in leaves:
        within = (one for one in leaf.within if is_group(one, quiet=quiet, calendar=calendar))
        key = tuple(fold(one.label) for one in within)
        own = leaf.entity.group
        if own is not None and not calendar and not key:
            key = next((known for known in groups if known[-1] == fold(own)), (fold(own),))
            groups.setdefault(key, Group(key, own, leaf.entity.line))
        if key in groups:
            groups[key].leaves.append(leaf)
        else:
            loose.append(leaf)
    return loose


def fill_from_sections(groups: Groups) -> None:
    """Read sections without a label as jobs, in groups without any, where they say where they are worked on."""
    for group in groups.values():
        if not group.leaves:
            group.leaves = [leaf for mention in group.mentions for leaf in section_leaves(mention)]


def fill_from_prose(groups: Groups) -> None:
    """Read a wave of one piece of work, told in prose, as its only job, beside waves that have some."""
    if not any(group.leaves for group in groups.values()):
        return
    for group in groups.values():
        if group.leaves or group.label.word not in WAVE_WORDS or len(group.mentions) != 1 or not group.label.title:
            continue
        (mention,) = group.mentions
        kinds = [node.kind for node in mention.rest]
        if mention.form == "heading" and not mention.parts and kinds and set(kinds) <= {"paragraph"}:
            told = Entity(Label("job", "", "", group.label.title), mention.line, "heading", quiet=False)
            told.body = [part for part in mention.body if not isinstance(part, Field) or part.name in _OF_THE_WORK]
            group.leaves = [Leaf(told, (mention,))]


_OF_THE_WORK = frozenset({"files", "create", "modify", "read", "agent", "output", "prompt"})
"""What is said of such a wave's job; the rest is said of the wave."""


def fill_from_lists(groups: Groups) -> None:
    """Read plain lists as jobs, in groups of the sort that holds jobs elsewhere."""
    sorts = Counter(group.label.word for group in groups.values() if group.leaves)
    wanted = sorts.most_common(1)[0][0] if sorts else None
    for group in groups.values():
        has_groups_inside = any(other.key[:-1] == group.key for other in groups.values())
        if group.leaves or has_groups_inside or (wanted is not None and group.label.word != wanted):
            continue
        if wanted is None and not _speaks_of_agents(group):
            continue
        group.leaves = [leaf for mention in group.mentions for leaf in plain_leaves(mention, ())]


def _speaks_of_agents(group: Group) -> bool:
    """Return whether a group says that its work is shared out: a roadmap's phases do not."""
    return group.label.word in WAVE_WORDS or any(
        _SIDE_BY_SIDE.search(text) is not None for mention in group.mentions for text in _words_of(mention)
    )


def _words_of(mention: Entity) -> Iterator[str]:
    label = mention.label
    yield from (label.title, *label.notes)
    for one in mention.fields:
        yield f"{one.label} {plain(one.text)}"
    for node in mention.rest:
        if node.kind in {"paragraph", "section"}:
            yield plain(node.text)
        elif node.kind == "item":
            yield plain(node.text)[:200]
