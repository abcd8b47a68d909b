"""Jobs that nothing labels: one agent's list of tasks, and sections that say where or by whom they are worked on."""

import re
from collections.abc import Iterator, Sequence

from plans.markdown.assembly.leaves import Leaf, item_entity
from plans.markdown.mentions.entity import Entity
from plans.markdown.mentions.fields import fields_of
from plans.markdown.source.labels import Label, end_notes
from plans.markdown.source.outline import BOLD_DEPTH, Node
from plans.markdown.source.text import plain, words

_LISTS = frozenset(
    {"tasks", "task", "work", "jobs", "stories", "assignments", "aufgaben", "tareas", "tarefas", "tâches"}
)
_AGENT_IN_TITLE = re.compile(r"\bagent[\s_-]*(?P<key>\d+|[A-Z]\b)", re.IGNORECASE)
_NUMBERED = re.compile(r"(?P<key>\d{1,3})[.)]\s+(?P<title>\S.*)")


def document_title(outline: Node) -> str:
    """Return the first heading of the highest level."""
    return plain(next((node.text for node in outline.walk() if node.kind == "section" and node.depth == 1), ""))


def title_line(outline: Node) -> int:
    """Return its line."""
    return next((node.line for node in outline.walk() if node.kind == "section" and node.depth == 1), 1)


def task_list(outline: Node) -> Iterator[Leaf]:
    """Read the items of a `Tasks` list, each with fields of its own, as jobs: the plan of one agent."""
    for section in outline.walk():
        if section.kind != "section" or not _LISTS & {*words(section.text)}:
            continue
        found = [item_entity(node) for node in section.items]
        if len(found) >= 1 and sum(entity.has_evidence for entity in found) >= len(found) / 2:
            who = _who(outline)
            for node, entity in zip(section.items, found, strict=True):
                entity.label = entity.label._replace(word="task", key=node.number)
                yield Leaf(entity, (who,) if who is not None else ())
            return


def _who(outline: Node) -> Entity | None:
    """Tell whose plan it is, by the title."""
    found = _AGENT_IN_TITLE.search(document_title(outline))
    if found is None:
        return None
    return Entity(Label("agent", "agent", found["key"], ""), title_line(outline), "heading", quiet=False)


def assigned_sections(outline: Node) -> Sequence[Leaf]:
    """Read sections side by side as jobs: half of them, and two at least, say where or by whom they are worked on."""
    best = list[Leaf]()
    for section in outline.walk():
        if section.kind != "section":
            continue
        side_by_side = [node for node in section.sections if node.depth < BOLD_DEPTH]
        found = [_entity(node) for node in side_by_side] if len(side_by_side) >= 2 else []
        assigned = [entity for entity in found if entity.is_assigned]
        if len(assigned) >= 2 and len(assigned) * 2 >= len(found) and len(assigned) > len(best):
            numbered = [entity for entity in found if entity.label.key]
            taken = numbered if {*assigned} <= {*numbered} else assigned
            best = [Leaf(entity, ()) for entity in taken]
    return best


def _entity(node: Node) -> Entity:
    title, notes = end_notes(plain(node.text))
    numbered = _NUMBERED.match(title)
    key, title = (numbered["key"], numbered["title"]) if numbered is not None else ("", title)
    entity = Entity(Label("job", "task" if key else "", key, title, tuple(notes)), node.line, "heading", quiet=False)
    entity.body = list(fields_of(node.children))
    return entity
