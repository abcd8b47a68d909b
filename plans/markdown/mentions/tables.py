"""Tables whose rows are jobs, agents or tracks, and tables whose rows are waves with the jobs in them."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from plans.markdown.mentions.entity import Entity
from plans.markdown.mentions.fields import Field, column_name
from plans.markdown.mentions.names import slug
from plans.markdown.source.labels import Label, end_notes, kind_of, read_label
from plans.markdown.source.outline import Node, Row
from plans.markdown.source.text import plain
from plans.markdown.source.words import CALENDAR, STRONG_TITLES, WEAK_TITLES, FieldName, Kind

_SAYING: frozenset[FieldName] = frozenset(
    {"id", "agent", "files", "needs", "status", "estimate", "create", "modify", "branch"}
)
_IS_GROUP = re.compile(r"\bgroup\b", re.IGNORECASE)
"""A word for anything: a wave's groups are its jobs."""
_SHORT_KEY = re.compile(r"[A-Z]|\d{1,3}")
_TOTALS = ("total", "sum", "gesamt", "subtotal", "grand total", "合计", "总计", "합계")
_BREAK = re.compile(r"<br\s*/?>|\n|;\s")
_LISTED = re.compile(r"(?P<key>#?\w{1,6}(?:\.\d+)?)\s*(?:[:：.)]|\s[-–—]|[–—])\s+(?P<title>\S.*)")


class _Head(NamedTuple):
    """What the columns of a table hold, by their heads."""

    words: tuple[str, ...]
    columns: tuple[FieldName | None, ...]
    kinds: tuple[Kind | None, ...]

    def first(self, kind: Kind) -> int | None:
        """Return the first column of a kind of things."""
        return next((at for at, one in enumerate(self.kinds) if one == kind), None)


def read_table(node: Node, *, quiet: bool, group: str = "") -> list[Entity]:
    """Return what the rows of a table name; nothing where they name no work.

    Args:
        node: the table.
        quiet: it stands where the document speaks of things again.
        group: the word of the wave that it stands in: what its first column names is in that wave then.
    """
    if len(node.rows) < 2:
        return []
    head = _head(node.rows)
    group_at = head.first("group")
    if group and group_at == 0 and _IS_GROUP.search(head.words[0]) and "group" not in group and "title" in head.columns:
        return [entity for row in node.rows[1:] if (entity := _part_row(row, head, quiet=quiet)) is not None]
    if group_at == 0 and not _has_title_beside(head):
        return list(_group_rows(node.rows[1:], head, quiet=quiet))
    if not _is_job_table(head) and not (group and head.kinds[0] == "job" and head.columns[0] in {"id", "title"}):
        return []
    found = [(row, entity) for row in node.rows[1:] if (entity := _row(row, head, quiet=quiet)) is not None]
    for row, entity in found:
        if group_at is not None and group_at < len(row.cells):
            entity.group = _group_in(head.words[group_at], row.cells[group_at])
    _take_lanes(found, head)
    return [entity for _, entity in found]


def _head(rows: Sequence[Row]) -> _Head:
    words = tuple(plain(cell) for cell in rows[0].cells)
    kinds: tuple[Kind | None, ...] = tuple(None if _is_time(word) else kind_of(word) for word in words)
    columns = list(_columns(words, kinds))
    at = next((at for at, kind in enumerate(kinds) if kind == "job" and words[at].lower().endswith("s")), None)
    if at is not None and kinds[0] in {"agent", "lane"} and _lists_labels(rows[1:], at):
        titles = (other for other, name in enumerate(words) if other != at and name.lower() in WEAK_TITLES)
        columns[at], other = "jobs", next(titles, None)
        if other is not None:
            columns[other] = "title"
    return _Head(words, tuple(columns), kinds)


def _lists_labels(rows: Sequence[Row], at: int) -> bool:
    """Return whether the cells of a column do nothing but name things: `T1, T4-T6`."""
    cells = [plain(row.cells[at]) for row in rows if at < len(row.cells) and row.cells[at].strip()]
    parts = [part for cell in cells for part in re.split(r",|&|\+|/|\band\b|\s[-–—]\s", cell) if part.strip()]
    labels = [read_label(part.strip()) or (part.strip().isdigit() or None) for part in parts]
    return bool(parts) and all(
        label is True or (isinstance(label, Label) and not label.title and not label.topic) for label in labels
    )


