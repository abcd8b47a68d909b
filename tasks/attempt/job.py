"""A job as a step of a run, and what becomes of each of its attempts."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from plans.model import Job, Wave
from plans.schedule.frontier import JobState
from tasks.attempt.carry_out import carry_out
from tasks.attempt.desk import Desk
from tasks.attempt.outcome import Again, Done, Halted, Later, Lost, Outcome
from tasks.attempt.request import Failure
from tasks.attempt.voices import show_failed_output
from tasks.errors import TaskError
from tasks.ledger.ledger import JobRecord
from tasks.session.facts import JobDone, JobLost, JobPostponed, JobRetried, JobStopped, JobTakenUp, StepEnded
from tasks.session.session import Session
from tasks.session.steps import Kind, Step, StepState, cancelled, completed, failed_by, why_ended

_NEW_FIRST_S = 2.0
_QUOTA_LEAST_S = 0.1
_QUOTA_FIRST_S = 30.0
_QUOTA_LONGEST_S = 900.0


async def run_job(desk: Desk, job: Job) -> StepState:
    """Make one attempt of a job; the engine makes another one while the job may be tried again."""
    session = desk.session
    match await attempt_job(desk, job):
        case Done(record):
            return completed(f"commit {record.commit[:10]} on {session.plan.branch(record.track)}")
        case Again(failure) | Lost(failure):
            session.engine.log.error("%s: %s", job.id, session.shown(failure.in_full))
            await show_failed_output(session, job.id)
            return failed_by(failure.word, session.shown(failure.reason))
        case Later(failure, delay_s):
            return completed(f"{session.shown(failure.reason)}; again in {delay_s:.0f} s", word="Postponed")
        case Halted(reason):
            return cancelled(f"stopped: {reason}")


async def perform_job(desk: Desk, job: Job, round_: int, needed: Sequence[StepState]) -> StepState:
    """Carry out a job, named by its title, tagged, with the job's retries; give its last state.

    Args:
        desk: the run's.
        job: the job.
        round_: from 1; more when the agent could do nothing and the job is tried again later.
        needed: the states of the jobs it needs, for the edges of the graph.
    """
    session = desk.session
    session.note(JobTakenUp(job.id))
    step = Step(
        "job",
        name=job.name if round_ == 1 else f"{job.name} #{round_}",
        do=partial(run_job, desk, job),
        after=needed,
        tags=_tags(session, job),
        retries=_retries(session, job),
        may_retry=lambda: job.id in session.record.jobs.again,
    )
    return await session.engine.step(step)


async def show_done(session: Session, job: Job) -> StepState:
    """Show a job that need not be run, so that the run's page tells the whole plan."""
    record = session.record.jobs.done.get(job.id)
    where = f"commit {record.commit[:10]}" if record else "the plan says it is done"
    return completed(f"{job.id}: {where}", shown_as="Cached")


async def show_cached(desk: Desk, wave: Wave) -> None:
    """Show the jobs of a wave that an earlier run finished, one after another, so that a server keeps up.

    The first new job goes before them, where there is one that can start soon.
    """
    session = desk.session
    cached = [job for job in wave.jobs if job.id in session.found.cached]
    if cached and not session.frontier.wave_over(wave.id):
        with suppress(TimeoutError):
            await asyncio.wait_for(desk.some_started.wait(), _NEW_FIRST_S)
    for job in cached:
        if not session.stop.requested:
            step = Step("job", job.name, partial(show_done, session, job), tags=_tags(session, job))
            session.note(StepEnded(job.id, await session.engine.step(step)))


def end_job(session: Session, job: Job, state: StepState) -> None:
    """Note how a job's step ended; where that was without an outcome, by an error of planwave's own, settle the job."""
    session.note(StepEnded(job.id, state))
    if job.id not in session.record.jobs.settled:
        said = session.shown(why_ended(state))
        lost = Lost(Failure(kind="broken", reason=said))
        _settle(session, job, Halted(said) if state.kind is Kind.CANCELLED else lost)


