"""What a document names: waves, tracks, agents, tasks, wherever they stand, each with its body."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from plans.markdown.fields import Field, column_name, fields_of, says_nothing
from plans.markdown.labels import Label, end_notes, is_remark, kind_of, read_label
from plans.markdown.outline import BOLD_DEPTH, COLON_DEPTH, Node, Row
from plans.markdown.text import bold_lead, codes, plain
from plans.markdown.words import DONE, QUIET_TOPICS, FieldName, Kind

Form = Literal["heading", "item", "tree", "row"]

_SLUG = re.compile(r"@?[a-z][a-z0-9]*(?:[-_:][a-z0-9]+)+|@[a-z][\w-]*")
_NAMED = re.compile(r"(?P<word>[^\W\d]+(?:[ -][^\W\d]+)?)\s*[:：]\s*(?P<name>.+)")
_DASH = re.compile(r"\s*(?:[-–—:：]|->|→)\s*")


@dataclass(eq=False)
class Entity:
    """A thing that the document names."""

    label: Label
    line: int
    form: Form
    quiet: bool
    """It stands where the document speaks of things again (progress, commands, criteria) or of something else."""
    body: list[Field | Node] = field(default_factory=list[Field | Node])
    """What is said of it, besides the things in it."""
    parts: list["Entity"] = field(default_factory=list["Entity"])
    checked: bool | None = None
    cells: dict[FieldName, Field] = field(default_factory=dict[FieldName, Field])
    """A table row's cells by what their columns hold."""
    group: Label | None = None
    """The group that a row's own column names."""

    @property
    def kind(self) -> Kind:
        """What it is by its word."""
        return self.label.kind

    @property
    def fields(self) -> Iterator[Field]:
        """What is said of it under names that are known."""
        yield from self.cells.values()
        yield from (part for part in self.body if isinstance(part, Field))

    @property
    def rest(self) -> Iterator[Node]:
        """What is said of it otherwise."""
        return (part for part in self.body if isinstance(part, Node))

    def walk(self) -> Iterator["Entity"]:
        """Give this and all things in it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def has_evidence(self) -> bool:
        """Tell whether something of its own says that it is work: files, dependencies, an estimate, an agent."""
        telling = {"files", "create", "modify", "needs", "estimate", "agent", "output", "branch", "criteria", "steps"}
        return any(one.name in telling for one in self.fields)


def read_entities(outline: Node) -> Entity:
    """Give everything that a document names; the entity given is the document itself."""
    root = Entity(Label("group", "", "", ""), 1, "heading", quiet=False)
    _Reader().read(outline.children, root, quiet=False)
    return root


class _Reader:
    def read(self, nodes: list[Node], owner: Entity, *, quiet: bool, form: Form = "item") -> None:
        """Take the parts of an entity's body apart into things of their own and what is said of it."""
        body = list[Node]()
        for node in nodes:
            match node.kind:
                case "section":
                    if not self._section(node, owner, quiet=quiet):
                        body.append(node)
                case "item":
                    if not self._item(node, owner, quiet=quiet, form=form):
                        body.append(node)
                case "fence":
                    rest = [item for item in node.children if not self._item(item, owner, quiet=quiet, form="tree")]
                    if len(rest) == len(node.children):
                        body.append(node)
                    else:
                        body.extend(rest)
                case "table":
                    if not self._table(node, owner, quiet=quiet):
                        body.append(node)
                case _:
                    body.append(node)
        owner.body.extend(fields_of(body))

    def _section(self, node: Node, owner: Entity, *, quiet: bool) -> bool:
        """Read a section as a thing, or look for things in it; False: it is a part of its owner's body."""
        label = _section_label(node)
        if label is not None and not label.topic:
            entity = Entity(label, node.line, "heading", quiet=quiet)
            self.read(node.children, entity, quiet=quiet)
            owner.parts.append(entity)
            return True
        inside = Entity(Label("group", "", "", ""), node.line, "heading", quiet=quiet)
        about = label is not None
        self.read(node.children, inside, quiet=quiet or about or _is_quiet(node))
        owner.parts.extend(inside.parts)
        if inside.parts and any(not part.quiet for part in inside.parts):
            # What stands beside the things of a section that only holds them is said of its owner.
            if node.depth >= BOLD_DEPTH or owner.label.word:
                owner.body.extend(inside.body)
            return True
        return about

    def _item(self, node: Node, owner: Entity, *, quiet: bool, form: Form = "item") -> bool:
        label = _item_label(node)
        if label is None:
            return False
        entity = Entity(label, node.line, form, quiet=quiet, checked=node.checked)
        _, *more = node.text.split("\n")
        below = [Node("paragraph", "\n".join(more), node.line + 1)] if more else []
        self.read([*below, *node.children], entity, quiet=quiet, form=form)
        owner.parts.append(entity)
        return True

    def _table(self, node: Node, owner: Entity, *, quiet: bool) -> bool:
        """Read the rows of a table of jobs."""
        if len(node.rows) < 2:
            return False
        heads = [plain(cell) for cell in node.rows[0].cells]
        columns = [column_name(head) for head in heads]
        group_at = next((at for at, head in enumerate(heads) if kind_of(head) == "group"), None)
        if not _is_job_table(columns) or (group_at == 0 and "title" not in columns):
            return False
        for row in node.rows[1:]:
            entity = _row(row, columns, heads, quiet=quiet)
            if entity is None:
                continue
            if group_at is not None and group_at < len(row.cells):
                entity.group = _group_cell(heads[group_at], row.cells[group_at])
            owner.parts.append(entity)
        return True


