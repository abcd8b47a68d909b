"""Who owns which files, where the document says it for everybody: lists, tables, matrices, frozen files."""

import re
from collections.abc import Iterator

from plans.errors import Problem
from plans.markdown.draft import Draft, DraftJob, DraftOwns, Said
from plans.markdown.recognisers.holdings import Holder, Holdings, forbids, same_path
from plans.markdown.recognisers.passages import LONGEST_LINE, Owners, Passage, Spot, heading, passages, spots
from plans.markdown.recognisers.topics import FILE_COLUMNS, FROZEN, LIST_USES, OWNER_COLUMNS, OWNERSHIP
from plans.markdown.source.outline import Node, Row
from plans.markdown.source.paths import FoundPath, paths_below, paths_in
from plans.markdown.source.text import plain

_PARTED = re.compile(r"(?P<head>(?:`[^`]*`|[^:：`])+?)\s*(?:[:：](?!\d)|\s[-–—]\s|→|->|=>)\s*(?P<tail>.+)", re.DOTALL)
_BOLD = re.compile(r"\*\*(?=(?:[^`]*`[^`]*`)*[^`]*$)")
_LEAD = re.compile(r"^[\s>*•-]*(?:\d{1,3}[.)]\s+)?")
_NOBODY = re.compile(
    r"(?P<paths>.+?)\s*(?:[-–—:]|\bis\b|\bare\b)\s*(?:no\s?one|nobody|none|no agent|not to be|do not|don't|never)\s+"
    r"(?:may\s+|can\s+|should\s+)?(?:touch|touches|touched|modif\w+|edit\w*|change[sd]?)\b",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile(
    r"(?:do not|don't|never|nobody may|no one may|no agent may|nicht|ne pas|no)\s+"
    r"(?:modify|touch|edit|change|ändern|modifier|modificar|tocar)[^:：`]{0,40}[:：]\s*(?P<paths>.+)",
    re.IGNORECASE,
)
_EVERY = re.compile(r"\b(?:all|any|every|alle|tous|todos)\b", re.IGNORECASE)
_NO_MARK = frozenset({"", "-", "--", "—", "–", "none", "no", "n/a", "❌", "✗", "✘", "x̶"})
_READ_MARK = re.compile(r"📖|👁|👀|\bread\b|\breads\b|\bread-only\b|^\s*(?:r|ro)\s*$", re.IGNORECASE)
_NEW_MARK = re.compile(r"\b(?:new|create[sd]?)\b", re.IGNORECASE)


def recognise_ownership(outline: Node, draft: Draft) -> None:
    """Add what is said of files for everybody to what tracks and jobs say themselves, which is more precise."""
    reader = _Ownership(draft)
    for spot in spots(outline):
        if spot.node.kind == "table" and not reader.owners.declared(spot):
            reader.table(spot)
    for spot in spots(outline, OWNERSHIP):
        if spot.node.kind != "table" and not reader.owners.declared(spot):
            reader.listed(spot)
    reader.frozen(outline)


class _Ownership:
    def __init__(self, draft: Draft) -> None:
        self.owners = Owners(draft)
        self._draft = draft
        self._holdings = Holdings(draft)

    def listed(self, spot: Spot) -> None:
        """Read lines like `Track 1: src/a/**` and `base.py - Track 2 ONLY`, and lists under who owns them."""
        node = spot.node
        use = _list_use(node)
        if node.kind == "section" and use is not None:
            self._for_the_only_one(use, list(paths_below(node.children)))
            return
        if node.kind in {"section", "item"} and node.children and self._headed(node):
            return
        for passage in _lines(spot):
            self._line(passage)

    def _headed(self, node: Node) -> bool:
        if len(node.text) > LONGEST_LINE or any(True for _ in paths_in(node.text, node.line, listed=True)):
            return False
        holders = self._holdings.named(node.text)
        if len(holders) == 1:
            for found in paths_below(child for child in node.children if child.kind != "section"):
                self._give(holders[0], found)
        return len(holders) == 1

    def _line(self, passage: Passage) -> None:
        parted = _PARTED.fullmatch(_BOLD.sub("", _LEAD.sub("", passage.text)).strip())
        if parted is None:
            return
        before = list(paths_in(parted["head"], passage.line, listed=True))
        after = list(paths_in(parted["tail"], passage.line, listed=True))
        if not before and after:
            holders, found = self._holdings.named(parted["head"]), after
        elif before and not after:
            holders, found = self._holdings.named(parted["tail"].split("(")[0]), before
        else:
            return
        if len(holders) == 1:
            for path in found:
                self._give(holders[0], path)

    def _give(self, holder: Holder, found: FoundPath) -> None:
        if found.use != "read":
            self._holdings.add(holder, found, widens=True)

    def table(self, spot: Spot) -> None:
        """Read a matrix of files by owners, or a table that names the owner of each file."""
        rows = spot.node.rows
        if len(rows) < 2:
            return
        heads = [plain(cell).lower().strip(" :") for cell in rows[0].cells]
        file_at = next((at for at, head in enumerate(heads) if FILE_COLUMNS.fullmatch(head)), None)
        if file_at is None:
            return
        columns = {
            at: holders[0]
            for at, cell in enumerate(rows[0].cells)
            if at != file_at and len(holders := self._holdings.named(cell)) == 1
        }
        owner_at = next((at for at, head in enumerate(heads) if OWNER_COLUMNS.fullmatch(head)), None)
        for row in rows[1:]:
            if len(columns) >= 2:
                self._matrix_row(row, file_at, columns)
            elif owner_at is not None and spot.under(OWNERSHIP):
                self._owner_row(row, file_at, owner_at)

    def _matrix_row(self, row: Row, file_at: int, columns: dict[int, Holder]) -> None:
        for found in paths_in(_cell(row, file_at), row.line, listed=True):
            for at, holder in columns.items():
                mark = _cell(row, at)
                if mark.strip().lower() in _NO_MARK or _READ_MARK.search(mark):
                    continue
                use = "create" if _NEW_MARK.search(mark) else found.use
                if use != "read":
                    self._holdings.add(holder, found._replace(use=use), widens=False)

    def _owner_row(self, row: Row, file_at: int, owner_at: int) -> None:
        holders = self._holdings.named(_cell(row, owner_at))
        for found in paths_in(_cell(row, file_at), row.line, listed=True):
            for holder in holders:
                self._holdings.add(holder, found, widens=False)

    def _for_the_only_one(self, use: str, found: list[FoundPath]) -> None:
        """Read the CREATE, MODIFY and READ-ONLY lists of a plan for one agent."""
        jobs = list(self._draft.jobs)
        tracks = list(self._draft.tracks.items())
        if not jobs or len(tracks) > 1 or (not tracks and len(jobs) > 1):
            return
        owns = self._holdings.of_track(tracks[0][1], tracks[0][0]).owns if tracks else jobs[0].owns
        for path in found:
            said = Said(path.path, path.line)
            owner = next((job for job in jobs if any(same_path(said.text, one) for one in job.owns.paths())), None)
            if use == "read":
                owns.read.append(said)
            elif owner is not None:
                _move(owner, said.text, use)
            else:
                (owns.create if use == "create" else owns.modify).append(said)

    def frozen(self, outline: Node) -> None:
        """Take the files that nobody may touch; those that somebody owns are warned about."""
        for said in _frozen(outline, self.owners):
            holder = next(
                (job for job in self._draft.jobs if any(forbids(said.text, one) for one in job.owns.paths())), None
            )
            if holder is None:
                self._draft.frozen.append(said)
                continue
            message = (
                f"nobody is to touch {said.text!r}, but {holder.title or holder.key!r} (line {holder.line}) lists it"
            )
            self._draft.warnings.append(Problem(message, said.line, severity="warning", code="contradiction"))


def _lines(spot: Spot) -> Iterator[Passage]:
    """Yield the lines of one part, without those of parts in it."""
    node = spot.node
    if node.kind in {"item", "paragraph", "fence"}:
        for at, text in enumerate(node.text.split("\n")):
            if text.strip():
                yield Passage(text[:LONGEST_LINE], node.line + at, spot)


def _list_use(node: Node) -> str | None:
    return next((use for use, named in LIST_USES if named.fullmatch(heading(node).split(" (")[0])), None)


def _cell(row: Row, at: int) -> str:
    return row.cells[at] if at < len(row.cells) else ""


def _move(job: DraftJob, path: str, use: str) -> None:
    """Put a path of a job among those that it creates, or that it modifies."""
    owns: DraftOwns = job.owns
    here, there = (owns.modify, owns.create) if use == "create" else (owns.create, owns.modify)
    for said in [one for one in here if same_path(one.text, path)]:
        here.remove(said)
        there.append(said)


def _frozen(outline: Node, owners: Owners) -> Iterator[Said]:
    listed = ((one, one.text) for one in passages(outline, about=FROZEN))
    said = (
        (one, _forbidden(one.text))
        for one in passages(outline, ("touch", "modif", "edit", "change", "ändern", "tocar"))
        if not one.spot.under(FROZEN)
    )
    for passage, text in (*listed, *said):
        if owners.has(passage.spot) or passage.spot.node.kind not in {"item", "paragraph"}:
            continue
        for found in paths_in(text, passage.line, listed=True) if text else ():
            every = _EVERY.search(plain(text)) and "/" not in found.path
            yield Said(f"**/{found.path}" if every else found.path, found.line)


def _forbidden(text: str) -> str:
    """Return the part of a line that lists what nobody may touch."""
    bare = _BOLD.sub("", _LEAD.sub("", text))
    found = _FORBIDDEN.match(bare) or _NOBODY.match(bare)
    return found["paths"] if found is not None else ""
