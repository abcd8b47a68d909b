"""In which order the work is merged: `Merge order: C -> B -> A`, numbered lists, `git merge` lines."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from plans.errors import Problem
from plans.markdown.draft import Draft, DraftJob, DraftTrack
from plans.markdown.recognisers.passages import LONGEST_LINE, Passage, heading, passages, spots
from plans.markdown.recognisers.topics import MERGE_ORDER
from plans.markdown.resolve.mention import things
from plans.markdown.resolve.references import References
from plans.markdown.source.outline import Node
from plans.markdown.source.text import plain

_STATED = re.compile(
    rf"(?:{MERGE_ORDER})\s*(?:\([^()]*\)\s*)?(?P<mark>[:：=]|is\b|[-–—])\s*(?P<order>.+)", re.IGNORECASE
)
_MERGE_ARROWS = re.compile(r"(?<!\w)(?:merge[sd]?|land|integrate)\s+(?P<order>[^:：]*(?:→|->|=>|⇒|➜).*)", re.IGNORECASE)
_HEADED = re.compile(
    rf"{MERGE_ORDER}|(?<!\w)merg(?:e|ing)\b.*\b(?:strict )?(?:order|sequence|steps|strategy)\b", re.IGNORECASE
)
_MERGING = ("merg", "land", "integrat", "fusi", "合并", "マージ", "병합")
"""Parts of words, of which a line about merging has one."""
_NUMBERED = re.compile(r"^\s*(?:#|//|--)?\s*(?:step\s+)?\d{1,3}[.):]\s+(?P<what>.*)", re.IGNORECASE)
_STEP_COLUMN = re.compile(r"#|step|order|no\.?|nr\.?|position|sequence|merge(?: order| step)?|when", re.IGNORECASE)
_STEP_END = re.compile(r"\s(?:[-–—]|→|->|=>)\s|[;(]")
_MERGE_ITEM = re.compile(r"\**\s*(?:merge|land)\s+(?P<what>.+)", re.IGNORECASE)
_GIT_MERGE = re.compile(r"(?:^|[\s;&])git\s+(?:-C\s+\S+\s+)?merge\s+(?P<rest>[^#&|;\n]*)")
_ARROWS = re.compile(r"\s*(?:→|->|-->|=>|⇒|➜|➔|⟶|>)\s*")
_THEN = re.compile(
    r"\s*(?:[,;]\s*)?(?<!\w)(?:and\s+then|then|followed by|and finally|finally|before|dann|puis|luego|depois)"
    r"(?!\w)[\s,]*",
    re.IGNORECASE,
)
_TOGETHER = re.compile(r"(?<!\w)(?:and|or|any order|either order|und|et|y|e)(?!\w)|[&+/]", re.IGNORECASE)
_END = re.compile(r"[.;](?:\s|$)|\s[-–—]\s|\((?![^()]*\)\s*(?:→|->|=>|$))(?=[^()]*[a-z]{4})")
_FIRST = re.compile(r"(?<!\w)merges?\s+(?P<what>[^.;,]+?)\s+first(?!\w)(?P<rest>[^.;]*)", re.IGNORECASE)
_LAST = re.compile(
    r"(?<!\w)(?:merges?\s+(?P<what>[^.;,]+?)\s+last|"
    r"(?P<who>[^.;,]+?)\s+(?:merges?|lands?|is merged|goes in)\s+last)(?!\w)",
    re.IGNORECASE,
)

Tiers = list[list[str]]


@dataclass(frozen=True)
class _Statement:
    tiers: Tiers
    line: int
    strength: int
    """How explicit it is: higher wins."""


def recognise_merge_order(outline: Node, draft: Draft) -> None:
    """Take the most explicit statement of the merge order; one that contradicts it is warned about."""
    lanes = _Lanes(draft)
    found = [
        statement
        for form in _FORMS
        for statement in form(outline, lanes)
        if len({key for tier in statement.tiers for key in tier}) >= 2 and len(statement.tiers) >= 2
    ]
    if not found:
        return
    best = max(found, key=lambda one: (one.strength, sum(map(len, one.tiers)), -one.line))
    draft.merge_order, draft.merge_line = best.tiers, best.line
    contrary = next((one for one in found if _contradicts(one.tiers, best.tiers)), None)
    if contrary is not None:
        message = f"another merge order stands in line {contrary.line}; the one in line {best.line} counts"
        draft.warnings.append(
            Problem(message, best.line, "remove one of the two", severity="warning", code="contradiction")
        )


def _contradicts(one: Tiers, other: Tiers) -> bool:
    first, second = ({key: at for at, tier in enumerate(tiers) for key in tier} for tiers in (one, other))
    both = [key for key in first if key in second]
    return any((first[a] - first[b]) * (second[a] - second[b]) < 0 for a, b in combinations(both, 2))


class _Lanes:
    """What can be merged: tracks, and jobs that have none."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._references = References(draft)

    @property
    def every(self) -> list[str]:
        """All of them, in plan order."""
        return list(dict.fromkeys(self._key(job) for job in self._draft.jobs))

    def named(self, text: str) -> list[str]:
        """Return those that a text names, in its order."""
        found = list[str]()
        said = text.strip(" *_`")
        bare = said[1:-1] if said.startswith("(") and said.endswith(")") else said
        for thing in things(self._references.mention_of(bare)):
            if isinstance(thing, DraftTrack):
                found.append(self._references.key_of(thing))
            elif isinstance(thing, DraftJob):
                found.append(self._key(thing))
        return list(dict.fromkeys(found))

    def _key(self, job: DraftJob) -> str:
        return job.track if job.track in self._draft.tracks else job.key


