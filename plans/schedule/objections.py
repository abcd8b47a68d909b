"""What stands against GO at the end of a wave, before anybody is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from plans.model import Job, Plan, Wave
from plans.schedule.frontier import Frontier, JobState
from plans.schedule.landing_order import Landing


@dataclass(frozen=True)
class Asked:
    """A gate's question to a person."""

    question: str
    page: str = ""
    """The address of the form; empty: there is none."""
    until: datetime | None = None
    """When nobody is waited for any longer, with its time zone."""
    otherwise: Literal["GO", "NO-GO"] = "NO-GO"
    """What is decided then."""

    @property
    def deadline(self) -> str:
        """Say until when there is time, and what comes after it; nothing where that is not known."""
        if self.until is None:
            return ""
        return f"No answer by {self.until:%Y-%m-%d %H:%M %Z} means **{self.otherwise}**."


@dataclass(frozen=True)
class GateStand:
    """How a wave's gate stands."""

    said: Literal["waiting", "GO", "NO-GO"]
    note: str = ""
    asked: Asked | None = None
    """What it asks a person, while it waits."""

    @property
    def word(self) -> str:
        """Say it in a line: `GO`, `NO-GO: why`, `waiting for an answer`."""
        said = "waiting for an answer" if self.said == "waiting" else self.said
        return f"{said}: {self.note}" if self.note else said


def is_excused(plan: Plan, job: Job) -> bool:
    """Return whether the plan foresaw that a job may fail: its track is optional, or a contingency covers it."""
    covered = any(c.if_failed == job.id for other in plan.jobs.values() for c in other.contingency)
    return plan.lanes[job.lane].optional or covered


def objections(
    plan: Plan, wave: Wave, frontier: Frontier, landings: Mapping[str, tuple[Landing, str]]
) -> tuple[str, ...]:
    """Return every reason for NO-GO, a sentence each: jobs that are not done, tracks that should have landed.

    Args:
        plan: the plan.
        wave: the wave whose gate it is.
        frontier: the state of its jobs.
        landings: how each of its tracks stands, with the reason; a track that the plan says to skip is no reason.
    """
    bad = [
        job for job in wave.jobs if frontier.state(job.id) is not JobState.DONE and not _may_miss(plan, job, frontier)
    ]
    jobs = [f"job {job.id!r} {frontier.state(job.id).value}: {frontier.reason(job.id)}" for job in bad]
    because = {job.lane for job in bad}
    stuck = [
        f"track {track!r} did not land: {reason or 'it stands behind one that did not'}"
        for track, (landing, reason) in landings.items()
        if landing not in {Landing.LANDED, Landing.DROPPED} and track not in because
    ]
    return (*jobs, *stuck)


def landing_of(plan: Plan, jobs: tuple[Job, ...], frontier: Frontier) -> Landing:
    """Return where a track stands, as far as its jobs go, before anybody tries to land it."""
    # The last ends last: of a track at work, one look tells.
    if not all(frontier.state(job.id).is_final for job in reversed(jobs)):
        return Landing.WORKING
    lost = [job for job in jobs if frontier.state(job.id) is not JobState.DONE]
    if not lost:
        return Landing.READY
    may_miss = all(_may_miss(plan, job, frontier) for job in lost)
    gave_up = plan.lanes[jobs[0].lane].optional and not all(frontier.was_left_out(job.id) for job in lost)
    if gave_up or (len(lost) == len(jobs) and may_miss):
        return Landing.DROPPED
    return Landing.READY if may_miss else Landing.BLOCKED


def _may_miss(plan: Plan, job: Job, frontier: Frontier) -> bool:
    """Return whether a job that is not done stands against nothing: the plan foresaw that, or nobody asked for it."""
    return frontier.was_left_out(job.id) or is_excused(plan, job)
