"""A plan together with where its parts stand in the text, so that every message can name a line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from plans.errors import Problem
from plans.model import Plan

Step = str | int
"""One step into a document: a field's name, or a place in a list, from 0."""

Path = tuple[Step, ...]
"""A place in a document, such as `("waves", 0, "jobs", 2, "needs")`."""


class LineMap(Protocol):
    """The lines of a document's parts."""

    def line(self, *path: Step) -> int | None:
        """Return the line (from 1) of the part at a path, or of the nearest known part above it."""
        ...


@dataclass(frozen=True)
class PathLines:
    """A line map for readers that note the line of each part as they find it."""

    lines: Mapping[Path, int] = field(default_factory=dict[Path, int])

    def line(self, *path: Step) -> int | None:
        """Return the line of the part at a path, or of the nearest known part above it."""
        above = (path[:length] for length in range(len(path), -1, -1))
        return next((self.lines[known] for known in above if known in self.lines), None)


@dataclass(frozen=True)
class Document:
    """A plan as it was read."""

    plan: Plan
    name: str
    """The document's name, as the user gave it."""
    lines: LineMap = field(default_factory=PathLines)
    warnings: tuple[Problem, ...] = ()
    """What the reader doubted."""
    form: Literal["yaml", "markdown"] = "yaml"
    """What it is written in: YAML says what it means, from Markdown a reader made out what is meant."""
