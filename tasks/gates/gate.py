"""Gates: the checks that planwave runs, and the question it asks a person."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Literal

from plans.model import Gate, Wave
from plans.schedule.frontier import JobState
from plans.schedule.objections import Asked, objections
from plans.text.plural import counted
from tasks.errors import Stopped
from tasks.gates.form import describe_gate
from tasks.landing.commit_checks import run_on_commit
from tasks.landing.train import Train
from tasks.ledger.wave_marks import gate_digest, gate_passed, record_gate, start_before_landings
from tasks.session.facts import GateAnswered, GateAsked, GateChecked, GateDecided, GoKept, Landed, RolledBack, Verdict
from tasks.session.run_log import Answer, Question
from tasks.session.session import Session
from tasks.session.steps import Kind, Step, StepState, cancelled, completed, failed, why_ended


async def check_wave(session: Session, wave: Wave, against: tuple[str, ...]) -> StepState:
    """Judge a wave's gate as far as planwave can."""
    try:
        verdict = await check_gate(session, wave, against)
    except Stopped as stopped:
        return cancelled(str(stopped))
    session.note(GateChecked(wave.id, verdict))
    if verdict.go:
        return completed("nothing stands against GO")
    return failed(verdict.note[:2000], word="NO-GO")


async def decide_gate(train: Train, wave: Wave, stands: Mapping[str, Landed]) -> StepState:
    """Judge a wave's gate, ask a person where the plan says so, and do what the decision means.

    To be called by the wave's own flow, whose page shows the form. A GO is remembered, so that a run that goes on does
    not ask again.
    """
    session = train.session
    landings = {track: (landed.landing, landed.reason) for track, landed in stands.items()}
    against = objections(session.plan, wave, session.frontier, landings)
    digest = gate_digest(wave, session.digests)
    if not against and _was_left_out(session, wave):
        verdict = Verdict(go=True, by="nobody, as nothing of the wave was asked for")
    elif not against and await asyncio.to_thread(gate_passed, session.hub, wave, digest):
        verdict = Verdict(go=True, by="an earlier run")
    else:
        try:
            verdict = await _judge(train, wave, against)
        except Stopped as stopped:
            return cancelled(str(stopped))
        if verdict.go:
            record = partial(record_gate, digest=digest, by=verdict.by, note=verdict.note)
            await asyncio.to_thread(record, session.hub, wave)
            session.note(GoKept(wave.id))
    return await _apply(train, wave, verdict)


def _was_left_out(session: Session, wave: Wave) -> bool:
    """Return whether the run was asked for nothing of a wave: then its gate is not the run's to judge."""
    ids = {job.id for job in wave.jobs}
    return bool(ids & session.found.left_out.keys()) and not ids & session.record.jobs.settled


async def _judge(train: Train, wave: Wave, against: tuple[str, ...]) -> Verdict:
    session = train.session
    title = wave.gate.question if wave.gate and wave.gate.question else wave.name
    checking = partial(check_wave, session, wave, against)
    tags = [f"plan:{session.plan.name}"]
    state = await session.engine.step(Step("gate", f"gate: {title}"[:200], checking, tags=tags))
    if state.kind is Kind.CANCELLED:
        raise Stopped(session.stop.reason or "asked to stop")
    broken = Verdict(go=False, by="checks", note=f"the gate could not be judged: {why_ended(state)}")
    verdict = session.record.gates.checked.get(wave.id, broken)
    asks = wave.gate is not None and wave.gate.decide == "human" and session.settings.approvals == "ask"
    if wave.gate is None or not verdict.go or not asks:
        return verdict
    here = session.engine.flow_run
    asked = Asked(
        question=wave.gate.question or f"GO for what follows {wave.name}?",
        page=session.engine.page(here),
        until=datetime.now().astimezone() + wave.gate.timeout,
        otherwise="GO" if wave.gate.on_timeout == "go" else "NO-GO",
    )
    text = await describe_gate(train, wave, verdict, asked)
    session.note(GateAsked(wave.id, asked))
    session.tell("gate.asked", wave.id, question=title, flow_run=str(here))
    try:
        return await ask_person(session, wave, wave.gate, verdict, text)
    finally:
        session.note(GateAnswered(wave.id))


