"""What a plan costs in time: one after another, at best, and under its limits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from plans.durations import Estimate
from plans.model import Job, Plan
from plans.schedule.simulate import Timeline, simulate
from plans.schedule.urgency import critical_path, durations_s


@dataclass(frozen=True)
class PlanEstimate:
    """The figures of a plan, in seconds; where no job has an estimate (unit `jobs`) a job counts as one second."""

    unit: Literal["time", "jobs"]
    serial: Estimate
    """What one agent would take for everything, one job after another."""
    critical_path: tuple[str, ...]
    """A longest chain of jobs that wait for one another."""
    critical_s: float
    """How long that chain takes: the plan cannot be quicker, however many agents there are."""
    timeline: Timeline
    """How the plan would go under its limits."""
    unestimated: int
    """Jobs without an estimate; they count with the median of the others."""

    @property
    def serial_s(self) -> float:
        """What one agent would take, at the middle of the range."""
        return self.serial.middle.total_seconds()

    @property
    def makespan_s(self) -> float:
        """What the plan takes under its limits."""
        return self.timeline.makespan_s

    @property
    def saved_s(self) -> float:
        """What is saved against one agent."""
        return self.serial_s - self.makespan_s

    @property
    def speedup(self) -> float:
        """How many times quicker than one agent; 1 where there is nothing to do."""
        return self.serial_s / self.makespan_s if self.makespan_s else 1.0


def estimate_plan(plan: Plan) -> PlanEstimate:
    """Work out the figures of a plan; jobs that the document calls done cost nothing."""
    left = [job for job in plan.jobs.values() if not job.done]
    lengths = {**durations_s(plan), **{job.id: 0.0 for job in plan.jobs.values() if job.done}}
    path = critical_path(plan, lengths)
    return PlanEstimate(
        unit="time" if any(job.estimate for job in plan.jobs.values()) else "jobs",
        serial=serial_time(plan, left),
        critical_path=tuple(job for job in path if not plan.jobs[job].done),
        critical_s=sum(lengths[job] for job in path),
        timeline=simulate(plan),
        unestimated=sum(job.estimate is None for job in left),
    )


def serial_time(plan: Plan, jobs: Iterable[Job]) -> Estimate:
    """Add up some jobs of a plan; those without an estimate count as `durations_s` says."""
    usual = durations_s(plan)
    plain = ((job, timedelta(seconds=usual[job.id])) for job in jobs)
    ranges = [job.estimate or Estimate(low=length, high=length) for job, length in plain]
    return Estimate(low=sum((r.low for r in ranges), timedelta()), high=sum((r.high for r in ranges), timedelta()))