def _stated(outline: Node, lanes: _Lanes) -> Iterator[_Statement]:
    """`Merge order: C -> (A, B)`, anywhere."""
    for passage in passages(outline, _MERGING):
        found = _STATED.search(passage.bare)
        if found is not None:
            # `if merge order is A -> B` in a sentence is less than a line `Merge order: A -> B`.
            strength = 4 if found["mark"] in {":", "：", "="} else 1
            yield _Statement(_tiers(found["order"], lanes), passage.line, strength)


def _headed(outline: Node, lanes: _Lanes) -> Iterator[_Statement]:
    """A section about the order with numbered lines, each naming what is merged then."""
    for spot in spots(outline):
        node = spot.node
        if node.kind != "section" or not node.depth or not _HEADED.search(heading(node)):
            continue
        lines = [passage for passage in passages(node) if passage.spot.path]
        yield from _sequence([(text, at) for text, at in map(_numbered, lines) if text], lanes, 3)
        yield from (_Statement(_tiers(one.bare, lanes), one.line, 3) for one in lines if _ARROWS.search(one.bare))
        for table in (part for part in node.walk() if part.kind == "table"):
            if table.rows and _STEP_COLUMN.fullmatch(plain(table.rows[0].cells[0])):
                rows = [row for row in table.rows[1:] if len(row.cells) > 1]
                yield from _sequence([(plain(row.cells[1]), row.line) for row in rows], lanes, 3)


def _numbered(passage: Passage) -> tuple[str, int]:
    """Return what a numbered line names first, or ""."""
    node = passage.spot.node
    if node.kind == "item" and node.number and passage.line == node.line:
        return _STEP_END.split(passage.bare)[0], passage.line
    found = _NUMBERED.match(passage.text)
    return (_STEP_END.split(found["what"])[0] if found is not None else ""), passage.line


def _ranked(outline: Node, lanes: _Lanes) -> Iterator[_Statement]:
    """A table with a column of places in the order: `| Stream | Merge order |`, `| B | 1st |`."""
    for spot in spots(outline):
        rows = spot.node.rows
        at = next((at for row in rows[:1] for at, cell in enumerate(row.cells) if _RANK.fullmatch(plain(cell))), None)
        if not at:
            continue
        head = plain(rows[0].cells[0])
        placed = [
            (int(found[0]), f"{head} {plain(row.cells[0])}", row.line)
            for row in rows[1:]
            if at < len(row.cells) and (found := re.search(r"\d{1,3}", row.cells[at])) is not None
        ]
        yield from _sequence([(text, line) for _, text, line in sorted(placed)], lanes, 3)


