"""One attempt of a job: workspace made ready, agent run, result judged, commit made."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from plans.model import Agent, Job
from plans.prompt import build_prompt
from tasks.agents import adapter_for
from tasks.agents.outbox import Report
from tasks.agents.protocol import AgentResult, JobWork
from tasks.attempt.folder import AttemptFolder, open_attempt
from tasks.attempt.ground import Ground, NotMadeAnew, StoodOnOld, find_ground, keep_replayed, replayed, require_own_work
from tasks.attempt.limits import LimitsBusy, names_of
from tasks.attempt.scope import grant_text, judge_emptiness, judge_scope
from tasks.attempt.voices import telling_output
from tasks.errors import AgentFailed, AgentMissing, CriteriaUnmet, JobFailed, LostWork, MergeConflict, Stopped
from tasks.landing.commit_checks import run_on_commit
from tasks.ledger.ledger import JobRecord, JobWorkDone, commit_job, handoff_of
from tasks.programs.check import run_checks
from tasks.programs.run_program import Exit, Launch, ProgramMissing, run_program
from tasks.session.session import Session
from tasks.workspace.rescue import begin_attempt, end_attempt, rescue
from tasks.workspace.snapshot import Snapshot
from tasks.workspace.workspace import Workspace

_BUSY_PAUSE_S = 1.0


@dataclass(frozen=True)
class Ready:
    """An attempt whose workspace is ready."""

    job: Job
    folder: AttemptFolder
    workspace: Workspace
    ground: Ground
    """What the workspace holds."""
    work: JobWork


async def carry_out(session: Session, job: Job) -> JobRecord:
    """Make one attempt of a job, waiting for a slot in between; give the record of its commit.

    What the agent left is saved to a rescue ref when the attempt fails or is stopped.

    Raises:
        JobFailed: the attempt failed, as its class says.
        MergeConflict: what the job needs cannot be merged into its track.
        NotMadeAnew: its work of before does not fit what it stands on now, and it is not to run.
        Stopped: the run was stopped.
    """
    ground = await asyncio.to_thread(find_ground, session, job)
    for warning in ground.warnings:
        session.warn(warning)
    record = await _replay(session, job, ground)
    if record is not None:
        return record
    ready = await asyncio.to_thread(make_ready, session, job, ground)
    launch = await asyncio.to_thread(adapter_for(ready.work.agent.kind).prepare, ready.work)
    end, result = await _run_when_free(session, ready, launch)
    try:
        _judge_end(session, job, end, result)
        return await _conclude(session, ready, end, result)
    except (JobFailed, Stopped):
        ref = await asyncio.to_thread(_save_leftovers, session, ready)
        if ref is not None:
            session.rescued[job.id] = ref
        raise


async def _replay(session: Session, job: Job, ground: Ground) -> JobRecord | None:
    """Make the job's work of before anew, where there is some and it goes there; None: the job has to run."""
    old = session.replays.pop(job.id, None)
    if old is None:
        return None
    try:
        await asyncio.to_thread(require_own_work, session, job, old)
        record = await asyncio.to_thread(replayed, session.hub, job, old, ground)
        await _judge_replayed(session, job, record)
        await asyncio.to_thread(keep_replayed, session.hub, job, record, ground)
    except (MergeConflict, LostWork, StoodOnOld, CriteriaUnmet) as error:
        if job.id in session.unasked:
            raise NotMadeAnew(job.id, str(error)) from error
        session.warn(f"job {job.id!r} runs again, since its work does not fit what it stands on now: {error}")
        return None
    session.some_started.set()
    session.tell("job.replayed", job.id, commit=record.commit, old=old.commit)
    return record


async def _judge_replayed(session: Session, job: Job, record: JobRecord) -> None:
    outcome = await run_on_commit(session, job.checks, record.commit, f"anew-{job.id}")
    if outcome.failed is not None:
        raise CriteriaUnmet(str(outcome.failed))


def _judge_end(session: Session, job: Job, end: Exit, result: AgentResult) -> None:
    if end.ended_by == "stop":
        raise Stopped(session.stop_of(job).reason or "asked to stop")
    if result.error is not None:
        raise result.error


def make_ready(session: Session, job: Job, ground: Ground) -> Ready:
    """Bring the job's workspace to its ground, and write its prompt."""
    folder = open_attempt(session.folder, job.id)
    workspace = session.workspace(job.lane)
    begin_attempt(session.hub, workspace, job=job.id, attempt=folder.number, parent=ground.parent)
    work = _job_work(session, job, folder, workspace)
    return Ready(job, folder, workspace, ground, work)


def _job_work(session: Session, job: Job, folder: AttemptFolder, workspace: Workspace) -> JobWork:
    return JobWork(
        job=job.id,
        track=job.lane,
        attempt=folder.number,
        prompt=_prompt(session, job, folder.number),
        prompt_file=folder.prompt,
        outbox=folder.outbox(),
        workspace=workspace.tree,
        log=folder.log,
        agent=_agent_of(session, job),
        mark=f"{session.mark}/{job.id}/{folder.number}",
        run=job.run,
        owns=session.plan.owned_by(job),
    )


