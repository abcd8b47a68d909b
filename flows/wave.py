"""One wave: its jobs as tasks, its landings as tasks, and the gate at its end."""

import asyncio
from collections.abc import Mapping
from itertools import count

from flows.landing import land_tracks
from plans.model import Job, Wave
from tasks.attempt.desk import Desk
from tasks.attempt.job import end_job, perform_job, show_cached
from tasks.gates.gate import decide_gate
from tasks.landing.wave import end_doomed, open_wave, say_nothing_lands
from tasks.run.live import LiveRun
from tasks.session.facts import Landed
from tasks.session.steps import Kind, StepState, cancelled


async def carry_out_wave(live: LiveRun, wave: Wave) -> StepState:
    """Carry out one wave of a run: jobs, landings, gate."""
    session, train = live.session, live.train
    await open_wave(train, wave)
    async with asyncio.TaskGroup() as group:
        group.create_task(show_cached(live.desk, wave))
        landing = group.create_task(land_tracks(train, wave.id)) if session.plan.merge.when == "wave" else None
        await _carry_out_jobs(live, wave, group)
    stands: Mapping[str, Landed] = {} if landing is None else landing.result()
    if session.stop.requested:
        return cancelled(f"stopped: {session.stop.reason}")
    return await decide_gate(train, wave, stands)


async def _carry_out_jobs(live: LiveRun, wave: Wave, group: asyncio.TaskGroup) -> None:
    """Start jobs as the Frontier says, until every job of the wave is in a final state."""
    session, frontier, slots = live.session, live.session.frontier, live.session.slots
    while not session.stop.requested and not frontier.wave_over(wave.id):
        # Before anything new is begun: a job that is ready must not wait for the workspace of another.
        slots.hand_out()
        for job in slots.next_to_prepare(wave.id):
            frontier.begun(job, session.now())
            group.create_task(_carry_out_job(live.desk, session.plan.jobs[job]))
        end_doomed(session, wave)
        if session.plan.merge.when == "end" and say_nothing_lands(live.train):
            continue
        await slots.change()
    if session.stop.requested:
        frontier.stop(session.now(), f"stopped: {session.stop.reason}")


async def _carry_out_job(desk: Desk, job: Job) -> None:
    """Run a job's task, and another one for as long as its agent says that it can do nothing now."""
    record = desk.session.record
    steps = record.course.steps
    edges = [state for need in job.needs if (state := steps.get(need)) and state.kind is Kind.COMPLETED]
    state = await perform_job(desk, job, 1, edges)
    for round_ in count(2):
        if job.id not in record.jobs.postponed:
            break
        state = await perform_job(desk, job, round_, edges)
    end_job(desk.session, job, state)
