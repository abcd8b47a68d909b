"""Lines of a document with the headings and items that they stand under: what the recognisers go through."""

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from plans.markdown.draft import Draft, DraftJob, DraftTrack, DraftWave
from plans.markdown.labels import kind_of, read_label
from plans.markdown.outline import Node
from plans.markdown.recognisers.topics import NOT_MEANT
from plans.markdown.text import plain

_MARKS = re.compile(r"^[\s#>*•·–—|/-]*(?:\d{1,3}[.)]\s+)?")


class Spot(NamedTuple):
    """A part of the document, and what it stands in, outermost first."""

    node: Node
    path: tuple[Node, ...]

    @property
    def sections(self) -> Iterator[Node]:
        """The sections around it."""
        return (node for node in self.path if node.kind == "section" and node.depth)

    def under(self, topic: re.Pattern[str]) -> bool:
        """Tell whether a heading around it speaks of a topic."""
        return any(topic.search(heading(section)) is not None for section in self.sections)

    @property
    def is_meant(self) -> bool:
        """Tell whether the document means it, and not only shows it: an example, a message, progress."""
        return not self.under(NOT_MEANT)


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


def spots(outline: Node) -> Iterator[Spot]:
    """Give every part of the document, in its order."""
    waiting = [Spot(outline, ())]
    while waiting:
        spot = waiting.pop()
        yield spot
        inside = (*spot.path, spot.node)
        # A tree's branches repeat the lines of their fence.
        below = [] if spot.node.kind == "fence" else spot.node.children
        waiting.extend(Spot(child, inside) for child in reversed(below))


def passages(outline: Node) -> Iterator[Passage]:
    """Give every line of the document, tables apart, in its order."""
    for spot in spots(outline):
        if spot.node.kind in {"section", "item", "paragraph", "fence"}:
            for at, text in enumerate(spot.node.text.split("\n")):
                if text.strip():
                    yield Passage(text, spot.node.line + at, spot)


@lru_cache(maxsize=4096)
def _heading(text: str) -> str:
    return plain(text).strip(" :：*").lower()


def heading(section: Node) -> str:
    """Give a section's heading in plain lower case."""
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
        """Tell whether a part stands in the section or item of a wave, track or job, where its own fields are."""
        return any(self.is_one(node) for node in spot.path)

    def declared(self, spot: Spot) -> bool:
        """Tell whether a part stands where a wave, track or job of the plan is described."""
        return any(node.kind in {"section", "item"} and node.line in self._lines for node in (*spot.path, spot.node))

    def is_one(self, node: Node) -> bool:
        """Tell whether a node is a wave, a track or a job of the plan, or speaks as one of them."""
        if node.kind not in {"section", "item"} or not node.text:
            return False
        if node.line in self._lines:
            return True
        label = read_label(node.text) if node.kind == "section" else None
        return label is not None and not label.topic and kind_of(label.word) is not None