def _prompt(session: Session, job: Job, attempt: int) -> str:
    handoffs = {need: session.records[need] for need in job.needs if need in session.records}
    return build_prompt(
        session.plan,
        job,
        handoffs={need: handoff_of(session.hub, record.commit) for need, record in handoffs.items()},
        feedback=session.feedback.get(job.id),
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


async def _run_when_free(session: Session, ready: Ready, launch: Launch) -> tuple[Exit, AgentResult]:
    """Run the agent once there is a slot, and no other run holds a lock of the job or all of its agent's places."""
    job = ready.job
    while True:
        try:
            async with session.slots.hold(job, session.stop_of(job)), session.engine.hold(names_of(session.plan, job)):
                return await _run_agent(session, ready, launch)
        except LimitsBusy:
            now = session.now()
            session.frontier.retry_later(job.id, now, now + _BUSY_PAUSE_S)
            session.slots.touch()


async def _run_agent(session: Session, ready: Ready, launch: Launch) -> tuple[Exit, AgentResult]:
    job, defaults = ready.job, session.plan.defaults
    stall = job.stall_timeout or defaults.stall_timeout
    session.engine.log.info("%s: attempt %d, log in %s", job.id, ready.work.attempt, ready.work.log)
    session.agent_started(job, ready.work)
    try:
        async with telling_output(session, job.id) as heard:
            end = await run_program(
                launch,
                log=ready.work.log,
                timeout_s=(job.timeout or defaults.timeout).total_seconds(),
                stall_timeout_s=None if stall is None else stall.total_seconds(),
                stop=session.stop_of(job),
                on_line=heard,
                on_left=ready.workspace.leave_alone,
            )
    except ProgramMissing as error:
        raise AgentMissing(str(error)) from error
    finally:
        session.outboxes.pop(job.id, None)
    return end, adapter_for(ready.work.agent.kind).read_result(ready.work, end)


async def _conclude(session: Session, ready: Ready, end: Exit, result: AgentResult) -> JobRecord:
    report = ready.work.outbox.read()
    for problem in report.problems:
        session.engine.log.warning("%s: outbox: %s", ready.job.id, problem)
    snapshot = await asyncio.to_thread(ready.workspace.snapshot, ready.ground.parent)
    if snapshot.problems:
        raise AgentFailed("left what cannot be committed: " + "; ".join(snapshot.problems[:10]))
    changed = [change.path for change in snapshot.changes]
    granted = await asyncio.to_thread(judge_scope, session.plan, ready.job, changed, report)
    unchanged = None if changed else await asyncio.to_thread(_judge_emptiness, session, ready, report)
    await _judge_criteria(session, ready)
    work = JobWorkDone(
        job=ready.job.id,
        digest=session.digests[ready.job.id],
        track=ready.job.lane,
        wave=session.plan.wave_of[ready.job.id].id,
        attempt=ready.folder.number,
        duration_s=end.duration_s,
        agent=session.agent_label(ready.job),
        run=session.run,
        cost_usd=result.cost_usd,
        tokens=result.tokens,
        unchanged=unchanged,
        without=_missed(session, ready.job),
    )
    handoff = report.handoff or result.summary
    record = await asyncio.to_thread(_commit, session, ready, work, snapshot, handoff=handoff, granted=granted)
    if granted:
        session.warnings.append(grant_text(ready.job, granted, report))
    return record


def _missed(session: Session, job: Job) -> tuple[str, ...]:
    stands_on = {name for name, record in session.records.items() if record.digest == session.digests[name]}
    return tuple(need for need in session.needs[job.id] if need not in stands_on)


def _judge_emptiness(session: Session, ready: Ready, report: Report) -> str:
    return judge_emptiness(session.plan, ready.job, report, ready.workspace.ignored())


def _commit(  # noqa: PLR0913 - the last two go by keyword
    session: Session, ready: Ready, work: JobWorkDone, snapshot: Snapshot, *, handoff: str, granted: Sequence[str]
) -> JobRecord:
    record = commit_job(
        session.hub,
        work,
        tree=snapshot.tree,
        parent=ready.ground.parent,
        expected_tip=ready.ground.tip,
        title=ready.job.name,
        handoff=handoff,
        granted=granted,
        agent_messages=ready.workspace.agent_messages(ready.ground.parent),
    )
    with suppress(OSError):
        # It is done; what is written beside the workspace is found out of date by the next start.
        end_attempt(ready.workspace)
    return record


async def _judge_criteria(session: Session, ready: Ready) -> None:
    checks, work = ready.job.checks, ready.work
    if not checks:
        return
    outcome = await run_checks(
        checks,
        cwd=work.workspace,
        log=ready.folder.checks_log,
        mark=work.mark,
        extra_env={f"PLANWAVE_{name.upper()}": value for name, value in work.placeholders.items()},
        placeholders=work.placeholders,
        stop=session.stop_of(ready.job),
        on_left=ready.workspace.leave_alone,
    )
    if outcome.failed is not None:
        raise CriteriaUnmet(str(outcome.failed))


def _save_leftovers(session: Session, ready: Ready) -> str | None:
    """Keep what a failed attempt left, and give the ref; the next one starts from the parent again."""
    ref = rescue(session.hub, ready.workspace, ready.job.id, ready.folder.number, ready.ground.parent)
    end_attempt(ready.workspace)
    return ref
