"""Whether a document shares work out among several agents, or only has headings that look like it."""

import re
from collections.abc import Sequence

from plans.markdown.assembly.leaves import Leaf
from plans.markdown.mentions.entity import Entity
from plans.markdown.mentions.fields import Field
from plans.markdown.source.outline import Node
from plans.markdown.source.paths import paths_below, paths_in
from plans.markdown.source.text import plain
from plans.markdown.source.words import CALENDAR, CERTAIN_WORDS, SHARED_WORK, FieldName

_SHARED = re.compile(SHARED_WORK, re.IGNORECASE)
_AT_ONCE = re.compile(r"\bparallel|\bconcurren|\bsimultan|\bwork ?trees?\b|\bmerge order\b", re.IGNORECASE)
_HEADED = re.compile(
    r"\b(?:parallel|concurrent)\b(?! (?:programming|computing|algorithms?|processing|universes?))", re.IGNORECASE
)
_ENOUGH = 2
"""Times that a document has to speak of shared work where its jobs do not show it; once in a heading is enough."""
_PATHS: frozenset[FieldName] = frozenset({"files", "create", "modify"})
_LISTED = 3
"""Labelled jobs under phases that make a plan also where nobody is spoken of."""
_ASSIGNED: frozenset[FieldName] = frozenset({"files", "create", "modify", "needs", "branch", "workspace"})
_AGENT = re.compile(r"\bagents?\b|\bclaude\b|\bcodex\b|^[a-z]+(?:-[a-z]+)+$", re.IGNORECASE)
"""Who works is an agent by name; an owner may be anybody."""


def shares_work(outline: Node, leaves: Sequence[Leaf]) -> bool:
    """Return whether jobs are shared out: by who or where they are done, or because the document says so."""
    if len(leaves) == 0:
        return False
    assigned = sum(_is_assigned(leaf.entity) for leaf in leaves)
    named = sum(_is_certain(leaf) for leaf in leaves)
    listed = sum(_is_listed(leaf) for leaf in leaves)
    if assigned >= 2 or named >= 2 or listed >= _LISTED:
        return True
    if all(leaf.entity.label.unsure for leaf in leaves):
        # Agents without labels may be those of a product, or roles that somebody calls now and then.
        return any(_AT_ONCE.search(node.text) is not None for node in outline.walk())
    return speaks_of_shared_work(outline)


def speaks_of_shared_work(outline: Node) -> bool:
    """Return whether a document speaks of agents or of work side by side."""
    said = 0
    for node in outline.walk():
        found = _SHARED.search(plain(node.text) if node.kind != "fence" else "")
        if node.kind == "section" and (found is not None or _HEADED.search(node.text) is not None):
            return True
        said += found is not None
        said += any(_SHARED.search(cell) for row in node.rows for cell in row.cells)
    return said >= _ENOUGH


def _is_assigned(entity: Entity) -> bool:
    return any(
        (one.name in _ASSIGNED and not one.says_nothing and (one.name not in _PATHS or _names_paths(one)))
        or (one.name == "agent" and _AGENT.search(plain(one.text)))
        for one in entity.fields
    )


def _names_paths(one: Field) -> bool:
    return any(True for _ in paths_in(one.text, one.line, listed=True)) or any(True for _ in paths_below(one.below))


def _is_certain(leaf: Leaf) -> bool:
    """Return whether a job stands under a lane, an agent or a wave, or is one with work below it."""
    if leaf.entity.label.word in CERTAIN_WORDS and leaf.entity.has_work and not leaf.entity.label.unsure:
        return True
    return leaf.entity.label.key != "" and any(one.label.word in CERTAIN_WORDS for one in leaf.within)


def _is_listed(leaf: Leaf) -> bool:
    """Return whether a job stands under a phase with a label of its own: `[ ] 3.2 Index the log`, `Story 3.2: ...`."""
    label = leaf.entity.label
    in_group = any(one.kind == "group" and one.label.word and one.label.word not in CALENDAR for one in leaf.within)
    return (
        in_group and label.key != "" and label.kind == "job" and (label.word != "" or leaf.entity.checked is not None)
    )
