"""One attempt of a job as the run decides it: what it starts from, whether old work will do, what is asked for."""

import asyncio

from plans.agent import Agent
from plans.model import Job
from plans.prompt import build_prompt
from tasks.attempt.desk import Desk
from tasks.attempt.folder import open_attempt
from tasks.attempt.ground import Ground, NotMadeAnew, StoodOnOld, find_ground, keep_replayed, replayed, require_own_work
from tasks.attempt.request import AttemptReport, AttemptRequest
from tasks.errors import AgentMissing, CriteriaUnmet, LostWork, MergeConflict
from tasks.landing.commit_checks import run_on_commit
from tasks.ledger.ledger import JobRecord, handoff_of
from tasks.session.facts import JobReplayed, ReplayTried, Rescued, Warned
from tasks.session.session import Session


async def carry_out(desk: Desk, job: Job) -> AttemptReport:
    """Make one attempt of a job, waiting for a slot in between; give what came of it.

    Raises:
        JobFailed: it cannot be made, as its class says.
        MergeConflict: what the job needs cannot be merged into its track.
        NotMadeAnew: its work of before does not fit what it stands on now, and it is not to run.
        Stopped: the run was stopped.
    """
    session = desk.session
    ground = await asyncio.to_thread(find_ground, session, job)
    for warning in ground.warnings:
        session.warn(warning)
    record = await _replay(desk, job, ground)
    if record is not None:
        return AttemptReport(job=job.id, attempt=record.attempt, result=record)
    request = await asyncio.to_thread(make_request, session, job, ground)
    report = await desk.runner.run(request, desk.client(job))
    for problem in report.problems:
        session.engine.log.warning("%s: outbox: %s", job.id, problem)
    if report.rescue is not None:
        session.note(Rescued(job.id, report.rescue))
    for warning in report.warnings:
        session.note(Warned(warning))
    return report


async def _replay(desk: Desk, job: Job, ground: Ground) -> JobRecord | None:
    """Make the job's work of before anew, where there is some and it goes there; None: the job has to run."""
    session = desk.session
    old = session.found.replays.get(job.id)
    if old is None or job.id in session.record.jobs.replayed:
        return None
    session.note(ReplayTried(job.id))
    try:
        await asyncio.to_thread(require_own_work, session, job, old)
        record = await asyncio.to_thread(replayed, session.hub, job, old, ground)
        await _judge_replayed(session, job, record)
        await asyncio.to_thread(keep_replayed, session.hub, job, record, ground)
    except (MergeConflict, LostWork, StoodOnOld, CriteriaUnmet) as error:
        if job.id in session.found.unasked:
            raise NotMadeAnew(job.id, str(error)) from error
        session.warn(f"job {job.id!r} runs again, since its work does not fit what it stands on now: {error}")
        return None
    desk.some_started.set()
    session.note(JobReplayed(job.id, record.commit))
    session.tell("job.replayed", job.id, commit=record.commit, old=old.commit)
    return record


async def _judge_replayed(session: Session, job: Job, record: JobRecord) -> None:
    outcome = await run_on_commit(session, job.checks, record.commit, f"anew-{job.id}")
    if outcome.failed is not None:
        raise CriteriaUnmet(str(outcome.failed))


def make_request(session: Session, job: Job, ground: Ground) -> AttemptRequest:
    """Put together all that an attempt of a job has to know, and give it a folder of its own.

    Raises:
        AgentMissing: nobody is there who could do the job.
    """
    plan, defaults = session.plan, session.plan.defaults
    without, agent = _missed(session, job), _agent_of(session, job)
    number = open_attempt(session.folder, job.id).number
    stall = job.stall_timeout or defaults.stall_timeout
    return AttemptRequest(
        job=job.id,
        title=job.name,
        track=job.lane,
        wave=plan.wave_of[job.id].id,
        run=session.run,
        digest=session.digests[job.id],
        attempt=number,
        mark=f"{session.mark}/{job.id}/{number}",
        parent=ground.parent,
        tip=ground.tip,
        without=without,
        prompt=_prompt(session, job, number),
        agent=agent,
        agent_label=session.agent_label(job),
        command=job.run,
        owns=plan.owned_by(job),
        checks=job.checks,
        timeout_s=(job.timeout or defaults.timeout).total_seconds(),
        stall_timeout_s=None if stall is None else stall.total_seconds(),
    )


def _prompt(session: Session, job: Job, attempt: int) -> str:
    jobs = session.record.jobs
    handoffs = {need: jobs.done[need] for need in job.needs if need in jobs.done}
    return build_prompt(
        session.plan,
        job,
        handoffs={need: handoff_of(session.hub, record.commit) for need, record in handoffs.items()},
        feedback=jobs.feedback.get(job.id),
        contingencies=session.frontier.covers(job.id),
        attempt=attempt,
    )


def _agent_of(session: Session, job: Job) -> Agent:
    if job.run is not None:
        return Agent(kind="command", run=job.run)
    name = session.plan.agent_name(job)
    if name not in session.plan.agents:
        raise AgentMissing(f"no agent is called {name!r}: add it under `agents:`, or name one with --agent")
    return session.plan.agents[name]


def _missed(session: Session, job: Job) -> tuple[str, ...]:
    done, digests = session.record.jobs.done, session.digests
    return tuple(need for need in session.found.needs[job.id] if need not in done or done[need].digest != digests[need])
