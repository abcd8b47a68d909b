"""What the document says of itself: counts and times of the plan and of its waves, and how many may work at once."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from plans.errors import Problem
from plans.markdown.draft import Draft, DraftClaims, DraftWave, Said
from plans.markdown.recognisers.passages import Owners, Passage, passages, spots
from plans.markdown.recognisers.topics import PARALLEL_TIME, SERIAL_TIME
from plans.markdown.resolve.mention import only, things
from plans.markdown.resolve.references import References
from plans.markdown.source.amounts import find_count, find_duration, find_durations
from plans.markdown.source.labels import kind_of
from plans.markdown.source.outline import Node
from plans.markdown.source.text import plain
from plans.markdown.source.words import COUNTED, KINDS, NUMBERS

_TOTAL = re.compile(
    r"(?:(?:estimated|expected|approx\w*)\s+)?(?:"
    r"(?:total|overall|combined|gesamt\w*|totale?|durée|duración|duração)\s*"
    r"(?:estimated\s+|wall[- ]clock\s+|project\s+|execution\s+)?"
    r"(?:time|duration|timeline|effort|estimate|zeit|dauer|aufwand)?"
    r"|timeline|completion|time|duration)(?:\s+estimate)?\s*[:：]\s*(?P<value>.+)",
    re.IGNORECASE,
)
_EFFORT = re.compile(r"\b(?:effort|aufwand)\b", re.IGNORECASE)
_LABELLED = re.compile(r"(?P<label>[^:：]{3,60}?)\s*[:：]\s*(?P<value>[~≈<>]?\s?\d.*)")
_CLAUSE = re.compile(
    r"[(),;]|\bvs\.?(?=\s)|\bversus\b|\binstead of\b|\bcompared (?:to|with)\b|\bstatt\b", re.IGNORECASE
)
_AGAINST = re.compile(r"\bvs\.?(?=\s)|\bversus\b|\binstead of\b|\bcompared (?:to|with)\b|\bstatt\b", re.IGNORECASE)
_FROM_TO = re.compile(
    r"^(?P<before>[^→⇒]*\d[^→⇒]*)(?:→|⇒|->|=>)(?P<after>[^→⇒]*\d[^→⇒]*)$|\bfrom\s+(?P<first>[~\d][^.]*?)\s+to\s+(?P<second>[~\d][^.]*)",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_OPEN_ENDED = re.compile(r"\d\s?\+")
"""`8+ hours` is no figure that another could be held against."""
_SAVED = re.compile(r"\b(?:sav(?:ed|ings?)|faster|speed-?up|latency|timeout|budget)\b", re.IGNORECASE)
_MOST = re.compile(
    r"\b(?:max(?:imum)?(?:\s+of)?|at most|no more than|limit(?:ed)?(?:\s+(?:to|of))?|höchstens|au plus|como máximo)"
    rf"\s*[:：]?\s*(?P<number>\d{{1,2}}|{'|'.join(NUMBERS)})\s+(?:[\w-]+\s+){{0,2}}?"
    r"(?:agents?|workers?|sessions?|jobs?|tasks?|at (?:a|one|the same) time|at once|in parallel|concurrent(?:ly)?|"
    r"simultaneous(?:ly)?)(?!\w)|"
    rf"\bmax(?:imum)?[\s_-]*(?:parallel(?:ism)?|concurren(?:cy|t)(?:\s+agents)?)\s*[:：=]\s*(?P<bare>\d{{1,2}})(?![\w-])",
    re.IGNORECASE,
)
_TOTAL_COUNT = re.compile(
    r"total\s+(?P<thing>[^\W\d]+)\s*[:：]\s*(?P<number>\d{1,5})(?!\s?[-–\d/.])|(?:total|overall)\s*[:：]\s*(?P<count>\d{1,5})\s+(?P<of>[^\W\d]+)|"
    r"(?P<many>\d{1,5})\s+(?P<kind>[^\W\d]+)\s+(?:in\s+)?total\b",
    re.IGNORECASE,
)
_COUNT_BETWEEN = re.compile(
    r"(?P<what>remaining|left|total|overall|scope|verbleibend|restant|restante|pendiente)\b[^:：]{0,40}[:：]"
    r".{0,80}?(?<![\d.])(?P<low>\d{1,4})\s?[-–]\s?(?P<high>\d{1,4})\s+(?:[\w-]+\s+)?"
    rf"(?P<kind>{'|'.join(sorted(COUNTED['jobs'], key=len, reverse=True))})(?!\w)",
    re.IGNORECASE,
)
_RANGE_OR_COUNT = re.compile(r"agents?\s*[:：]\s*(?P<number>\d{1,3})(?!\s?[-–\d])", re.IGNORECASE)


def recognise_claims(outline: Node, draft: Draft) -> None:
    """Take counts and times that are said of the plan or of a wave; said of anything else they are none."""
    references, owners = References(draft), Owners(draft)
    _of_waves(outline, draft, references)
    _of_tables(outline, draft, references)
    title = next((node for node in outline.walk() if node.line == draft.line and node.depth == 1), None)
    if title is not None:
        _count(draft.claims, plain(title.text), title.line, ("tracks",))
    for having, read in _READERS:
        for passage in passages(outline, having):
            if _is_of_the_plan(passage, owners):
                for claim in read(passage, references):
                    draft.claims.said.setdefault(claim.name, claim.said)
    _between(outline, draft, owners)
    _limits(outline, draft, owners)


class _Claim(NamedTuple):
    name: str
    said: Said


def _is_of_the_plan(passage: Passage, owners: Owners) -> bool:
    spot = passage.spot
    if not _DIGIT.search(passage.text) or spot.node.kind == "fence" or any(node.kind == "item" for node in spot.path):
        return False
    return not owners.has(spot) and not owners.is_one(spot.node)


def _counts(passage: Passage, _references: References) -> Iterator[_Claim]:
    """`Total tasks: 12`, `12 tasks in total`."""
    found = _TOTAL_COUNT.match(passage.bare)
    if found is not None:
        word = (found["thing"] or found["of"] or found["kind"]).lower()
        name = next((name for name, words in COUNTED.items() if word in words), None)
        if name is not None and name != "waves":
            yield _Claim(name, Said(found["number"] or found["count"] or found["many"], passage.line))


def _totals(passage: Passage, _references: References) -> Iterator[_Claim]:
    """`TOTAL: ~100 minutes (vs 8 hours serial)`."""
    found = _TOTAL.match(passage.bare)
    if found is None or not find_durations(found["value"]):
        return
    default = "serial" if _EFFORT.search(passage.bare) else "parallel"
    yield from _by_clause(found["value"], default, passage.line)


def _by_clause(value: str, default: str, line: int) -> Iterator[_Claim]:
    """Tell by the words beside each time whether one agent or all of them take it."""
    told: dict[str, str] = {}
    unsaid = list[str]()
    for clause in _CLAUSE.split(value):
        time = find_duration(clause)
        if time is None or _OPEN_ENDED.search(clause):
            continue
        name = "serial" if SERIAL_TIME.search(clause) else "parallel" if PARALLEL_TIME.search(clause) else ""
        if name:
            told.setdefault(name, time)
        else:
            unsaid.append(time)
    if len(unsaid) == 2 and _AGAINST.search(value):
        told = {"parallel": unsaid[0], "serial": unsaid[1], **told}
    elif unsaid:
        free = "serial" if "parallel" in told else "parallel" if "serial" in told else default
        told.setdefault(free, unsaid[0])
    yield from (_Claim(name, Said(time, line)) for name, time in told.items())


def _labelled(passage: Passage, references: References) -> Iterator[_Claim]:
    """`With a single agent: 8 weeks`, `Parallel execution: ~72 hours`."""
    found = _LABELLED.match(passage.bare)
    time = find_duration(found["value"].split("(")[0]) if found is not None else None
    if found is None or time is None or _SAVED.search(found["label"]) or references.mention_of(found["label"]):
        return
    if SERIAL_TIME.search(found["label"]):
        yield _Claim("serial", Said(time, passage.line))
    elif PARALLEL_TIME.search(found["label"]):
        yield _Claim("parallel", Said(time, passage.line))
        agents = find_count(found["label"], COUNTED["agents"])
        if agents is not None:
            yield _Claim("agents", Said(str(agents), passage.line))


def _from_to(passage: Passage, _references: References) -> Iterator[_Claim]:
    """`5-8 hours -> 2-3 hours`, `from 8 weeks to 2 weeks`."""
    found = _FROM_TO.search(passage.bare)
    if found is None or len(passage.bare) > 300:
        return
    if _OPEN_ENDED.search(found[0]):
        return
    before = find_durations(found["before"] or found["first"])
    after = find_durations(found["after"] or found["second"])
    if len(before) == 1 and len(after) == 1:
        yield _Claim("serial", Said(before[0], passage.line))
        yield _Claim("parallel", Said(after[0], passage.line))


def _between(outline: Node, draft: Draft, owners: Owners) -> None:
    """Hold `Remaining: ~25-30 stories` against what is listed: the plan format's claims are single figures."""
    jobs = list(draft.jobs)
    for passage in passages(
        outline, ("remaining", "left", "total", "overall", "scope", "verbleibend", "resta", "pend")
    ):
        found = _COUNT_BETWEEN.match(passage.bare) if _is_of_the_plan(passage, owners) else None
        if found is None:
            continue
        whole = found["what"].lower() in {"total", "overall", "scope"}
        count = len(jobs) if whole else sum(not job.done for job in jobs)
        if not int(found["low"]) <= count <= int(found["high"]):
            said = f"{found['low']} to {found['high']} {found['kind'].lower()}"
            message = f"the plan says {said}, but lists {count}"
            draft.warnings.append(Problem(message, line=passage.line, severity="warning", code="claim"))
            return