async def _apply(train: Train, wave: Wave, verdict: Verdict) -> StepState:
    session = train.session
    policy = wave.gate.no_go if wave.gate else "stop"
    if not verdict.go and policy == "rollback":
        await _roll_back(train, wave)
    session.note(GateDecided(wave.id, verdict.stand, verdict.by))
    session.frontier.gate_decided(wave.id, session.now(), passed=verdict.go or policy == "continue")
    session.slots.touch()
    session.tell("gate.decided", wave.id, decision="GO" if verdict.go else "NO-GO", by=verdict.by, note=verdict.note)
    if verdict.go:
        return completed(verdict.note or f"decided by {verdict.by}", word="GO")
    return failed(verdict.note[:2000], word="NO-GO")


async def _roll_back(train: Train, wave: Wave) -> None:
    """Put the target back to where the wave found it; what had landed is kept in the attic, and lands again later."""
    session, hub = train.session, train.session.hub
    async with train.target_turn:
        found = session.record.course.wave_starts[wave.id]
        start = await asyncio.to_thread(start_before_landings, hub, wave.id, found)
        tip = await asyncio.to_thread(hub.target_tip)
        if tip != start:
            await asyncio.to_thread(hub.rollback_target, start, tip)
        commits = {landed.commit for landed in session.record.landings.tracks.values() if landed.commit}
        gone = await asyncio.to_thread(hub.missing, start, commits)
    session.note(RolledBack(wave.id, frozenset(gone)))


async def check_gate(session: Session, wave: Wave, against: tuple[str, ...]) -> Verdict:
    """Judge a gate by what is known and by its checks, run on the target's tree.

    Raises:
        Stopped: the run was stopped meanwhile.
    """
    if against:
        return Verdict(go=False, by="checks", note="; ".join(against), evidence=against)
    checks = wave.gate.checks if wave.gate else ()
    done = sum(session.frontier.state(job.id) is JobState.DONE for job in wave.jobs)
    evidence = [
        f"{done} of {counted(len(wave.jobs), 'job')} done"
        + (" and landed" if session.plan.merge.when == "wave" else "")
    ]
    if checks:
        outcome = await run_on_commit(session, checks, session.hub.target_tip(), f"gate-{wave.id}")
        if outcome.failed is not None:
            note = session.shown(str(outcome.failed))
            return Verdict(go=False, by="checks", note=note, evidence=(outcome.failed.reason,))
        evidence += [f"`{' '.join(check.check)}` passed" for check in checks]
    return Verdict(go=True, by="checks", evidence=tuple(evidence))


async def ask_person(session: Session, wave: Wave, gate: Gate, verdict: Verdict, text: str) -> Verdict:
    """Ask whoever looks at the run until somebody answers, the deadline passes or the run is stopped.

    Must be called by the flow whose page shall show the question.

    Raises:
        Stopped: the run was stopped before there was an answer.
    """
    decision: Literal["GO", "NO-GO"] = "GO" if gate.on_timeout == "go" else "NO-GO"
    late = Answer(decision, f"nobody answered in time; the plan says {decision}", by="deadline")
    question = Question(f"gate-{wave.id}", text, gate.timeout.total_seconds(), otherwise=late)
    asking = asyncio.ensure_future(session.engine.ask(question))
    stop = asyncio.ensure_future(session.stop.wait())
    try:
        await asyncio.wait({asking, stop}, return_when=asyncio.FIRST_COMPLETED)
        if session.stop.requested:
            raise Stopped(session.stop.reason or "asked to stop")
        answer = await asking
    finally:
        stop.cancel()
        asking.cancel()
    return Verdict(answer.decision == "GO", answer.by, answer.note, verdict.evidence)