_RANK = re.compile(r"(?:merge|landing|integration)\s+(?:order|sequence|position)", re.IGNORECASE)


def _merge_items(outline: Node, lanes: _Lanes) -> Iterator[_Statement]:
    """A numbered list whose items say `Merge X`, under any heading."""
    for spot in spots(outline):
        steps = list[tuple[str, int]]()
        for item in spot.node.items if spot.node.children else ():
            found = _MERGE_ITEM.match(item.text[:LONGEST_LINE]) if item.number else None
            if found is not None:
                steps.append((_STEP_END.split(found["what"].split("\n")[0])[0], item.line))
        yield from _sequence(steps, lanes, 2)


def _git_merges(outline: Node, lanes: _Lanes) -> Iterator[_Statement]:
    """The branches of the `git merge` lines of one fence."""
    for spot in spots(outline):
        if spot.node.kind == "fence" and "git" in spot.node.text and "merge" in spot.node.text:
            lines = [
                (word, spot.node.line + at)
                for at, text in enumerate(spot.node.text.split("\n"))
                for found in _GIT_MERGE.finditer(text[:LONGEST_LINE])
                for word in found["rest"].split()
                if not word.startswith("-")
            ]
            yield from _sequence(lines, lanes, 2)


def _arrows(outline: Node, lanes: _Lanes) -> Iterator[_Statement]:
    """`Merge A -> B -> C` in a sentence or a drawing."""
    for passage in passages(outline, _MERGING):
        found = _MERGE_ARROWS.search(passage.bare)
        if found is not None:
            yield _Statement(_tiers(found["order"], lanes), passage.line, 1)


def _ends(outline: Node, lanes: _Lanes) -> Iterator[_Statement]:
    """`Merge A first, then rebase B`, `Track 2 merges last`: what is not named stands between."""
    first, last, line = list[str](), list[str](), 0
    for passage in passages(outline, _MERGING):
        begins, ends = _FIRST.search(passage.bare), _LAST.search(passage.bare)
        if begins is not None and not first:
            first, line = lanes.named(begins["what"]), line or passage.line
            after = lanes.named(begins["rest"])
            if first and after:
                yield _Statement([first, after], passage.line, 0)
                first = []
        if ends is not None and not last:
            last, line = lanes.named(ends["what"] or ends["who"]), line or passage.line
    between = [key for key in lanes.every if key not in first and key not in last]
    if first or last:
        yield _Statement([tier for tier in (first, between, last) if tier], line, 0)


def _sequence(steps: Sequence[tuple[str, int]], lanes: _Lanes, strength: int) -> Iterator[_Statement]:
    """Read lines that name one thing, or a tier, each."""
    named = [(lanes.named(text), line) for text, line in steps]
    told, tiers = set[str](), Tiers()
    for keys, _ in named:
        fresh = [key for key in keys if key not in told]
        told.update(fresh)
        if fresh:
            tiers.append(fresh)
    if len(tiers) >= 2:
        yield _Statement(tiers, next(line for keys, line in named if keys), strength)


def _tiers(text: str, lanes: _Lanes) -> Tiers:
    """Read an order in one line: arrows, else `then`, else commas part its tiers."""
    said = _END.split(text, maxsplit=1)[0]
    parts = _ARROWS.split(said)
    if len(parts) == 1:
        parts = _THEN.split(said)
        together = len(parts) == 1 and re.search(r"any order|either order", said, re.IGNORECASE)
        parts = [
            word
            for part in parts
            for word in ([part] if together or (_TOGETHER.search(part) and len(parts) > 1) else part.split(","))
        ]
    told, tiers = set[str](), Tiers()
    for part in parts:
        fresh = [key for key in lanes.named(re.sub(r"\b(?:in )?(?:any|either) order\b", "", part)) if key not in told]
        told.update(fresh)
        if fresh:
            tiers.append(fresh)
    return tiers


_FORMS: tuple[Callable[[Node, _Lanes], Iterator[_Statement]], ...] = (
    _stated,
    _headed,
    _ranked,
    _merge_items,
    _git_merges,
    _arrows,
    _ends,
)
"""The ways of saying it; a new one is a function here."""