_READERS: tuple[tuple[tuple[str, ...], Callable[[Passage, References], Iterator[_Claim]]], ...] = (
    (("total", "overall"), _counts),
    (
        ("total", "overall", "combined", "time", "duration", "completion", "gesamt", "durée", "duraci", "duração"),
        _totals,
    ),
    (
        ("serial", "sequential", "parallel", "single", "one ", "1 agent", "concurrent", "with ", "alone", "solo"),
        _labelled,
    ),
    (("→", "⇒", "->", "=>", "from "), _from_to),
)
"""The most explicit first: what one has said, a later one does not."""


def _of_waves(outline: Node, draft: Draft, references: References) -> None:
    """Read the headings of the waves, and lines like `Wave 1: 30 minutes` and `Agents: 4`."""
    nodes = {node.line: node for node in outline.walk() if node.kind in {"section", "item"}}
    for wave in draft.waves:
        node = nodes.get(wave.line)
        if node is not None and wave.key:
            _count(wave.claims, plain(node.text).split("\n")[0], node.line, ("agents", "jobs", "tracks"))
            for child in node.children:
                found = _RANGE_OR_COUNT.search(plain(child.text)) if child.kind == "paragraph" else None
                if found is not None:
                    line = child.line + child.text[: child.text.lower().find("agent")].count("\n")
                    wave.claims.said.setdefault("agents", Said(found["number"], line))
    for passage in passages(outline, KINDS["group"]):
        found = _LABELLED.match(passage.bare) if passage.spot.node.kind == "item" else None
        time = find_duration(found["value"]) if found is not None else None
        named = references.mention_of(found["label"], DraftWave) if found is not None and time is not None else []
        told = only(named)
        if told is not None and time is not None:
            told.claims.said.setdefault("parallel", Said(time, passage.line))


