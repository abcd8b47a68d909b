"""A job as a step of a run, and what becomes of each of its attempts."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from plans.model import Job, Wave
from plans.schedule.frontier import JobState
from tasks.attempt.carry_out import carry_out
from tasks.attempt.outcome import Again, Done, Halted, Later, Lost, Outcome
from tasks.attempt.voices import show_failed_output
from tasks.errors import JobFailed, QuotaExhausted, Stopped, TaskError, in_full
from tasks.session.session import Session
from tasks.session.steps import Kind, Step, StepState, cancelled, completed, failed_by, why_ended

_NEW_FIRST_S = 2.0
_QUOTA_LEAST_S = 0.1
_QUOTA_FIRST_S = 30.0
_QUOTA_LONGEST_S = 900.0


async def run_job(session: Session, job: Job) -> StepState:
    """Make one attempt of a job; the engine makes another one while the job may be tried again."""
    match await attempt_job(session, job):
        case Done(record):
            return completed(f"commit {record.commit[:10]} on {session.plan.branch(record.track)}")
        case Again(error) | Lost(error):
            session.engine.log.error("%s: %s", job.id, session.shown(in_full(error)))
            await show_failed_output(session, job.id)
            return failed_by(error, session.said(error))
        case Later(error, delay_s):
            return completed(f"{session.said(error)}; again in {delay_s:.0f} s", word="Postponed")
        case Halted(reason):
            return cancelled(f"stopped: {reason}")


async def perform_job(session: Session, job: Job, round_: int, needed: Sequence[StepState]) -> StepState:
    """Carry out a job, named by its title, tagged, with the job's retries; give its last state.

    Args:
        session: the run.
        job: the job.
        round_: from 1; more when the agent could do nothing and the job is tried again later.
        needed: the states of the jobs it needs, for the edges of the graph.
    """
    step = Step(
        "job",
        name=job.name if round_ == 1 else f"{job.name} #{round_}",
        do=partial(run_job, session, job),
        after=needed,
        tags=_tags(session, job),
        retries=session.plan.defaults.retries if job.retries is None else job.retries,
        may_retry=lambda: job.id in session.again,
    )
    return await session.engine.step(step)


async def show_done(session: Session, job: Job) -> StepState:
    """Show a job that need not be run, so that the run's page tells the whole plan."""
    record = session.records.get(job.id)
    where = f"commit {record.commit[:10]}" if record else "the plan says it is done"
    return completed(f"{job.id}: {where}", shown_as="Cached")


async def show_cached(session: Session, wave: Wave) -> None:
    """Show the jobs of a wave that an earlier run finished, one after another, so that a server keeps up.

    The first new job goes before them, where there is one that can start soon.
    """
    cached = [job for job in wave.jobs if job.id in session.cached]
    if cached and not session.frontier.wave_over(wave.id):
        with suppress(TimeoutError):
            await asyncio.wait_for(session.some_started.wait(), _NEW_FIRST_S)
    for job in cached:
        if not session.stop.requested:
            step = Step("job", job.name, partial(show_done, session, job), tags=_tags(session, job))
            session.states[job.id] = await session.engine.step(step)


def give_up(session: Session, job: Job, state: StepState) -> None:
    """Settle a job whose task ended without an outcome: by an error of planwave's own, told in the state."""
    if job.id not in session.settled:
        said = session.shown(why_ended(state))
        _settle(session, job, Halted(said) if state.kind is Kind.CANCELLED else Lost(TaskError(said)))


async def attempt_job(session: Session, job: Job) -> Outcome:
    """Make one attempt of a job, and bring what came of it into the session."""
    session.again.discard(job.id)
    session.postponed.discard(job.id)
    try:
        record = await carry_out(session, job)
    except Stopped as stopped:
        return _settle(session, job, Halted(stopped.reason))
    except QuotaExhausted as error:
        return _settle(session, job, Later(error, _delay_s(session, job, error)))
    except JobFailed as error:
        again = error.may_retry and session.may_retry(job)
        return _settle(session, job, Again(error) if again else Lost(error))
    except TaskError as error:
        return _settle(session, job, Lost(error))
    except OSError as error:
        # Of the machine: a log that cannot be written, or no process or file left to be had.
        return _settle(session, job, Lost(TaskError(f"{job.id}: {error}")))
    return _settle(session, job, Done(record))


def _settle(session: Session, job: Job, outcome: Outcome) -> Outcome:
    frontier, now = session.frontier, session.now()
    if not isinstance(outcome, Again | Later):
        session.settled.add(job.id)
        session.ended_at[job.id] = now
    match outcome:
        case Done(record):
            session.records[job.id] = record
            frontier.finished(job.id, now, ok=True)
            session.spare_workspace(job.lane)
            session.tell(
                "job.completed",
                job.id,
                commit=record.commit,
                duration_s=round(record.duration_s, 3),
                checks=[" ".join(check.check) for check in job.checks],
                unblocked=_unblocked(session, job),
            )
        case Again(error):
            session.again.add(job.id)
            said = session.feedback[job.id] = session.said(error)
            delay = job.retry_delay or session.plan.defaults.retry_delay
            frontier.retry_later(job.id, now, now + delay.total_seconds())
            session.tell("job.retried", job.id, reason=said[:2000], delay_s=delay.total_seconds())
        case Later(error, delay_s):
            # It spends no attempt.
            session.postponed.add(job.id)
            session.attempts[job.id] = max(0, session.attempts.get(job.id, 0) - 1)
            if job.run is None:
                frontier.pause_agent(session.plan.agent_name(job), now, now + delay_s)
            frontier.retry_later(job.id, now, now + delay_s)
            session.tell("job.postponed", job.id, reason=session.said(error)[:2000], delay_s=delay_s)
        case Lost(error):
            said = session.feedback[job.id] = session.said(error)
            frontier.finished(job.id, now, ok=False, reason=said)
            session.tell("job.failed", job.id, reason=said[:2000])
        case Halted(reason):
            frontier.abandoned(job.id, now, f"stopped: {reason}")
            session.tell("job.stopped", job.id, reason=reason)
    session.slots.touch()
    return outcome


def _unblocked(session: Session, job: Job) -> list[str]:
    """Give the jobs that need this one, or come after it on its track, and that are ready now."""
    followers = (*session.plan.needed_by.get(job.id, ()), *session.plan.jobs_on(job.lane))
    return list(dict.fromkeys(j.id for j in followers if session.frontier.state(j.id) is JobState.READY))


def _tags(session: Session, job: Job) -> list[str]:
    return [f"plan:{session.plan.name}", f"agent:{session.agent_label(job)}", f"track:{job.lane}"]


def _delay_s(session: Session, job: Job, error: QuotaExhausted) -> float:
    """Give how long to leave the agent alone: as long as it says, else twice as long as the last time."""
    waits = session.waits[job.id] = session.waits.get(job.id, 0) + 1
    if error.reset_at is not None:
        return max(_QUOTA_LEAST_S, (error.reset_at - datetime.now(UTC)).total_seconds())
    return min(_QUOTA_FIRST_S * 2.0 ** (waits - 1), _QUOTA_LONGEST_S)
