"""Gates: the checks that planwave runs, and the question it asks a person."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

import httpx
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import PrefectException
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput
from prefect.states import Cancelled, Completed
from pydantic import Field

from plans.gates import Asked, GateStand, objections
from plans.model import Gate, Wave
from plans.schedule import JobState
from plans.train import Landing
from tasks.awaiting import tag_later, why_ended
from tasks.commit_checks import run_on_commit
from tasks.errors import Stopped
from tasks.gate_form import describe_gate
from tasks.session import Landed, Session, Verdict, current_session
from tasks.states import completed, failed
from tasks.wave_marks import gate_digest, gate_passed, record_gate, start_before_landings

_PATIENCE_S = 10 * 365 * 86400
"""Prefect's own deadline: never reached, since a run whose pause timed out cannot be saved."""
_POLL_S = 1


class GateAnswer(RunInput):
    """GO lets the run pass the gate; NO-GO does what the plan says for it."""

    decision: Literal["GO", "NO-GO"] = Field(description="GO or NO-GO")
    note: str = Field(default="", description="Why; kept with the decision")


@task(name="gate", persist_result=False, cache_policy=NO_CACHE)
async def check_wave(wave: str, against: list[str]) -> State[None]:
    """Judge a wave's gate as far as planwave can."""
    session = current_session()
    tag_later(f"plan:{session.plan.name}")
    try:
        verdict = await check_gate(session, session.waves[wave], tuple(against))
    except Stopped as stopped:
        return Cancelled(message=str(stopped))
    session.verdicts[wave] = verdict
    if verdict.go:
        return Completed(message="nothing stands against GO")
    return failed("NO-GO", verdict.note[:2000])


async def decide_gate(session: Session, wave: Wave, stands: Mapping[str, Landed]) -> State[None]:
    """Judge a wave's gate, ask a person where the plan says so, and do what the decision means.

    To be called by the wave's own flow, whose page shows the form. A GO is remembered, so that a run that goes on does
    not ask again.
    """
    landings = {track: (landed.landing, landed.reason) for track, landed in stands.items()}
    against = objections(session.plan, wave, session.frontier, landings)
    digest = gate_digest(wave, session.digests)
    if not against and _was_left_out(session, wave):
        verdict = Verdict(go=True, by="nobody, as nothing of the wave was asked for")
    elif not against and await asyncio.to_thread(gate_passed, session.hub, wave, digest):
        verdict = Verdict(go=True, by="an earlier run")
    else:
        try:
            verdict = await _judge(session, wave, against)
        except Stopped as stopped:
            return Cancelled(message=str(stopped))
        if verdict.go:
            record = partial(record_gate, digest=digest, by=verdict.by, note=verdict.note)
            await asyncio.to_thread(record, session.hub, wave)
            session.landed_some.set()
    return await _apply(session, wave, verdict)


def _was_left_out(session: Session, wave: Wave) -> bool:
    """Tell whether the run was asked for nothing of a wave: then its gate is not the run's to judge."""
    ids = {job.id for job in wave.jobs}
    return bool(ids & session.left_out.keys()) and not ids & session.settled


async def _judge(session: Session, wave: Wave, against: tuple[str, ...]) -> Verdict:
    title = wave.gate.question if wave.gate and wave.gate.question else wave.name
    state = await session.engine.task(check_wave, wave.id, list(against), name=f"gate: {title}"[:200])
    if state.is_cancelled():
        raise Stopped(session.stop.reason or "asked to stop")
    broken = Verdict(go=False, by="checks", note=f"the gate could not be judged: {why_ended(state)}")
    verdict = session.verdicts.get(wave.id, broken)
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
    text = await describe_gate(session, wave, verdict, asked)
    session.gates[wave.id] = GateStand("waiting", asked=asked)
    session.asked_some.set()
    session.tell("gate.asked", wave.id, question=title, flow_run=str(here))
    form = GateAnswer.with_initial_data(description=text)
    with session.questions.asking(session.now):
        return await ask_person(session, wave, wave.gate, verdict, form)


