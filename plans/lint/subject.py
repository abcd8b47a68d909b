"""What the rules look at: a plan with its lines, and answers that several rules ask for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from plans.document import Document, Path, Step
from plans.errors import Problem, Severity
from plans.graph import Order
from plans.model import Job, Plan, Wave


class PlacedJob(NamedTuple):
    """A job and where it stands."""

    job: Job
    wave: Wave
    path: Path

    def line(self, subject: "Subject", *below: Step) -> int | None:
        """Give the line of the job, or of one of its fields."""
        return subject.line(*self.path, *below)


@dataclass(frozen=True)
class Subject:
    """A plan under the eyes of the rules."""

    document: Document
    exists: Callable[[str], bool] | None = None

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.document.plan

    def line(self, *path: Step) -> int | None:
        """Give the line of the part at a path."""
        return self.document.lines.line(*path)

    @cached_property
    def placed(self) -> tuple[PlacedJob, ...]:
        """Every job in plan order, also those whose id is taken already."""
        return tuple(
            PlacedJob(job, wave, ("waves", at, "jobs", place))
            for at, wave in enumerate(self.plan.waves)
            for place, job in enumerate(wave.jobs)
        )

    @cached_property
    def jobs(self) -> Mapping[str, PlacedJob]:
        """The jobs by id, in plan order; of several with one id the first."""
        first: dict[str, PlacedJob] = {}
        for placed in self.placed:
            first.setdefault(placed.job.id, placed)
        return first

    @cached_property
    def order(self) -> Order:
        """Which job ends before which starts."""
        return Order(self.plan)


Rule = Callable[[Subject], Iterable[Problem]]
"""One check of a plan."""


def warning(message: str, line: int | None, *, code: str, hint: str | None = None) -> Problem:
    """Give a problem that does not keep the plan from being run."""
    severity: Severity = "warning"
    return Problem(message, line=line, hint=hint, severity=severity, code=code)
