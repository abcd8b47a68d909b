"""What the rules look at: a plan with its lines, and answers that several rules ask for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from plans.document import Document, Path, Step
from plans.errors import Problem, Severity
from plans.model import Job, Plan, Wave
from plans.schedule.graph import Edge, Order, find_cycle, order_edges

_MOST_CYCLES = 20


class PlacedJob(NamedTuple):
    """A job and where it stands."""

    job: Job
    wave: Wave
    path: Path

    def line(self, subject: "Subject", *below: Step) -> int | None:
        """Return the line of the job, or of one of its fields."""
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
        """Return the line of the part at a path."""
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
    def by_wave(self) -> Mapping[int, tuple[PlacedJob, ...]]:
        """The jobs by the place of their wave."""
        waves: dict[int, list[PlacedJob]] = {at: [] for at in range(len(self.plan.waves))}
        for placed in self.jobs.values():
            waves[int(placed.path[1])].append(placed)
        return {at: tuple(jobs) for at, jobs in waves.items()}

    @cached_property
    def track_writes(self) -> Mapping[str, tuple[str, ...]]:
        """What every job of a declared track may write."""
        return {track.id: track.owns.writes for track in self.plan.tracks}

    def writes(self, job: Job) -> tuple[str, ...]:
        """Return the patterns of all that a job may write."""
        return (*job.owns.writes, *self.track_writes.get(job.lane, ()))

    @cached_property
    def cycles(self) -> tuple[tuple[Edge, ...], ...]:
        """Cycles in the order of jobs: one of each knot, up to a few dozen."""
        edges, found = order_edges(self.plan), list[tuple[Edge, ...]]()
        while len(found) < _MOST_CYCLES and (cycle := find_cycle(edges)) is not None:
            broken = {edge for edge in cycle if edge.why == "needs"}
            if not broken:
                break  # all else follows the plan's order: only waves of one id can go round without needs
            found.append(cycle)
            edges = tuple(edge for edge in edges if edge not in broken)
        return tuple(found)

    @cached_property
    def order(self) -> Order:
        """Which job ends before which starts."""
        return Order(self.plan)


Rule = Callable[[Subject], Iterable[Problem]]
"""One check of a plan."""


def warning(message: str, line: int | None, *, code: str, hint: str | None = None) -> Problem:
    """Return a problem that does not keep the plan from being run."""
    severity: Severity = "warning"
    return Problem(message, line=line, hint=hint, severity=severity, code=code)
