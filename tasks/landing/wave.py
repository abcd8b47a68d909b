"""The beginning and the early end of a wave."""

import asyncio
from collections.abc import Iterable

from plans.model import Job, Wave
from plans.schedule.frontier import JobState
from plans.schedule.landing_order import Landing, landing_jobs, landing_tiers, next_landings
from plans.schedule.objections import GateStand, landing_of
from tasks.hub.hub import Hub
from tasks.landing.train import Train
from tasks.ledger.wave_marks import forget_after, mark_wave_start
from tasks.programs.stop import Cause
from tasks.session.facts import GateDecided, Landed, WaveBegan, WaveOpened
from tasks.session.session import Session
from tasks.session.steps import StepState, why_ended


async def open_wave(train: Train, wave: Wave) -> None:
    """Fix the commit that the wave's jobs stand on, and let the cancelling of its own flow run stop the run."""
    session = train.session
    session.note(WaveBegan(wave.id, session.engine.flow_run))
    if wave.fail_fast:
        session.stop.part(wave.id)
    asked = [job.id for job in wave.jobs if job.id not in session.found.left_out]
    unfinished = any(session.frontier.state(job) is not JobState.DONE for job in asked)
    async with train.opening:
        start = await asyncio.to_thread(_settle_start, session, wave, unfinished=unfinished)
        session.note(WaveOpened(wave.id, start))
    session.tell("wave.started", wave.id, jobs=len(wave.jobs), target=start)


def give_up_wave(session: Session, wave: Wave, state: StepState) -> None:
    """Say why a wave got no further whose flow ended before its gate decided: by an error, told in the state."""
    if session.frontier.gate(wave.id) is None and not session.stop.requested:
        session.note(GateDecided(wave.id, GateStand("NO-GO", session.shown(why_ended(state)))))


def end_doomed(session: Session, wave: Wave) -> None:
    """End the running jobs of a wave that fails fast, once one of its jobs has failed."""
    stop = session.stop.of(wave.id)
    if wave.fail_fast and session.frontier.doomed(wave.id) and not stop.requested:
        stop.request(f"a job of wave {wave.id} failed, and the wave fails fast", Cause.FAIL_FAST)


def stand(session: Session, wave: str | None, track: str, jobs: tuple[Job, ...]) -> Landed:
    """Return how a track stands: as its landing left it, else as far as its jobs go."""
    settled = session.record.landings.tracks.get((wave, track))
    if settled is not None:
        return settled
    landing = landing_of(session.plan, jobs, session.frontier)
    return Landed(landing, reason="" if landing in {Landing.WORKING, Landing.READY} else "not all of its jobs are done")


def say_nothing_lands(train: Train) -> bool:
    """Let jobs that wait for a path be skipped when nothing is at work that could still bring it.

    Returns:
        Whether that changed anything: the caller must look again before it waits for a change, which this one was.
    """
    session = train.session
    counts = session.frontier.counts()
    at_work = counts[JobState.RUNNING] or counts[JobState.READY] or train.target_turn.locked()
    if not session.frontier.wanted_paths or at_work or _something_lands(session):
        return False
    session.frontier.nothing_lands(session.now())
    if session.frontier.counts() == counts:
        # Waking others for nothing would have them wake the caller in turn, for ever.
        return False
    session.slots.touch()
    return True


def paths_on_target(hub: Hub, paths: Iterable[str]) -> tuple[str, ...]:
    """Return those of some paths that the target holds."""
    asked = tuple(paths)
    if not asked:
        return ()
    tip = hub.target_tip()
    return tuple(p for p in asked if hub.git.run("cat-file", "-e", f"{tip}:{p}", ok=(0, 1, 128)).code == 0)


def _something_lands(session: Session) -> bool:
    """Return whether a track of any open wave may land, or is landing: those without a barrier land side by side."""
    if session.plan.merge.when != "wave":
        return False
    for wave in session.plan.waves:
        if session.frontier.wave_open(wave.id) and session.frontier.gate(wave.id) is None:
            jobs = landing_jobs(session.plan, wave.id)
            landings = {track: stand(session, wave.id, track, jobs[track]).landing for track in jobs}
            if next_landings(landing_tiers(session.plan, jobs), landings):
                return True
    return False


def _settle_start(session: Session, wave: Wave, *, unfinished: bool) -> str:
    if unfinished:
        forget_after(session.hub, session.plan, wave.id)
    return mark_wave_start(session.hub, wave.id)