async def _apply(session: Session, wave: Wave, verdict: Verdict) -> State[None]:
    policy = wave.gate.no_go if wave.gate else "stop"
    session.gates[wave.id] = verdict.stand
    if not verdict.go and policy == "rollback":
        await _roll_back(session, wave)
    session.tell("gate.decided", wave.id, decision="GO" if verdict.go else "NO-GO", by=verdict.by, note=verdict.note)
    session.frontier.gate_decided(wave.id, session.now(), passed=verdict.go or policy == "continue")
    session.slots.touch()
    if verdict.go:
        return completed("GO", verdict.note or f"decided by {verdict.by}")
    return failed("NO-GO", verdict.note[:2000])


async def _roll_back(session: Session, wave: Wave) -> None:
    """Put the target back to where the wave found it; what had landed is kept in the attic, and lands again later."""
    hub = session.hub
    async with session.target_turn:
        start = await asyncio.to_thread(start_before_landings, hub, wave.id, session.wave_starts[wave.id])
        tip = await asyncio.to_thread(hub.target_tip)
        if tip != start:
            await asyncio.to_thread(hub.rollback_target, start, tip)
        commits = {landed.commit for landed in session.landings.values() if landed.commit}
        gone = await asyncio.to_thread(hub.missing, start, commits)
    for place, landed in session.landings.items():
        if landed.commit in gone:
            session.landings[place] = Landed(Landing.BLOCKED, reason=f"rolled back by the NO-GO of wave {wave.id!r}")


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
        f"{done} of {len(wave.jobs)} job(s) done" + (" and landed" if session.plan.merge.when == "wave" else "")
    ]
    if checks:
        outcome = await run_on_commit(session, checks, session.hub.target_tip(), f"gate-{wave.id}")
        if outcome.failed is not None:
            note = session.shown(str(outcome.failed))
            return Verdict(go=False, by="checks", note=note, evidence=(outcome.failed.reason,))
        evidence += [f"`{' '.join(check.check)}` passed" for check in checks]
    return Verdict(go=True, by="checks", evidence=tuple(evidence))


async def ask_person(session: Session, wave: Wave, gate: Gate, verdict: Verdict, form: type[GateAnswer]) -> Verdict:
    """Pause the caller's flow run with a form until somebody answers, the deadline passes or the run is stopped.

    Must be called by the flow whose page shall show the form. The deadline is kept here: Prefect's own would end
    the run for good.

    Raises:
        Stopped: the run was stopped before there was an answer.
    """
    deadline = asyncio.create_task(_answer_late(session.engine.flow_run, gate))
    try:
        for round_ in range(1, 1000):
            answer = await _ask(session, form, key=f"gate-{wave.id}-{round_}")
            if answer is not None:
                by = "deadline" if deadline.done() else "answer"
                return Verdict(answer.decision == "GO", by, answer.note, verdict.evidence)
        raise Stopped("the gate was resumed 1000 times without an answer")
    finally:
        deadline.cancel()


async def _ask(session: Session, form: type[GateAnswer], *, key: str) -> GateAnswer | None:
    pause = asyncio.ensure_future(
        apause_flow_run(wait_for_input=form, timeout=_PATIENCE_S, poll_interval=_POLL_S, key=key)
    )
    stop = asyncio.ensure_future(session.stop.wait())
    await asyncio.wait({pause, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if session.stop.requested:
        pause.cancel()
        raise Stopped(session.stop.reason or "asked to stop")
    return await pause


async def _answer_late(flow_run: UUID, gate: Gate) -> None:
    await asyncio.sleep(gate.timeout.total_seconds())
    decision = "GO" if gate.on_timeout == "go" else "NO-GO"
    note = f"nobody answered in time; the plan says {decision}"
    async with get_client() as client:
        while True:
            # Neither a server that is away nor a form that is not up yet may cost the deadline.
            with suppress(httpx.HTTPError, PrefectException):
                resumed = await client.resume_flow_run(flow_run, run_input={"decision": decision, "note": note})
                if resumed.status is SetStateStatus.ACCEPT:
                    return
            await asyncio.sleep(_POLL_S)