def _is_time(word: str) -> bool:
    """Tell a column of days or weeks: when, or how many."""
    return word.strip(" :*").lower().removesuffix("s") in CALENDAR


def _columns(words: Sequence[str], kinds: Sequence[Kind | None]) -> Iterator[FieldName | None]:
    """Tell the columns' fields; of several that may hold the title, one does."""
    folded = [word.lower().strip(" :*") for word in words]
    title_at = next((at for at, word in enumerate(folded) if word in STRONG_TITLES), None)
    if title_at is None:
        title_at = next((at for at, word in enumerate(folded) if word in WEAK_TITLES), None)
    if title_at is None:
        title_at = next((at for at, kind in enumerate(kinds) if kind in {"job", "lane"}), None)
    for at, word in enumerate(words):
        name = column_name(word)
        yield "title" if at == title_at else None if name == "title" else name


def _has_title_beside(head: _Head) -> bool:
    """Return whether a table that begins with a column of waves has a job a row."""
    return "title" in head.columns and (head.first("job") is None or _is_single(head))


def _is_single(head: _Head) -> bool:
    at = head.columns.index("title")
    return not (head.kinds[at] == "job" and head.words[at].lower().endswith("s"))


def _is_job_table(head: _Head) -> bool:
    """Return whether a table's columns make jobs: what is done, and who, when or where."""
    named = {column for column in head.columns if column is not None}
    if any(kind == "lane" for kind in head.kinds):
        named.add("agent")
    if head.kinds[0] in {"agent", "lane"} and {"branch", "files"} <= named:
        return True
    return bool(named & {"title", "id"}) and len(named & _SAYING) >= 1 + ("title" not in named)


def _row(row: Row, head: _Head, *, quiet: bool) -> Entity | None:
    cells: dict[FieldName, Field] = {}
    for column, word, cell in zip(head.columns, head.words, row.cells, strict=False):
        if column is not None and cell.strip():
            cells.setdefault(column, Field(column, word, cell, row.line))
    named = cells.get("title") or cells.get("id")
    if named is None and head.kinds[0] in {"agent", "lane"} and row.cells[0].strip():
        return _worker_row(row, head, cells, quiet=quiet)
    if named is None or plain(row.cells[0]).lower().startswith(_TOTALS) or set(plain(named.text)) <= set("-–— "):
        return None
    label = _row_label(cells, named)
    told: tuple[FieldName, ...] = ("title", "id")
    left: dict[FieldName, Field] = {name: cell for name, cell in cells.items() if name not in told}
    return Entity(label, row.line, "row", quiet=quiet, cells=left)


def _part_row(row: Row, head: _Head, *, quiet: bool) -> Entity | None:
    """Read a row of a table in a wave that names its jobs by a word for groups: `| Group | Agent | Description |`."""
    entity = _row(row, head, quiet=quiet)
    part = label_in(head.words[0], row.cells[0])
    if entity is not None and part is not None:
        entity.label = entity.label._replace(word=part.word, key=part.key)
    return entity


def _worker_row(row: Row, head: _Head, cells: dict[FieldName, Field], *, quiet: bool) -> Entity | None:
    """Read a row that says of an agent or a track on which branch it works, and what on."""
    label = label_in(head.words[0], row.cells[0])
    if label is None or not label.key:
        return None
    said = re.split(r"(?<=\w)[.:;]\s", plain(cells["files"].text), maxsplit=1)[0] if "files" in cells else ""
    told = label.title if label.title and label.title != label.key else said if " " in said else ""
    cells.pop("agent", None)
    return Entity(label._replace(title=told[:120]), row.line, "row", quiet=quiet, cells=cells)


def _row_label(cells: dict[FieldName, Field], named: Field) -> Label:
    label = read_label(named.text)
    if label is None and kind_of(named.label) in {"lane", "agent"}:
        told = label_in(named.label, named.text)
        label = told if told is not None and _SHORT_KEY.fullmatch(told.key) else None
    words, notes = end_notes(plain(named.text))
    by_id = read_label(cells["id"].text) if "id" in cells else None
    title = ((label.title or label.topic) if label is not None else words) or plain(
        cells["title"].text if "title" in cells else named.text
    )
    known = by_id or label
    key = known.key if known is not None else plain(cells["id"].text) if "id" in cells else ""
    if by_id is None and "id" in cells and key != plain(cells["id"].text):
        key = plain(cells["id"].text)
    word = known.word if known is not None else ""
    title = "" if title == key else title
    return Label("job", word, key, title.strip(" ⭐"), label.notes if label is not None else tuple(notes))


