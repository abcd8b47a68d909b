"""The end of a run: what is missing, said in one sentence and in the final report."""

import asyncio
from collections.abc import Iterable, Sequence

from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from plans.schedule import JobState
from tasks.history import History
from tasks.keepers import publish_all
from tasks.ledger import read_ledger
from tasks.next_steps import next_steps
from tasks.report import Board
from tasks.session import Session


async def close_run(session: Session, board: Board) -> State[None]:
    """Publish what there is, write the final report, and give the run's last state."""
    session.is_over = True
    await asyncio.gather(publish_all(session), board.write())
    missing = [
        *_missing_jobs(session),
        *await asyncio.to_thread(_wrong_on_target, session),
        *_missing_branches(session),
    ]
    if not session.stop.requested:
        missing += _missing_gates(session, told=bool(missing))
    if session.stop.requested:
        state: State[None] = Cancelled(message=f"stopped: {session.stop.reason}; run it again to go on")
    elif missing:
        name = "NO-GO" if any(word.startswith("NO-GO") for word in session.gates.values()) else "Incomplete"
        state = Failed(name=name, message="; ".join(missing)[:4000])
    else:
        done = session.frontier.counts()[JobState.DONE]
        where = session.target if session.hub.publishes else f"{session.target}, a rehearsal: nothing was published"
        state = Completed(message=f"{done} job(s) done, everything landed on {where}")
    outcome = state.name or "Completed"
    steps = () if state.is_completed() else await asyncio.to_thread(next_steps, session)
    await board.finish(outcome, steps)
    message = state.message or ""
    session.tell("run.finished", session.run, outcome=outcome, message=message, missing=missing, next=list(steps))
    return state


def _missing_jobs(session: Session) -> Iterable[str]:
    # First what failed: the others are often missing because of it.
    for job in sorted(
        session.plan.jobs.values(), key=lambda job: session.frontier.state(job.id) is not JobState.FAILED
    ):
        state = session.frontier.state(job.id)
        if state is not JobState.DONE and job.id not in session.left_out:
            yield f"job {job.id!r} {state.value}: {session.frontier.reason(job.id) or 'not reached'}"


def _missing_gates(session: Session, *, told: bool) -> Iterable[str]:
    """Give the gates that could not be judged, and where nothing else is `told` of, those whose NO-GO ended the run."""
    for wave in session.plan.waves:
        passed = session.frontier.gate(wave.id)
        if wave.id in session.gates and (passed is None or (passed is False and not told)):
            yield f"the gate of wave {wave.id!r} said {session.gates[wave.id]}"


def _wrong_on_target(session: Session) -> list[str]:
    """Ask git itself: the target must hold the commit of every done job, and no work that is not of today's plan."""
    hub, target = session.hub, session.hub.target_tip()
    history = read_ledger(hub).history
    apart = hub.missing(target, [record.commit for record in session.records.values()])
    apart |= history.taken_back(history.reached([target]))
    stuck: dict[str, list[str]] = {}
    for job in session.plan.jobs.values():
        if job.id in session.records and session.records[job.id].commit in apart:
            stuck.setdefault(job.lane, []).append(job.id)
    why = {track: landed.reason for (_, track), landed in session.landings.items()}
    landings = [
        f"track {track!r} did not land ({_listed(jobs)}): {why.get(track) or 'its turn did not come'}"
        for track, jobs in stuck.items()
    ]
    return [*landings, *_left_over(session, history, target)]


def _left_over(session: Session, history: History, target: str) -> Iterable[str]:
    """Give the jobs whose work the target holds and today's plan does not."""
    steps = session.before.today.left_over(history, target, history.reached(session.hub.taken))
    jobs = dict.fromkeys(step.job for step in steps if step.job is not None)
    for job in jobs:
        what = "has changed since" if job in session.digests else "is not in the plan any more"
        yield f"left over on the target: the work of job {job!r}, which {what}; `--rebuild-target` lands the rest anew"


def _listed(jobs: Sequence[str]) -> str:
    return ", ".join(f"job {job!r}" for job in jobs)


def _missing_branches(session: Session) -> Iterable[str]:
    return (f"{name!r} was not published: {reason}" for name, reason in session.unpublished.items())
