"""Claims: what the document says of itself, held against what it lists (warnings)."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import NamedTuple

from plans.document import Path
from plans.durations import Estimate
from plans.errors import Problem
from plans.lint.subject import PlacedJob, Rule, Subject, warning
from plans.model import Claims
from plans.schedule.estimate import estimate_plan, serial_time

_TOLERANCE = 0.1
"""Plans round their figures: what is nearer than this is no contradiction."""
_MOST_SIMULATED = 2000
"""Jobs up to which the time of the whole plan is worked out while it is checked."""


class _Claimed(NamedTuple):
    who: str
    claims: Claims
    path: Path
    jobs: Collection[PlacedJob]


def _claimed(subject: Subject) -> Iterator[_Claimed]:
    plan = subject.plan
    yield _Claimed("the plan", plan.claims, ("claims",), subject.jobs.values())
    for at, wave in enumerate(plan.waves):
        yield _Claimed(f"wave {wave.id!r}", wave.claims, ("waves", at, "claims"), subject.by_wave[at])


def counts(subject: Subject) -> Iterator[Problem]:
    """As many waves, tracks, agents and jobs are said as are listed."""
    plan = subject.plan
    for who, claims, path, jobs in _claimed(subject):
        lanes = {placed.job.lane for placed in jobs}
        agents = {plan.agent_name(placed.job) for placed in jobs if placed.job.run is None}
        declared = {len(plan.tracks)} if who == "the plan" and plan.tracks else set[int]()
        listed = (
            ("waves", claims.waves, {len(plan.waves)}),
            ("tracks", claims.tracks, {len(lanes), *declared}),
            # In many plans an agent is a lane of its own, in others a name that several jobs share.
            ("agents", claims.agents, {len(lanes), len(agents)}),
            ("jobs", claims.jobs, {len(jobs)}),
        )
        for kind, said, found in listed:
            if said is not None and said not in found:
                message = f"{who} says {_counted(said, kind)}, but lists {max(found)}"
                yield warning(message, subject.line(*path, kind), code="claim")


def _counted(number: int, kind: str) -> str:
    return f"{number} {kind.removesuffix('s') if number == 1 else kind}"


def serial_times(subject: Subject) -> Iterator[Problem]:
    """The time for one agent is the sum of the estimates, where every job has one."""
    for who, claims, path, jobs in _claimed(subject):
        members = [placed.job for placed in jobs]
        if claims.serial is not None and all(job.estimate for job in members):
            computed = serial_time(subject.plan, members)
            if not _agree(claims.serial, computed):
                message = f"{who} says {claims.serial} for one agent, but its estimates add up to {_rounded(computed)}"
                yield warning(message, subject.line(*path, "serial"), code="claim")


def parallel_time(subject: Subject) -> Iterator[Problem]:
    """The time of the plan is what comes out under its limits, where every job has an estimate."""
    said, jobs = subject.plan.claims.parallel, subject.jobs.values()
    known = all(placed.job.estimate and not placed.job.done for placed in jobs)
    if said is None or not known or len(jobs) > _MOST_SIMULATED:
        return
    length = timedelta(seconds=estimate_plan(subject.plan).makespan_s)
    computed = Estimate(low=length, high=length)
    if not _agree(said, computed):
        message = f"the plan says {said} in parallel, but under its limits it takes {_rounded(computed)}"
        yield warning(message, subject.line("claims", "parallel"), code="claim")


def _agree(said: Estimate, computed: Estimate) -> bool:
    """Return whether two ranges meet, roughly."""
    return said.low * (1 - _TOLERANCE) <= computed.high and computed.low <= said.high * (1 + _TOLERANCE)


def _rounded(value: Estimate) -> str:
    minute = timedelta(minutes=1)
    low, high = (max(round(end / minute), 1) * minute if end >= minute else end for end in (value.low, value.high))
    return str(Estimate(low=low, high=high))


RULES: tuple[Rule, ...] = (counts, serial_times, parallel_time)
