"""One wave: its jobs as tasks, its landings as tasks, and the gate at its end."""

import asyncio
from collections.abc import Mapping
from itertools import count

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled

from flows.landing import land_tracks
from plans.model import Job, Wave
from tasks.gate import decide_gate
from tasks.job import give_up, perform_job, show_cached
from tasks.session import Landed, Session, current_session
from tasks.signals import take_signals
from tasks.wave import end_doomed, open_wave, say_nothing_lands


@flow(name="run-wave", persist_result=False, validate_parameters=False)
async def run_wave(wave: str) -> State[None]:
    """Carry out one wave of the run that calls it: jobs, landings, gate.

    Args:
        wave: the wave's id.
    """
    take_signals()
    session = current_session()
    here = session.waves[wave]
    await open_wave(session, here, session.engine.flow_run)
    async with asyncio.TaskGroup() as group:
        group.create_task(show_cached(session, here))
        landing = group.create_task(land_tracks(session, wave)) if session.plan.merge.when == "wave" else None
        await _carry_out_jobs(session, here, group)
    stands: Mapping[str, Landed] = {} if landing is None else landing.result()
    if session.stop.requested:
        return Cancelled(message=f"stopped: {session.stop.reason}")
    return await decide_gate(session, here, stands)


async def _carry_out_jobs(session: Session, wave: Wave, group: asyncio.TaskGroup) -> None:
    """Start jobs as the Frontier says, until every job of the wave is in a final state."""
    frontier, slots = session.frontier, session.slots
    while not session.stop.requested and not frontier.wave_over(wave.id):
        # Before anything new is begun: a job that is ready must not wait for the workspace of another.
        slots.hand_out()
        for job in slots.next_to_prepare(wave.id):
            frontier.begun(job, session.now())
            group.create_task(_carry_out_job(session, session.plan.jobs[job]))
        end_doomed(session, wave)
        if session.plan.merge.when == "end" and say_nothing_lands(session):
            continue
        await slots.change()
    if session.stop.requested:
        frontier.stop(session.now(), f"stopped: {session.stop.reason}")


async def _carry_out_job(session: Session, job: Job) -> None:
    """Run a job's task, and another one for as long as its agent says that it can do nothing now."""
    edges = [state for need in job.needs if (state := session.states.get(need)) and state.is_completed()]
    state = await perform_job(session, job, 1, edges)
    for round_ in count(2):
        if job.id not in session.postponed:
            break
        session.postponed.discard(job.id)
        state = await perform_job(session, job, round_, edges)
    session.states[job.id] = state
    give_up(session, job, state)
