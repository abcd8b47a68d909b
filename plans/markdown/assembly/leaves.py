"""Which of the things that a document names are jobs, and which hold jobs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from plans.markdown.mentions.entity import Entity
from plans.markdown.mentions.fields import Field, fields_of
from plans.markdown.source.labels import Label, end_notes
from plans.markdown.source.outline import Node
from plans.markdown.source.regions import lists_work
from plans.markdown.source.text import bold_lead, plain


@dataclass(frozen=True)
class Leaf:
    """A thing that is a job, with the things that it stands in, from the outermost."""

    entity: Entity
    within: tuple[Entity, ...]

    @property
    def group(self) -> Label | None:
        """The label of the wave, phase or epic that it stands in."""
        if self.entity.group is not None:
            return self.entity.group
        return next((one.label for one in reversed(self.within) if one.kind == "group" and one.label.word), None)

    @property
    def lane(self) -> Entity | None:
        """The track or agent that it stands in."""
        return next((one for one in reversed(self.within) if one.kind in {"lane", "agent"}), None)


def find_leaves(root: Entity, *, quiet: bool = False) -> Iterator[Leaf]:
    """Yield the jobs in a document, in its order.

    Args:
        root: the document.
        quiet: give those that stand where it speaks of things again, in place of the others.
    """
    yield from (leaf for part in root.parts for leaf in _leaves(part, (), quiet=quiet))


def _leaves(entity: Entity, within: tuple[Entity, ...], *, quiet: bool) -> Iterator[Leaf]:
    inner = [leaf for part in entity.parts for leaf in _leaves(part, (*within, entity), quiet=quiet)]
    if entity.quiet != quiet or entity.kind == "group":
        yield from inner
    elif not inner and (listed := _listed_tasks(entity)):
        yield from (Leaf(task, (*within, entity)) for task in listed)
    elif not inner or not _holds_jobs(entity, inner):
        yield Leaf(entity, within)
    else:
        yield from inner


def _holds_jobs(entity: Entity, inner: list[Leaf]) -> bool:
    """Return whether the things in a track, an agent or a story are jobs, not its steps."""
    if entity.kind == "lane":
        return True
    if entity.kind == "agent":
        return any(leaf.entity.kind != "agent" and _is_work(leaf.entity) for leaf in inner)
    return any(leaf.entity.form == "heading" or leaf.entity.has_evidence for leaf in inner)


def _listed_tasks(entity: Entity) -> list[Entity]:
    """Read the tasks that a track's or agent's list gives files, needs or times of their own; else they are steps."""
    if entity.kind not in {"lane", "agent"}:
        return []
    found = [item_entity(node) for node in _items(entity.body)]
    telling = {"files", "create", "modify", "needs", "estimate"}
    if not found or sum(any(one.name in telling for one in task.fields) for task in found) * 2 < len(found):
        return []
    for node, task in zip(_items(entity.body), found, strict=True):
        task.label = task.label._replace(word="task", key=node.number)
    return found


def _is_work(entity: Entity) -> bool:
    return bool(entity.label.word) or entity.has_evidence or entity.form != "item"


def plain_leaves(entity: Entity, within: tuple[Entity, ...]) -> Iterator[Leaf]:
    """Read the items of a list under a wave or track as jobs, for want of any that are named."""
    for node in _items(entity.body):
        yield Leaf(item_entity(node), (*within, entity))


def section_leaves(entity: Entity) -> Iterator[Leaf]:
    """Read the sections under a wave that say where or by whom they are worked on as jobs: `### Ada builds`."""
    for part in entity.body:
        if isinstance(part, Node) and part.kind == "section":
            title, notes = end_notes(plain(part.text))
            found = Entity(Label("job", "", "", title, tuple(notes)), part.line, "heading", quiet=False)
            found.body = list(fields_of(part.children))
            if found.is_assigned:
                yield Leaf(found, (entity,))


def _items(body: list[Field | Node]) -> Iterator[Node]:
    for part in body:
        if isinstance(part, Field):
            if part.name in {"steps", "jobs"}:
                yield from (node for node in part.below if node.kind == "item" and _is_task(node))
        elif part.kind == "item" and _is_task(part):
            yield part
        elif part.kind == "section" and lists_work(part.text, part.place):
            yield from (node for node in part.items if _is_task(node))


_LONGEST_TASK = 160
_SENTENCES = re.compile(r"[.!?]\s+[A-Z]|[.!?。！？]$")


def _is_task(node: Node) -> bool:
    """Tell the short line of a task from sentences that explain."""
    if node.checked is not None or bold_lead(node.text.split("\n")[0]) is not None:
        return True
    words = plain(node.text)
    return 0 < len(words) <= _LONGEST_TASK and _SENTENCES.search(words) is None


def item_entity(node: Node) -> Entity:
    """Read a list's item as a job that has no label."""
    first, *more = node.text.split("\n")
    lead = bold_lead(first)
    words = lead.lead if lead is not None and len(lead.lead) > 3 else plain(first)
    title, notes = end_notes(words.rstrip(" :"))
    said = plain(lead.rest).lstrip(" :-–—") if lead is not None else ""
    if lead is not None:
        said, more_notes = end_notes(said) if said.endswith(")") else (said, [])
        notes = [*notes, *more_notes]
        bare = said.strip("()")
        if said.startswith("(") and said.endswith(")"):
            notes, said = [*notes, bare], ""
    rest = [Node("paragraph", "\n".join(more), node.line + 1)] if more else []
    below = [Node("paragraph", said, node.line)] if said else []
    entity = Entity(Label("job", "", "", title, tuple(notes)), node.line, "item", quiet=False, checked=node.checked)
    entity.body = list(fields_of([*below, *rest, *node.children]))
    return entity
