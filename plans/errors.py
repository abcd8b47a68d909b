"""What can be wrong with a plan: the user's to fix, so each problem says where and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

Severity = Literal["error", "warning"]


class FileLine(int):
    """A line of one file of a document that has several: it is told as `FILE:LINE`."""

    file: str

    def __new__(cls, line: int, file: str) -> Self:
        """Make the line of a file, whose name is given as within the document's folder."""
        made = super().__new__(cls, line)
        made.file = file
        return made

    def __str__(self) -> str:
        return f"{self.file}:{int(self)}"

    def __eq__(self, other: object) -> bool:
        return int(self) == other and (not isinstance(other, FileLine) or self.file == other.file)

    def __hash__(self) -> int:
        return hash(int(self))

    def __lt__(self, other: int) -> bool:
        if isinstance(other, FileLine) and self.file != other.file:
            return self.file < other.file
        return int(self) < int(other)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def place_of(name: str, line: int | None) -> str:
    """Return `FILE:LINE` of a line in a document (or the document's name, without one)."""
    if isinstance(line, FileLine):
        return f"{name.rstrip('/')}/{line}"
    return name if line is None else f"{name}:{line}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or doubtful, in a plan document."""

    message: str
    """What is wrong, in one line, without the file's name."""
    line: int | None = None
    """Line in the document, from 1; None when no line says it."""
    hint: str | None = None
    """What to do about it, where one thing helps."""
    severity: Severity = "error"
    code: str = "invalid"
    """A short stable word for the kind of problem: `cycle`, `overlap`, `unknown-name` ..."""

    def show(self, name: str) -> str:
        """Return `FILE:LINE: what`, with the hint on a second line, as linters print it."""
        where = place_of(name, self.line)
        kind = "warning: " if self.severity == "warning" else ""
        text = f"{where}: {kind}{self.message}"
        return text if self.hint is None else f"{text}\n    hint: {self.hint}"


class PlanError(Exception):
    """A plan that cannot be read or must not be run.

    Attributes:
        name: the document's name, as the user gave it.
        problems: everything that is wrong with it, all at once, in the order of lines.
    """

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.name = name
        self.problems = tuple(sorted(problems, key=lambda p: (p.line or 0, p.message)))
        super().__init__("\n".join(problem.show(name) for problem in self.problems))
