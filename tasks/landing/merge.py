"""Landing: a track's work merged onto the target, tested there, and only then made the target."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from plans.model import Job
from plans.schedule.landing_order import Landing
from tasks.errors import MergeConflict, Stopped, TaskError, details_of
from tasks.hub.merge_tree import NothingToMerge, merge_commits
from tasks.landing.blame import blamed
from tasks.landing.commit_checks import run_on_commit
from tasks.landing.train import Train
from tasks.landing.wave import paths_on_target
from tasks.ledger.ledger import land, land_message
from tasks.session.facts import Landed, StepEnded, TrackSettled
from tasks.session.session import Session
from tasks.session.steps import Kind, Step, StepState, cancelled, completed, failed, why_ended

_LAST_MERGE = "last merge"
"""The step of the last landing, whichever it was: no job has a blank in its id."""


class ChecksFailed(TaskError):
    """The merged tree did not pass its checks: it never landed."""

    def __init__(self, track: str, reason: str) -> None:
        self.track, self.reason = track, reason
        super().__init__(f"track {track!r} merged with the target does not pass: {reason}")


async def merge_track(train: Train, track: str, head: str, wave: str | None) -> StepState:
    """Land one track; its state says what became of it.

    Args:
        train: the run's.
        track: the track's id.
        head: the commit of the last job that lands.
        wave: the wave after which it lands; None: at the end of the plan.
    """
    session = train.session
    async with train.target_turn:
        landed, error = await _try_to_land(session, track, head, wave)
        session.note(TrackSettled(wave, track, landed, told=error is not None))
        _say_landing(session, track, head, landed, error)
        if landed.commit is not None:
            await _look_for_paths(session)
    session.slots.touch()
    match landed.landing:
        case Landing.LANDED:
            return completed(f"landed as {(landed.commit or head)[:10]}")
        case Landing.DROPPED:
            return completed(landed.reason, word="LeftOut")
        case _ if session.stop.requested:
            return cancelled(landed.reason)
        case _:
            session.engine.log.error("%s: %s", track, landed.reason)
            return failed(landed.reason, word="NotLanded")


async def heads_to_land(session: Session, jobs: Sequence[Job]) -> tuple[str, ...]:
    """Return the commits whose landing lands all that is done of some jobs of a track: one, or more where it forked.

    The order in which they were done need not be the plan's: a later job may have been asked for first.
    """
    done = session.record.jobs.done
    commits = [done[job.id].commit for job in jobs if job.id in done]
    if len(commits) < 2:
        return tuple(commits)
    return await asyncio.to_thread(session.hub.heads, commits)


async def perform_merge(train: Train, track: str, head: str, wave: str | None) -> None:
    """Carry out a landing, behind the landing before it and the job whose commit it lands."""
    session = train.session
    steps, landings = session.record.course.steps, session.record.landings.tracks
    last = [job.id for job in session.plan.jobs_on(track) if job.id in steps]
    before = [steps[name] for name in (_LAST_MERGE, *last[-1:]) if name in steps]
    needed = [state for state in before if state.kind is Kind.COMPLETED]
    merging = partial(merge_track, train, track, head, wave)
    tags = [f"plan:{session.plan.name}", f"track:{track}"]
    state = await session.engine.step(Step("merge", f"merge {track}", merging, after=needed, tags=tags))
    session.note(StepEnded(_LAST_MERGE, state))
    if (wave, track) not in landings:
        # An error of planwave's own or of the machine, told in the state; left open, it would be tried again for ever.
        error = session.shown(why_ended(state))
        landed = await _ask_git(session, head, error)
        session.note(TrackSettled(wave, track, landed))
        if landed.commit is not None:
            session.engine.log.warning("%s landed, and then something went wrong: %s", track, error)
            _say_landing(session, track, head, landed, None)
            await _look_for_paths(session)
    session.slots.touch()


async def _ask_git(session: Session, head: str, error: str) -> Landed:
    """Return how a track stands whose landing ended in an error that says nothing of that."""
    hub = session.hub
    with suppress(TaskError, OSError):
        target = await asyncio.to_thread(hub.ref, hub.target_ref)
        if target is not None and await asyncio.to_thread(hub.contains, target, head):
            return Landed(Landing.LANDED, commit=target)
    return Landed(Landing.BLOCKED, reason=error)


async def land_track(session: Session, track: str, head: str, wave: str | None) -> str | None:
    """Merge a commit onto the target, check the result, and move the target to it; nothing untested lands.

    Returns:
        The target's new tip; None: it holds the commit already.

    Raises:
        Stopped: the run was stopped meanwhile.
        TaskError: it does not land.
    """
    try:
        target, merged = await asyncio.to_thread(_merge, session, track, head, wave)
    except NothingToMerge:
        return None
    outcome = await run_on_commit(session, session.plan.merge.checks, merged, f"merge-{track}")
    if outcome.failed is not None:
        raise ChecksFailed(track, str(outcome.failed))
    await asyncio.to_thread(land, session.hub, merged, target)
    return merged


async def _try_to_land(session: Session, track: str, head: str, wave: str | None) -> tuple[Landed, TaskError | None]:
    """Return how a track stands after its landing, and the error that kept it from that."""
    try:
        return Landed(Landing.LANDED, commit=await land_track(session, track, head, wave)), None
    except Stopped as stopped:
        return Landed(Landing.BLOCKED, reason=str(stopped)), None
    except TaskError as error:
        landing = Landing.DROPPED if _may_skip(session, error) else Landing.BLOCKED
        return Landed(landing, reason=session.said(error)), error


def _say_landing(session: Session, track: str, head: str, landed: Landed, error: TaskError | None) -> None:
    if landed.commit is not None:
        session.tell("merge.landed", track, commit=landed.commit, head=head)
    elif error is not None:
        session.tell("merge.failed", track, reason=landed.reason[:2000])
        if details := details_of(error):
            session.engine.log.warning("%s: %s", track, session.shown(details))


async def _look_for_paths(session: Session) -> None:
    """Tell the Frontier which of the paths that jobs wait for the target holds now."""
    wanted = session.frontier.wanted_paths
    try:
        for path in await asyncio.to_thread(paths_on_target, session.hub, wanted) if wanted else ():
            session.frontier.path_landed(path, session.now())
    except (TaskError, OSError) as error:
        session.engine.log.warning("what waits for a path may wait for the next landing: %s", session.said(error))


def _merge(session: Session, track: str, head: str, wave: str | None) -> tuple[str, str]:
    """Return the target as it is, and the commit that it would be moved to."""
    hub = session.hub
    target = hub.target_tip()
    message = land_message(hub, track=track, head=head, wave=wave or "", run=session.run)
    try:
        sides = {"ours_name": "the target", "theirs_name": f"track {track!r}"}
        return target, merge_commits(hub, target, head, message, date=f"{time.time():.0f} +0000", **sides)
    except MergeConflict as conflict:
        raise blamed(hub, target, head, conflict) from None


def _may_skip(session: Session, error: TaskError) -> bool:
    merge = session.plan.merge
    policy = merge.on_conflict if isinstance(error, MergeConflict) else merge.on_failed_check
    return policy == "skip" and isinstance(error, MergeConflict | ChecksFailed)
