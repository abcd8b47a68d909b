"""Landing: a track's work merged onto the target, tested there, and only then made the target."""

import asyncio
import time
from collections.abc import Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed

from plans.model import Job
from plans.train import Landing
from tasks.awaiting import tag_later, why_ended
from tasks.blame import blamed
from tasks.commit_checks import run_on_commit
from tasks.errors import MergeConflict, Stopped, TaskError, details_of
from tasks.ledger import land, land_message
from tasks.merge_tree import NothingToMerge, merge_commits
from tasks.session import Landed, Session, current_session
from tasks.states import completed, failed
from tasks.wave import paths_on_target


class ChecksFailed(TaskError):
    """The merged tree did not pass its checks: it never landed."""

    def __init__(self, track: str, reason: str) -> None:
        self.track, self.reason = track, reason
        super().__init__(f"track {track!r} merged with the target does not pass: {reason}")


@task(name="merge", task_run_name="merge {track}", persist_result=False, cache_policy=NO_CACHE)
async def merge_track(track: str, head: str, wave: str | None) -> State[None]:
    """Land one track; its state says what became of it.

    Args:
        track: the track's id.
        head: the commit of the last job that lands.
        wave: the wave after which it lands; None: at the end of the plan.
    """
    session = current_session()
    tag_later(f"plan:{session.plan.name}", f"track:{track}")
    async with session.target_turn:
        landed = session.landings[wave, track] = await land_track(session, track, head, wave)
    session.slots.touch()
    match landed.landing:
        case Landing.LANDED:
            return Completed(message=f"landed as {(landed.commit or head)[:10]}")
        case Landing.DROPPED:
            return completed("LeftOut", landed.reason)
        case _ if session.stop.requested:
            return Cancelled(message=landed.reason)
        case _:
            session.engine.log.error("%s: %s", track, landed.reason)
            return failed("NotLanded", landed.reason)


async def heads_to_land(session: Session, jobs: Sequence[Job]) -> tuple[str, ...]:
    """Give the commits whose landing lands all that is done of some jobs of a track: one, or more where it forked.

    The order in which they were done need not be the plan's: a later job may have been asked for first.
    """
    commits = [session.records[job.id].commit for job in jobs if job.id in session.records]
    if len(commits) < 2:
        return tuple(commits)
    return await asyncio.to_thread(session.hub.heads, commits)


async def perform_merge(session: Session, track: str, head: str, wave: str | None) -> None:
    """Run a landing's task as Prefect shows it, behind the landing before it and the job whose commit it lands."""
    last = [job.id for job in session.plan.jobs_on(track) if job.id in session.states]
    before = [session.states[name] for name in ("last merge", *last[-1:]) if name in session.states]
    needed = [state for state in before if state.is_completed()]
    state = session.states["last merge"] = await session.engine.task(merge_track, track, head, wave, after=needed)
    # An error of planwave's own or of the machine, told in the state; left open, it would be tried again for ever.
    broken = Landed(Landing.BLOCKED, reason=session.shown(why_ended(state)))
    session.landings.setdefault((wave, track), broken)
    session.slots.touch()


async def land_track(session: Session, track: str, head: str, wave: str | None) -> Landed:
    """Merge a commit onto the target, check the result, and move the target to it; nothing untested lands."""
    hub = session.hub
    try:
        target, merged = await asyncio.to_thread(_merge, session, track, head, wave)
        outcome = await run_on_commit(session, session.plan.merge.checks, merged, f"merge-{track}")
        if outcome.failed is not None:
            raise ChecksFailed(track, str(outcome.failed))
        await asyncio.to_thread(land, hub, merged, target)
    except NothingToMerge:
        return Landed(Landing.LANDED)
    except Stopped as stopped:
        return Landed(Landing.BLOCKED, reason=str(stopped))
    except TaskError as error:
        landing = Landing.DROPPED if _may_skip(session, error) else Landing.BLOCKED
        said = session.said(error)
        session.tell("merge.failed", track, reason=said[:2000])
        if details := details_of(error):
            session.engine.log.warning("%s: %s", track, session.shown(details))
        return Landed(landing, reason=said)
    session.tell("merge.landed", track, commit=merged, head=head)
    session.landed_some.set()
    wanted = session.frontier.wanted_paths
    for path in await asyncio.to_thread(paths_on_target, hub, wanted) if wanted else ():
        session.frontier.path_landed(path, session.now())
    return Landed(Landing.LANDED, commit=merged)


def _merge(session: Session, track: str, head: str, wave: str | None) -> tuple[str, str]:
    """Give the target as it is, and the commit that it would be moved to."""
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
