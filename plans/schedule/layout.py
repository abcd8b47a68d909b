"""A plan as the schedule looks at it: jobs by number (their place in the plan), and what stands between them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from plans.model import Job, Plan

Lines = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Layout:
    """The tables that never change while a plan runs; jobs and waves are numbers from 0, in plan order."""

    plan: Plan
    jobs: tuple[Job, ...]
    number: Mapping[str, int]
    """The number of every job, by id."""
    wave: tuple[int, ...]
    """The wave of every job."""
    wave_jobs: Lines
    """The jobs of every wave."""
    wave_number: Mapping[str, int]
    followers: Lines
    """The jobs that need a job."""
    needs: Lines
    """The jobs that a job needs; unknown names are left out."""
    lines: Lines
    """Jobs that go strictly one after another: every track's, and every serial wave's."""
    lines_of: Lines
    """The lines that a job stands in."""

    def covers(self, need: int, job: int) -> bool:
        """Return whether a contingency lets a job start although another one, which it needs, failed."""
        return any(c.if_failed == self.jobs[need].id for c in self.jobs[job].contingency)


def layout(plan: Plan) -> Layout:
    """Work out the tables of a plan."""
    jobs = tuple(plan.jobs.values())
    number = {job.id: n for n, job in enumerate(jobs)}
    wave_number = {wave.id: n for n, wave in enumerate(plan.waves)}
    wave = tuple(wave_number[plan.wave_of[job.id].id] for job in jobs)
    needs = tuple(tuple(number[need] for need in dict.fromkeys(job.needs) if need in number) for job in jobs)
    wave_jobs = _inverted(tuple((n,) for n in wave), len(plan.waves))
    lines = (*_tracks(jobs), *(wave_jobs[n] for n, w in enumerate(plan.waves) if w.mode == "serial"))
    return Layout(
        plan=plan,
        jobs=jobs,
        number=number,
        wave=wave,
        wave_jobs=wave_jobs,
        wave_number=wave_number,
        followers=_inverted(needs, len(jobs)),
        needs=needs,
        lines=lines,
        lines_of=_inverted(lines, len(jobs)),
    )


def _tracks(jobs: tuple[Job, ...]) -> Lines:
    lanes: defaultdict[str, list[int]] = defaultdict(list)
    for n, job in enumerate(jobs):
        lanes[job.lane].append(n)
    return tuple(tuple(lane) for lane in lanes.values())


def _inverted(lines: Lines, count: int) -> Lines:
    """Return for each of so many numbers the lines that hold it."""
    found: list[list[int]] = [[] for _ in range(count)]
    for n, line in enumerate(lines):
        for member in line:
            found[member].append(n)
    return tuple(tuple(members) for members in found)
