"""Checkpoints: `After Wave 1: Components wired?` under GO/NO-GO, sync points, integration points, quality gates."""

import re
from typing import NamedTuple

from plans.errors import Problem
from plans.markdown.draft import Draft, DraftJob, DraftWave, Said
from plans.markdown.recognisers.passages import Passage, passages
from plans.markdown.recognisers.topics import CHECKPOINTS, DECISIONS
from plans.markdown.resolve.mention import things
from plans.markdown.resolve.references import References
from plans.markdown.source.outline import Node

_WHEN = re.compile(
    r"(?P<when>after|at the end of|at end of|end of|once|upon|on completion of|before|prior to|between|"
    r"nach|vor|après|avant|después de|antes de)\s+"
    r"(?P<what>[^:：?]{2,60}?)\s*(?:[:：]|\s[-–—]\s|→)\s*(?P<then>.+)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?P<what>[^:：?]{2,40}?)\s*(?:gate|checkpoint)?\s*(?:[:：]|\s[-–—]\s|→)\s*(?P<then>.+)", re.IGNORECASE
)
_BEFORE = re.compile(r"before|prior|vor|avant|antes", re.IGNORECASE)
_POINTS = re.compile(f"{DECISIONS.pattern}|{CHECKPOINTS.pattern}", re.IGNORECASE)
_ANSWER = re.compile(
    r"\?\s*\w+(?:\s+\w+){0,2}\s*[.!]?$|\s+(?:continue|proceed)\s*[.!]?$|\s*(?:->|=>|→).*$", re.IGNORECASE
)
"""What the document answers to its own question: `Wired? ✓ Continue`."""


class _Point(NamedTuple):
    before: bool
    what: str
    then: str
    line: int


def recognise_gates(outline: Node, draft: Draft) -> None:
    """Ask at the end of each wave what the document wants to hold there; other points become context."""
    references = References(draft)
    for passage in passages(outline, about=_POINTS):
        decides = passage.spot.under(DECISIONS)
        point = _read_point(passage, named=decides)
        if point is not None:
            _place(point, draft, references, asks=decides)


def _read_point(passage: Passage, *, named: bool) -> _Point | None:
    if passage.spot.node.kind not in {"item", "paragraph", "fence"}:
        return None
    found = _WHEN.match(passage.bare) or (_NAMED.match(passage.bare) if named else None)
    if found is None:
        return None
    when = found.groupdict().get("when") or "after"
    then = _ANSWER.sub(lambda answer: "?" if answer[0].startswith("?") else "", found["then"]).strip()
    return _Point(_BEFORE.match(when) is not None, found["what"], then, passage.line) if then else None


def _place(point: _Point, draft: Draft, references: References, *, asks: bool) -> None:
    waves = things(references.mention_of(point.what, DraftWave))
    wave = _wave_before(waves[0], draft) if waves and point.before else waves[-1] if waves else None
    if wave is not None:
        add_to_gate(wave, Said(point.then, point.line))
        wave.asks = wave.asks or asks
        return
    where = f"{'Before' if point.before else 'After'} {point.what}"
    draft.context.append(Said(f"{where}: {point.then}", point.line))
    jobs = references.mention_of(point.what, DraftJob)
    if asks and jobs:
        message = f"a decision after {point.what!r} cannot be asked for: gates stand at the end of a wave"
        hint = "put what follows it into a wave of its own"
        draft.warnings.append(Problem(message, point.line, hint, severity="warning", code="gate"))


def _wave_before(wave: DraftWave, draft: Draft) -> DraftWave | None:
    at = draft.waves.index(wave)
    return draft.waves[at - 1] if at else None


def add_to_gate(wave: DraftWave, said: Said) -> None:
    """Put a question or criterion into a wave's gate, once."""
    if said.text and all(one.text != said.text for one in wave.gate):
        wave.gate.append(said)