def _count(claims: DraftClaims, text: str, line: int, names: tuple[str, ...]) -> None:
    for name in names:
        number = find_count(text, COUNTED[name])
        if number:
            claims.said.setdefault(name, Said(str(number), line))


def _of_tables(outline: Node, draft: Draft, references: References) -> None:
    """Read tables with a wave a row, and their row of totals."""
    for spot in spots(outline):
        rows = spot.node.rows
        if len(rows) < 2 or not rows[0].cells or kind_of(plain(rows[0].cells[0])) != "group":
            continue
        heads = [plain(cell) for cell in rows[0].cells]
        for row in rows[1:]:
            first = plain(row.cells[0])
            in_column = references.mention_of(f"{heads[0]} {first}", DraftWave)
            waves = things(in_column or references.mention_of(first, DraftWave))
            is_total = re.match(r"(?:grand |overall )?(?:total|gesamt|sum|somme|suma)", first, re.IGNORECASE)
            claims = draft.claims if is_total else waves[0].claims if len(waves) == 1 else None
            if claims is not None:
                _cells(claims, heads[1:], [plain(cell) for cell in row.cells[1:]], row.line, total=bool(is_total))


def _cells(claims: DraftClaims, heads: list[str], cells: list[str], line: int, *, total: bool) -> None:
    for head, cell in zip(heads, cells, strict=False):
        time, number = find_duration(cell), re.match(r"(\d{1,4})(?!\s?[-–\d.])", cell)
        words = head.lower()
        name = next((name for name, known in COUNTED.items() if set(words.split()) & known), None)
        if time is not None and re.search(r"time|duration|estimate|dauer|durée|duración|duração|时间", words):
            claims.said.setdefault("serial" if SERIAL_TIME.search(words) else "parallel", Said(time, line))
        elif number is not None and (name == "jobs" or (name == "agents" and not total)):
            claims.said.setdefault(name, Said(number[1], line))


def _limits(outline: Node, draft: Draft, owners: Owners) -> None:
    """Take a limit on how many work at once: a wave's own, else one for all waves."""
    by_line = {wave.line: wave for wave in draft.waves}
    for passage in passages(outline, ("max", "most", "more than", "limit", "höchst", "au plus", "máximo")):
        found = _MOST.search(passage.bare) if passage.spot.node.kind != "fence" else None
        if found is None:
            continue
        word = (found["number"] or found["bare"]).lower()
        said = Said(str(NUMBERS.get(word) or int(word)), passage.line)
        around = [by_line[node.line] for node in (*passage.spot.path, passage.spot.node) if node.line in by_line]
        waves: list[DraftWave] = around[-1:] if around else [] if owners.has(passage.spot) else draft.waves
        for wave in waves:
            if said.text != "0":
                wave.max_parallel = wave.max_parallel or said
