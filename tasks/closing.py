"""The end of a run: what is missing, said in one sentence and in the final report."""

import asyncio
from collections.abc import Iterable
from typing import Literal

from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed

from plans.errors import PlanError
from plans.schedule import JobState
from tasks.engine import Engine
from tasks.errors import TaskError, refusal
from tasks.events import Event, hear
from tasks.keepers import publish_all
from tasks.report import Board
from tasks.session import Session
from tasks.settings import RunSettings
from tasks.states import failed
from tasks.stop import Cause


async def close_run(session: Session, board: Board) -> State[None]:
    """Publish what there is, write the final report, and give the run's last state."""
    await asyncio.gather(publish_all(session), board.write())
    missing = [
        *_missing_jobs(session),
        *await asyncio.to_thread(_missing_landings, session),
        *_missing_branches(session),
    ]
    if not session.stop.requested:
        missing += _missing_gates(session, told=bool(missing))
    outcome: Literal["Completed", "Cancelled", "Suspended", "Incomplete", "NO-GO"] = "Completed"
    if session.stop.requested:
        outcome, how = _stopped(session)
        state: State[None] = Cancelled(message=f"stopped: {session.stop.reason}; {how}")
    elif missing:
        outcome = "NO-GO" if any(gate.said == "NO-GO" for gate in session.gates.values()) else "Incomplete"
        state = failed(outcome, "; ".join(missing))
    else:
        done = session.frontier.counts()[JobState.DONE]
        state = Completed(message=f"{done} job(s) done, everything landed on {session.target}")
    await board.finish(outcome)
    session.tell(
        "run.finished",
        session.run,
        outcome=outcome,
        message=state.message or "",
        missing=missing,
        stopped_by=session.stop.cause,
    )
    return state


def refuse_run(engine: Engine, settings: RunSettings, error: PlanError | TaskError) -> State[None]:
    """Give the last state of a run that did not begin, or that the machine did not let go on."""
    said, subject = refusal(error), str(engine.flow_run)
    refused = Event("planwave.run.refused", subject, run=subject, payload={"reason": said, "repo": settings.repo})
    engine.tell(refused)
    hear(refused)
    return failed("Refused", said)


def _stopped(session: Session) -> tuple[Literal["Cancelled", "Suspended"], str]:
    """Say in which state a stopped run ends, and how it goes on."""
    if session.stop.cause is Cause.SUSPEND:
        return "Suspended", "Resume goes on"
    return "Cancelled", "run it again to go on"


def _missing_jobs(session: Session) -> Iterable[str]:
    for job in session.plan.jobs.values():
        state = session.frontier.state(job.id)
        if state is not JobState.DONE and job.id not in session.left_out:
            yield f"job {job.id!r} {state.value}: {session.frontier.reason(job.id) or 'not reached'}"


def _missing_gates(session: Session, *, told: bool) -> Iterable[str]:
    """Give the gates that could not be judged, and where nothing else is `told` of, those whose NO-GO ended the run."""
    for wave in session.plan.waves:
        passed = session.frontier.gate(wave.id)
        if wave.id in session.gates and (passed is None or (passed is False and not told)):
            yield f"the gate of wave {wave.id!r} said {session.gates[wave.id].word}"


def _missing_landings(session: Session) -> list[str]:
    """Look into git itself: each track's last commit must be on the target."""
    heads: dict[str, str] = {}
    for job in session.plan.jobs.values():
        if job.id in session.records:
            heads[job.lane] = session.records[job.id].commit
    apart = session.hub.missing(session.hub.target_tip(), heads.values())
    why = {track: landed.reason for (_, track), landed in session.landings.items()}
    return [
        f"track {track!r} did not land: {why.get(track) or 'its turn did not come'}"
        for track, head in heads.items()
        if head in apart
    ]


def _missing_branches(session: Session) -> Iterable[str]:
    return (f"{name!r} was not published: {reason}" for name, reason in session.unpublished.items())