def _is_job_table(columns: list[FieldName | None]) -> bool:
    """Tell whether a table's columns make jobs: what is done, and who, when or where."""
    named = {column for column in columns if column is not None}
    return bool(named & {"title", "id"}) and len(
        named & {"id", "agent", "files", "needs", "status", "estimate", "create", "modify"}
    ) >= 1 + ("title" not in named)


def _row(row: Row, columns: list[FieldName | None], heads: list[str], *, quiet: bool) -> Entity | None:
    cells: dict[FieldName, Field] = {}
    for column, head, cell in zip(columns, heads, row.cells, strict=False):
        if column is not None and cell.strip():
            cells.setdefault(column, Field(column, head, cell, row.line))
    named = cells.get("title") or cells.get("id")
    if named is None or (
        plain(row.cells[0]).lower().startswith(("total", "sum", "gesamt")) or set(plain(named.text)) <= set("-–— ")
    ):
        return None
    label = read_label(named.text)
    by_id = read_label(cells["id"].text) if "id" in cells else None
    key = (
        by_id.key
        if by_id is not None
        else plain(cells["id"].text)
        if "id" in cells
        else label.key
        if label is not None
        else ""
    )
    title = (label.title or label.topic) if label is not None else end_notes(plain(named.text))[0]
    title = title or plain(cells["title"].text if "title" in cells else named.text)
    word = by_id.word if by_id is not None else label.word if label is not None else ""
    notes = (*(label.notes if label is not None else ()), *(end_notes(plain(named.text))[1] if label is None else ()))
    told: tuple[FieldName, ...] = ("title", "id")
    return Entity(
        Label("job", word, key, title.strip(" ⭐"), notes),
        row.line,
        "row",
        quiet=quiet,
        cells={name: cell for name, cell in cells.items() if name not in told},
    )


def _group_cell(head: str, cell: str) -> Label | None:
    words = plain(cell)
    return read_label(words) or read_label(f"{head} {words}") if words else None


def _section_label(node: Node) -> Label | None:
    """Read a heading as the name of a thing: by its label, or as `Agent: name` and `name Agent`."""
    label = read_label(node.text)
    if label is not None and not (
        label.word == "" and node.depth >= BOLD_DEPTH and node.depth == COLON_DEPTH and not label.title
    ):
        return label
    words, notes = end_notes(plain(node.text))
    found = _NAMED.fullmatch(words)
    if found is not None and node.depth < COLON_DEPTH:
        kind = kind_of(found["word"])
        if kind in {"agent", "lane"}:
            return Label(kind, found["word"].lower(), _slug(found["name"]), found["name"].strip(), tuple(notes))
    return None


def _slug(name: str) -> str:
    return "-".join(re.findall(r"[^\W_]+", name.lower()))[:60]


def _item_label(node: Node) -> Label | None:
    """Read a list's item as the name of a thing.

    A bare code (`1.2`, `W1`) names one only where a box, bold or a mark sets it off; a name like `auction-fixer` in
    bold or code is an agent's, doing what follows.
    """
    first = node.text.split("\n")[0]
    label = read_label(first)
    if label is not None and label.topic == "":
        stands_out = (
            label.word
            or label.key.startswith("#")
            or node.checked is not None
            or bold_lead(first) is not None
            or _DASH.match(_after_key(first, label))
        )
        return label if stands_out else None
    lead = bold_lead(first)
    name = lead.lead.rstrip(" :") if lead is not None else ""
    spans = codes(first)
    if not name and spans and first.lstrip().startswith("`"):
        name = spans[0]
    if _SLUG.fullmatch(name) is None or "/" in name or "." in name:
        return None
    rest = lead.rest if lead is not None else first.partition("`")[2].partition("`")[2]
    mark = _DASH.match(rest)
    if mark is None or not plain(rest[mark.end() :]):
        return None
    title, notes = end_notes(plain(rest[mark.end() :]))
    start = re.match(r"\s*\(([^()]*)\)", rest)
    if start is not None and is_remark(start[0]):
        notes.append(start[1])
    return Label("job", "agent", name.lstrip("@"), title, tuple(notes))


def _after_key(text: str, label: Label) -> str:
    return plain(text).partition(label.key)[2]


@cache
def _quiet_words() -> re.Pattern[str]:
    named = "|".join(re.escape(topic) for topic in sorted(QUIET_TOPICS, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{named})(?![^\W_])", re.IGNORECASE)


def _is_quiet(node: Node) -> bool:
    """Tell whether a heading is one under which things are only spoken of again."""
    return node.depth > 1 and _quiet_words().search(plain(node.text)) is not None


def is_done(entity: Entity) -> bool:
    """Tell whether the document says that a thing is finished."""
    if entity.checked:
        return True
    for one in entity.fields:
        if one.name == "status" and _says_done(one.text):
            return True
    return any(_says_done(note) for note in entity.label.notes)


def _says_done(text: str) -> bool:
    words = plain(text).lower().strip(" .!")
    if not words:
        return "✅" in text or "☑" in text or "✔" in text
    first = re.split(r"[\s,(—–:-]+", words)[0]
    return (words in DONE or first in DONE) and not says_nothing(words)
