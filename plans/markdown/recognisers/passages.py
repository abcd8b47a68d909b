"""Lines of a document with the headings and items that they stand under: what the recognisers go through."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from plans.markdown.draft import Draft, DraftJob, DraftTrack, DraftWave
from plans.markdown.source.labels import kind_of, read_label
from plans.markdown.source.outline import Node
from plans.markdown.source.regions import Region
from plans.markdown.source.text import plain

_MARKS = re.compile(r"^[\s#>*•·–—|/-]*(?:\d{1,3}[.)]\s+)?")
LONGEST_LINE = 500
"""Characters of a line that are read: no statement is longer, and no pattern takes long on so few."""
_WITH_LINES = frozenset({"section", "item", "paragraph", "fence"})


@dataclass(slots=True)
class Spot:
    """A part of the document, and what it stands in, outermost first."""

    node: Node
    path: tuple[Node, ...]
    heads: tuple[str, ...] = ()
    """The headings that it stands under, in plain lower case."""
    _lowered: str | None = None

    @property
    def sections(self) -> Iterator[Node]:
        """The sections around it."""
        return (node for node in self.path if node.kind == "section" and node.depth)

    def under(self, topic: re.Pattern[str]) -> bool:
        """Return whether a heading around it speaks of a topic."""
        return any(topic.search(words) is not None for words in self.heads)

    def has(self, parts: tuple[str, ...]) -> bool:
        """Return whether its text has one of some parts, in lower case; of none it has one."""
        if self._lowered is None:
            self._lowered = self.node.text.lower()
        return _has(self._lowered, parts)


class Passage(NamedTuple):
    """One line of text."""

    text: str
    """Raw Markdown; in a fence, as it stands."""
    line: int
    spot: Spot

    @property
    def bare(self) -> str:
        """The words of the line, without list marks, comment marks and numbers before them."""
        return _MARKS.sub("", plain(self.text))


def spots(outline: Node, about: re.Pattern[str] | None = None) -> Iterator[Spot]:
    """Yield the parts of the document in its order, without what it only shows: examples, messages, progress.

    Args:
        outline: the document, or a part of it.
        about: give only what stands under headings that speak of this topic.
    """
    walk = _walked(_Same(outline)) if outline.depth == 0 else _Walk([*_walk(Spot(outline, ()))])
    if about is None:
        yield from walk.spots
        return
    told = -1
    for at, words in walk.heads:
        if at > told and about.search(words) is not None:
            # What stands in a section follows it.
            inside = len(walk.spots[at].path)
            told = at
            while told + 1 < len(walk.spots) and len(walk.spots[told + 1].path) > inside:
                told += 1
                yield walk.spots[told]


class _Walk:
    """The parts of a document in its order."""

    def __init__(self, spots: list[Spot]) -> None:
        self.spots = spots

    @cached_property
    def heads(self) -> list[tuple[int, str]]:
        """What heads others: its place, and its words."""
        return [(at, heading(spot.node)) for at, spot in enumerate(self.spots) if spot.node.is_heading]


@dataclass(frozen=True, eq=False)
class _Same:
    """A document as a key: only itself is equal to it."""

    outline: Node

    def __hash__(self) -> int:
        return id(self.outline)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.outline is self.outline


@lru_cache(maxsize=1)
def _walked(document: _Same) -> _Walk:
    """Return the parts of the document that is being read: every recogniser goes through them."""
    return _Walk([*_walk(Spot(document.outline, ()))])


def _walk(start: Spot) -> Iterator[Spot]:
    waiting = [start]
    while waiting:
        spot = waiting.pop()
        node = spot.node
        if node.place.region is Region.SHOWS:
            continue
        yield spot
        # A tree's branches repeat the lines of their fence.
        if node.children and node.kind != "fence":
            inside = (*spot.path, node)
            heads = (*spot.heads, heading(node)) if node.is_heading else spot.heads
            waiting.extend(Spot(child, inside, heads) for child in reversed(node.children))


def passages(outline: Node, having: tuple[str, ...] = (), *, about: re.Pattern[str] | None = None) -> Iterator[Passage]:
    """Yield the lines of the document, tables apart, in its order.

    Args:
        outline: the document, or a part of it.
        having: give only lines with one of these in them, in lower case: far cheaper than to read all of them.
        about: give only what stands under headings that speak of this topic.
    """
    for spot in spots(outline, about):
        node = spot.node
        if node.kind not in _WITH_LINES or (having and not spot.has(having)):
            continue
        for at, text in enumerate(node.text.split("\n")):
            if text and not text.isspace() and (not having or _has(text.lower(), having)):
                yield Passage(text[:LONGEST_LINE], node.line + at, spot)


def _has(lowered: str, parts: tuple[str, ...]) -> bool:
    for part in parts:
        if part in lowered:
            return True
    return not parts


@lru_cache(maxsize=4096)
def _heading(text: str) -> str:
    return plain(text[:LONGEST_LINE]).strip(" :：*").lower()


def heading(section: Node) -> str:
    """Return a section's heading in plain lower case."""
    return _heading(section.text)


class Owners:
    """Tells under which wave, track or job of the plan a part of the document stands."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    @cached_property
    def _lines(self) -> frozenset[int]:
        draft = self._draft
        things: list[DraftJob | DraftWave | DraftTrack] = [*draft.jobs, *draft.waves, *draft.tracks.values()]
        # The title of one agent's plan names its track, but the whole document stands under it.
        return frozenset(thing.line for thing in things) - {draft.line}

    def has(self, spot: Spot) -> bool:
        """Return whether a part stands in the section or item of a wave, track or job, where its own fields are."""
        return any(self.is_one(node) for node in spot.path)

    def declared(self, spot: Spot) -> bool:
        """Return whether a part stands where a wave, track or job of the plan is described."""
        return any(node.kind in {"section", "item"} and node.line in self._lines for node in (*spot.path, spot.node))

    def is_one(self, node: Node) -> bool:
        """Return whether a node is a wave, a track or a job of the plan, or speaks as one of them."""
        if node.kind not in {"section", "item"} or not node.text:
            return False
        return node.line in self._lines or (node.kind == "section" and _is_labelled(node.text))


@lru_cache(maxsize=4096)
def _is_labelled(text: str) -> bool:
    label = read_label(text)
    return label is not None and not label.topic and kind_of(label.word) is not None