def _take_lanes(found: Sequence[tuple[Row, Entity]], head: _Head) -> None:
    """Take a column of agents or tracks as what the rows are, if each stands once and first, else as their lanes."""
    lane_at = next((at for at, kind in enumerate(head.kinds) if kind == "lane" and head.columns[at] != "title"), None)
    agent_at = head.first("agent")
    at = min((one for one in (lane_at, agent_at) if one is not None), default=None)
    if at is None or head.columns[at] in {"id", "title"}:
        return
    named = [label_in(head.words[at], row.cells[at]) if at < len(row.cells) else None for row, _ in found]
    once = len({(one.word, one.key) for one in named if one is not None}) == len(found)
    for (_, entity), label in zip(found, named, strict=True):
        if label is None or not label.key:
            continue
        if once and at == 0 and not entity.label.key:
            entity.label = label._replace(title=entity.label.title or label.title, notes=entity.label.notes)
            entity.cells.pop("agent", None)
        elif at == lane_at:
            entity.lane = label


def _group_in(head: str, cell: str) -> Label | None:
    """Read a cell of a column of waves; that of a tier or a level is often a sort, not an order."""
    label = label_in(head, cell)
    if label is not None and label.word in {"tier", "level"} and not re.search(r"\d", label.key):
        return None
    return label


def label_in(head: str, cell: str) -> Label | None:
    """Read a cell of a column of waves, tracks or agents: `Wave 1`, `1`, `Backend`."""
    words = plain(cell)
    if not words:
        return None
    label = read_label(words)
    if label is not None and label.word:
        return label
    kind = kind_of(head)
    word = head.strip(" :*").lower().rstrip("s")
    words = re.sub(rf"\s+{re.escape(word)}$", "", words, flags=re.IGNORECASE) if word else words
    label = read_label(f"{word} {words}")
    if label is not None and not label.topic:
        return label
    return Label(kind, word, slug(words), words) if kind is not None and len(words) <= 60 and slug(words) else None


def _group_rows(rows: Sequence[Row], head: _Head, *, quiet: bool) -> Iterator[Entity]:
    """Read rows that are waves: the lists in their cells are the jobs, or name them."""
    for at, row in enumerate(rows):
        label = label_in(head.words[0], row.cells[0])
        if label is None or plain(row.cells[0]).lower().startswith(_TOTALS):
            continue
        if not re.search(r"\d", label.key) and len(label.key) > 2:
            label = label._replace(key=f"{label.key}-{at + 1}", title=label.title or plain(row.cells[0]))
        entity = Entity(label, row.line, "row", quiet=quiet)
        for column, word, kind, cell in zip(
            head.columns[1:], head.words[1:], head.kinds[1:], row.cells[1:], strict=False
        ):
            if column in {"needs", "estimate", "mode"} and cell.strip():
                entity.body.append(Field(column, word, cell, row.line))
            elif kind in {"job", "group", "agent", "lane"} or column in {"title", "steps", "jobs", "agent"}:
                entity.parts.extend(_listed(cell, row.line, quiet=quiet))
                entity.body.append(Node("paragraph", cell, row.line))
        yield entity


def _listed(cell: str, line: int, *, quiet: bool) -> Iterator[Entity]:
    """Read the jobs that a cell lists, one after a break: `**2** - Search<br>**4** - Billing`."""
    parts = [plain(part) for part in _BREAK.split(cell)]
    for part in parts:
        label = read_label(part)
        found = _LISTED.match(part)
        if label is not None and label.kind != "group" and label.title and not label.topic:
            yield Entity(label, line, "row", quiet=quiet)
        elif label is None and found is not None and (len(parts) > 1 or found["key"].isdigit()):
            title, notes = end_notes(found["title"])
            yield Entity(Label("job", "", found["key"], title, tuple(notes)), line, "row", quiet=quiet)