async def attempt_job(desk: Desk, job: Job) -> Outcome:
    """Make one attempt of a job, and bring what came of it into the run's record."""
    session = desk.session
    session.note(JobTakenUp(job.id))
    result: JobRecord | Failure
    try:
        result = (await carry_out(desk, job)).result
    except (TaskError, OSError) as error:
        result = Failure.of(job.id, error)
    return _settle(session, job, Done(result) if isinstance(result, JobRecord) else _outcome(session, job, result))


def _outcome(session: Session, job: Job, failure: Failure) -> Outcome:
    """Say what follows from a failure."""
    match failure.kind:
        case "stopped":
            return Halted(failure.reason)
        case "postponed":
            return Later(failure, _delay_s(session, job, failure))
        case "failed" if failure.may_retry and _may_retry(session, job):
            return Again(failure)
        case "failed" | "broken":
            return Lost(failure)


def _may_retry(session: Session, job: Job) -> bool:
    """Return whether a job whose attempt failed gets another one."""
    return session.record.jobs.attempts.get(job.id, 0) <= _retries(session, job) and not session.stop.requested


def _retries(session: Session, job: Job) -> int:
    return session.plan.defaults.retries if job.retries is None else job.retries


def _settle(session: Session, job: Job, outcome: Outcome) -> Outcome:
    """Note an outcome, let the Frontier know it, and tell it."""
    frontier, now = session.frontier, session.now()
    match outcome:
        case Done(record):
            session.note(JobDone(record))
            frontier.finished(job.id, now, ok=True)
            _spare_workspace(session, job)
            _tell_done(session, job, record)
        case Again(failure):
            said = session.shown(failure.reason)
            session.note(JobRetried(job.id, said))
            delay = session.plan.defaults.retry_delay if job.retry_delay is None else job.retry_delay
            frontier.retry_later(job.id, now, now + delay.total_seconds())
            session.tell("job.retried", job.id, reason=said[:2000], delay_s=delay.total_seconds())
        case Later(failure, delay_s):
            said = session.shown(failure.reason)
            session.note(JobPostponed(job.id, said))
            if job.run is None:
                frontier.pause_agent(session.plan.agent_name(job), now, now + delay_s)
            frontier.retry_later(job.id, now, now + delay_s)
            session.tell("job.postponed", job.id, reason=said[:2000], delay_s=delay_s)
        case Lost(failure):
            said = session.shown(failure.reason)
            session.note(JobLost(job.id, said))
            frontier.finished(job.id, now, ok=False, reason=said)
            session.tell("job.failed", job.id, reason=said[:2000])
        case Halted(reason):
            session.note(JobStopped(job.id, reason))
            frontier.abandoned(job.id, now, f"stopped: {reason}")
            session.tell("job.stopped", job.id, reason=reason)
    session.slots.touch()
    return outcome


def _tell_done(session: Session, job: Job, record: JobRecord) -> None:
    session.tell(
        "job.completed",
        job.id,
        commit=record.commit,
        duration_s=round(record.duration_s, 3),
        checks=[" ".join(check.check) for check in job.checks],
        unblocked=_unblocked(session, job),
    )


def _spare_workspace(session: Session, job: Job) -> None:
    """Let another track have the workspace of a track whose last job is done."""
    if all(session.frontier.state(other.id) is JobState.DONE for other in reversed(session.plan.jobs_on(job.lane))):
        session.workspaces.let_go(job.lane)


def _unblocked(session: Session, job: Job) -> list[str]:
    """Return the jobs that need this one, or come after it on its track, and that are ready now."""
    followers = (*session.plan.needed_by.get(job.id, ()), *session.plan.jobs_on(job.lane))
    return list(dict.fromkeys(j.id for j in followers if session.frontier.state(j.id) is JobState.READY))


def _tags(session: Session, job: Job) -> list[str]:
    return [f"plan:{session.plan.name}", f"agent:{session.agent_label(job)}", f"track:{job.lane}"]


def _delay_s(session: Session, job: Job, failure: Failure) -> float:
    """Return how long to leave the agent alone: as long as it says, else twice as long as the last time."""
    if failure.reset_at is not None:
        return max(_QUOTA_LEAST_S, (failure.reset_at - datetime.now(UTC)).total_seconds())
    before = session.record.jobs.postponements.get(job.id, 0)
    return min(_QUOTA_FIRST_S * 2.0**before, _QUOTA_LONGEST_S)
