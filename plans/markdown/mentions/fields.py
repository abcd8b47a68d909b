"""Fields: what a document says of a thing in lines like `**Files:** a.py`, in sections or columns of such names."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from plans.markdown.source.labels import kind_of
from plans.markdown.source.outline import BOLD_DEPTH, Node
from plans.markdown.source.text import bold_lead, plain
from plans.markdown.source.words import FIELDS, NOTHING, FieldName

_LABELLED = re.compile(r"(?P<label>[^:：|]{1,60}?)(?:\s*(?P<note>\([^()]*\)))?\s*[:：]\s*(?P<value>.*)", re.DOTALL)
_IN_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")
_STEMS: tuple[tuple[str, FieldName], ...] = (
    ("files to create", "create"),
    ("files to modify", "modify"),
    ("depend", "needs"),
    ("prerequisite", "needs"),
    ("blocked by", "needs"),
    ("criteria", "criteria"),
    ("definition of done", "criteria"),
    ("estimated", "estimate"),
    ("duration", "estimate"),
    ("file", "files"),
    ("deliverable", "output"),
)
"""Parts of a label that tell its field where the whole is not known."""
_COLUMN_ONLY: frozenset[FieldName] = frozenset({"title", "id"})


@dataclass(slots=True)
class Field:
    """One thing said of another."""

    name: FieldName
    label: str
    """As written, without its marks."""
    text: str
    """The value in its own line: raw inline Markdown, "" where it stands below."""
    line: int
    below: list[Node] = field(default_factory=list[Node])
    """What stands below it."""

    @property
    def says_nothing(self) -> bool:
        """Return whether it says that there is nothing, as `Dependencies: None` does."""
        return not self.below and says_nothing(self.text)


def says_nothing(text: str) -> bool:
    """Return whether a value says that there is nothing."""
    words = _IN_BRACKETS.sub(" ", plain(text)).strip(" .-–—").lower()
    first = re.split(r"\s+[-–—]\s+|[.;,]\s", words)[0].strip()
    return words in NOTHING or first in NOTHING


@cache
def _names() -> dict[str, FieldName]:
    found: dict[str, FieldName] = {}
    for name, labels in FIELDS.items():
        for label in labels:
            if name not in _COLUMN_ONLY:
                found.setdefault(label, name)
    return found


def field_name(label: str) -> FieldName | None:
    """Return which field a label names."""
    words = plain(label).strip(" :：*.").lower()
    bare = _IN_BRACKETS.sub(" ", words).strip(" :：")
    known = _names()
    for form in (words, bare, bare.replace("-", " ")):
        if form in known:
            return known[form]
    if len(bare.split()) > 5:
        return None
    return next((name for stem, name in _STEMS if stem in bare), None)


def column_name(head: str) -> FieldName | None:
    """Return which field a table's column holds, by its head."""
    words = plain(head).strip(" :*").lower()
    for name in ("id", "title"):
        if words in FIELDS[name]:
            return name
    kind = kind_of(words)
    if kind == "agent":
        return "agent"
    return "title" if kind == "job" and words not in FIELDS["files"] else field_name(head)


def line_field(text: str, line: int, below: Iterable[Node] = ()) -> Field | None:
    """Read a line like `**Files:** a.py` as a field."""
    lead = bold_lead(text)
    if lead is not None and (
        lead.lead.endswith((":", "：")) or lead.rest.lstrip().startswith((":", "：")) or not lead.rest
    ):
        label, value = lead.lead.rstrip(" :："), lead.rest.lstrip(" :：")
    else:
        found = _LABELLED.fullmatch(text.strip())
        if found is None:
            return None
        label, value = found["label"], found["value"]
    name = field_name(label)
    return None if name is None else Field(name, plain(label), value.strip(), line, list(below))


def fields_of(nodes: Iterable[Node]) -> Iterator[Field | Node]:
    """Read the parts of a thing's body: each a field, or as it was where it is none."""
    for node in nodes:
        if node.kind == "section" and (name := _section_name(node)) is not None:
            found = line_field(node.text, node.line, node.children)
            yield found if found is not None else Field(name, plain(node.text), "", node.line, node.children)
        elif node.kind == "item" and (found := line_field(node.text, node.line, node.children)) is not None:
            yield found
        elif node.kind == "paragraph":
            yield from _of_lines(node)
        elif node.kind == "table" and _is_field_table(node):
            yield from _of_rows(node)
        else:
            yield node


def _section_name(node: Node) -> FieldName | None:
    """Return which field a section is, if it is one.

    A heading is a name of its own far more often than a bold line is: only whole labels count there.
    """
    said = line_field(node.text, node.line)
    if said is not None and said.text and said.label.lower() in _names():
        return said.name
    name = field_name(node.text)
    if name is not None and node.depth < BOLD_DEPTH:
        words = _IN_BRACKETS.sub(" ", plain(node.text)).strip(" :").lower()
        return name if words in _names() else None
    return name


def _of_lines(node: Node) -> Iterator[Field | Node]:
    rest = list[tuple[str, int]]()
    for at, text in enumerate(node.text.split("\n")):
        found = line_field(text.strip(), node.line + at)
        if found is not None:
            yield found
        else:
            rest.append((text, node.line + at))
    if rest:
        yield Node("paragraph", "\n".join(text for text, _ in rest), rest[0][1])


def _is_field_table(node: Node) -> bool:
    """Return whether a table has a field a row: two columns, and labels in the first."""
    body = node.rows[1:]
    named = [row for row in body if len(row.cells) == 2 and field_name(row.cells[0]) is not None]
    return len(body) >= 2 and len(named) >= len(body) / 2


def _of_rows(node: Node) -> Iterator[Field]:
    for row in node.rows[1:]:
        name = field_name(row.cells[0]) if len(row.cells) == 2 else None
        if name is not None:
            yield Field(name, plain(row.cells[0]), row.cells[1], row.line)
