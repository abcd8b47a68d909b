"""The end of a run: what is missing, said in one sentence and in the final report."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Literal

from plans.errors import PlanError
from plans.schedule.frontier import JobState
from plans.text.plural import counted
from tasks.errors import TaskError, refusal
from tasks.landing.train import Train
from tasks.ledger.history import History
from tasks.ledger.ledger import read_ledger
from tasks.ledger.settle import did_without, wait_for_others
from tasks.ledger.today import foreign
from tasks.programs.stop import Cause
from tasks.reporting.next_steps import next_steps
from tasks.reporting.report import Board
from tasks.session.events import Event, hear
from tasks.session.facts import RunClosing, RunEnded
from tasks.session.run_log import RunLog
from tasks.session.session import Session
from tasks.session.settings import RunSettings
from tasks.session.steps import Kind, StepState, cancelled, completed, failed

_MOST_FOREIGN = 5


async def close_run(train: Train, board: Board) -> StepState:
    """Publish what there is, write the final report, and give the run's last state."""
    session = train.session
    session.note(RunClosing())
    await asyncio.gather(train.publishing.publish(), board.write())
    try:
        apart, left_over = await asyncio.to_thread(_wrong_on_target, session)
    except TaskError as error:
        # What has landed has, though nobody can say what that is now.
        apart, left_over = [f"git could not say whether all has landed: {session.said(error)}; run again to see"], []
    missing = [*_missing_jobs(session), *apart, *left_over, *_missing_branches(session)]
    if not session.stop.requested:
        missing += _missing_gates(session, told=bool(missing))
    outcome: Literal["Completed", "Cancelled", "Suspended", "Incomplete", "NO-GO"] = "Completed"
    if session.stop.requested:
        outcome, how = _stopped(session)
        state = cancelled(f"stopped: {session.stop.reason}; {how}")
    elif missing:
        stands = session.record.gates.stands.values()
        outcome = "NO-GO" if any(gate.said == "NO-GO" for gate in stands) else "Incomplete"
        state = failed("; ".join(missing), word=outcome)
    else:
        done = session.frontier.counts()[JobState.DONE]
        where = session.target if session.hub.publishes else f"{session.target}, a rehearsal: nothing was published"
        state = completed(f"{counted(done, 'job')} done, everything landed on {where}")
    only_left_over = bool(left_over) and missing == left_over
    steps = () if state.kind is Kind.COMPLETED else await asyncio.to_thread(next_steps, session, rebuild=only_left_over)
    await board.finish(outcome, steps)
    session.note(RunEnded(outcome, state.message))
    session.tell(
        "run.finished",
        session.run,
        outcome=outcome,
        message=state.message,
        missing=missing,
        next=list(steps),
        stopped_by=session.stop.cause,
    )
    return state


def refuse_run(engine: RunLog, settings: RunSettings, error: PlanError | TaskError) -> StepState:
    """Return the last state of a run that did not begin, or that the machine did not let go on."""
    said, subject = refusal(error), str(engine.flow_run)
    refused = Event("planwave.run.refused", subject, run=subject, payload={"reason": said, "repo": settings.repo})
    engine.tell(refused)
    hear(refused)
    return failed(said, word="Refused")


def _stopped(session: Session) -> tuple[Literal["Cancelled", "Suspended"], str]:
    """Say in which state a stopped run ends, and how it goes on."""
    if session.stop.cause is Cause.SUSPEND:
        return "Suspended", "Resume goes on"
    return "Cancelled", "run it again to go on"


def _missing_jobs(session: Session) -> Iterable[str]:
    # First what failed: the others are often missing because of it.
    for job in sorted(
        session.plan.jobs.values(), key=lambda job: session.frontier.state(job.id) is not JobState.FAILED
    ):
        state = session.frontier.state(job.id)
        if state is not JobState.DONE and job.id not in session.found.left_out:
            yield f"job {job.id!r} {state.value}: {session.frontier.reason(job.id) or 'not reached'}"


def _missing_gates(session: Session, *, told: bool) -> Iterable[str]:
    """Return the gates that could not be judged, and if nothing else is `told`, those whose NO-GO ended the run."""
    stands = session.record.gates.stands
    for wave in session.plan.waves:
        passed = session.frontier.gate(wave.id)
        if wave.id in stands and (passed is None or (passed is False and not told)):
            yield f"the gate of wave {wave.id!r} said {stands[wave.id].word}"


def _wrong_on_target(session: Session) -> tuple[list[str], list[str]]:
    """Ask git itself: the target must hold the commit of every done job, and no work that is not of today's plan.

    Returns:
        What it lacks, and what it holds that it should not.
    """
    hub, target = session.hub, session.hub.target_tip()
    done, before = session.record.jobs.done, session.found.before
    history = read_ledger(hub).history
    apart = hub.missing(target, [record.commit for record in done.values()])
    apart |= history.taken_back(history.reached([target]))
    stuck: dict[str, list[str]] = {}
    for job in session.plan.jobs.values():
        if job.id in done and done[job.id].commit in apart:
            stuck.setdefault(job.lane, []).append(job.id)
    why = {track: landed.reason for (_, track), landed in session.record.landings.tracks.items()}
    landings = [
        f"track {track!r} did not land ({_listed(jobs)}): {why.get(track) or 'its turn did not come'}"
        for track, jobs in stuck.items()
    ]
    waiting = wait_for_others(hub, before.today)
    missing = hub.missing(target, waiting.values())
    others = (
        f"the work of job {name!r}, which the mode leaves out, is not on the target: run without the mode"
        for name, commit in waiting.items()
        if commit in missing
    )
    late = [
        f"job {job!r} did without job {need!r}, which is done by now: run again, and it is done again with that"
        for job, need in did_without(done, before.today.digests).items()
    ]
    return [*landings, *others, *late], list(_left_over(session, history, target))


def _left_over(session: Session, history: History, target: str) -> Iterable[str]:
    """Return the jobs whose work the target holds and today's plan does not."""
    allowed = history.reached(session.hub.taken)
    for step in foreign(history, target, allowed)[:_MOST_FOREIGN]:
        yield f"left over on the target: commit {step.commit[:10]}, which is not of the plan"
    steps = session.found.before.today.left_over(history, target, allowed)
    jobs = dict.fromkeys(step.job for step in steps if step.job is not None)
    for job in jobs:
        why = "is not in the plan any more"
        if job in session.record.jobs.done:
            why = "was done again since, and which could not be taken back"
        elif job in session.digests:
            why = "is to be done again"
        hint = "" if why == "is to be done again" else "; `--rebuild-target` lands the rest anew"
        yield f"left over on the target: the work of job {job!r}, which {why}{hint}"


def _listed(jobs: Sequence[str]) -> str:
    return ", ".join(f"job {job!r}" for job in jobs)


def _missing_branches(session: Session) -> Iterable[str]:
    return (f"{name!r} was not published: {reason}" for name, reason in session.record.landings.unpublished.items())
