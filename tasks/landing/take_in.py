"""Taking in what the user's base has become since the run started from it: a tested landing of its own."""

import asyncio
import time
from collections.abc import Iterable
from functools import partial

from plans.schedule.frontier import JobState
from tasks.errors import Stopped, TaskError
from tasks.hub.merge_tree import NothingToMerge, merge_commits
from tasks.landing.commit_checks import run_on_commit
from tasks.landing.merge import ChecksFailed
from tasks.landing.train import Train
from tasks.ledger.ledger import land, with_trailers
from tasks.ledger.wave_marks import forget_gates, move_wave_start, wave_start
from tasks.repository.user_repo import Start
from tasks.session.facts import BaseTakenIn
from tasks.session.session import Session
from tasks.session.steps import Kind, Step, StepState, cancelled, completed, failed


async def take_in_base(train: Train) -> None:
    """Merge the base as it is now into the target, if it has moved, before anything new starts.

    Where that conflicts, or its checks fail, the run stays on the base that it has, and says so.
    """
    session = train.session
    moved, keep = session.hub.moved, session.settings.keep_base
    if moved is not None and keep and not _wanted(session):
        session.warn(f"{_has_moved(moved)}; the run stays on the base it has, as `--keep-base` asks")
    for wanted in _wanted(session):
        merging = partial(merge_base, train, wanted)
        state = await session.engine.step(
            Step("merge", f"take in {wanted.name}", merging, tags=[f"plan:{session.plan.name}"])
        )
        if state.kind is not Kind.FAILED:
            break


def _wanted(session: Session) -> Iterable[Start]:
    """Return what is to be taken in: the base as it is now, or else what a target that is built anew had of it."""
    hub, moved = session.hub, session.hub.moved
    if session.settings.keep_base and moved is not None and not hub.contains(hub.target_tip(), moved.commit):
        moved = None
    found = (moved, hub.owed)
    return [start for start in found if start is not None]


async def merge_base(train: Train, moved: Start) -> StepState:
    """Take in the base as it is now; the state says what became of it."""
    session = train.session
    try:
        async with train.target_turn:
            merged = await _take_in(session, moved)
    except Stopped as stopped:
        return cancelled(str(stopped))
    except TaskError as error:
        said = session.said(error)
        session.warn(f"{_has_moved(moved)}, and the run stays on the base it has: {said}")
        return failed(said, word="NotLanded")
    session.note(BaseTakenIn(merged))
    session.tell("base.taken_in", moved.name, commit=moved.commit, merge=merged)
    return completed(f"{moved.name} at {moved.commit[:10]} landed as {merged[:10]}")


async def _take_in(session: Session, moved: Start) -> str:
    """Land the base and let what is not finished stand on it; give the target's new tip."""
    hub = session.hub
    target = await asyncio.to_thread(hub.target_tip)
    try:
        merged = await asyncio.to_thread(_merge, session, target, moved)
    except NothingToMerge:
        # A run was killed between the landing and its record.
        merged = target
    else:
        outcome = await run_on_commit(session, session.plan.merge.checks, merged, "merge-base")
        if outcome.failed is not None:
            raise ChecksFailed(moved.name, str(outcome.failed))
        await asyncio.to_thread(land, hub, merged, target)
    try:
        await asyncio.to_thread(_record, session, moved, merged)
    except TaskError as error:
        # It has landed: the next run finds that, and records it.
        hub.taken, hub.moved, hub.owed = (moved.commit,), None, None
        said = session.said(error)
        session.warn(
            f"{moved.name} was taken in, and not all that follows could be recorded; the next run does: {said}"
        )
    return merged


def _record(session: Session, moved: Start, merged: str) -> None:
    """Record what was taken in, last of all: until then the next run finds that there is something left to do."""
    forget_gates(session.hub)
    _move_starts(session, merged)
    session.hub.note_taken(moved)


def _merge(session: Session, target: str, moved: Start) -> str:
    trailers = {"Plan-Id": session.plan.name, "Plan-Run": session.run, "Plan-Base": moved.commit}
    message = with_trailers(f"Take in {moved.name}", trailers)
    sides = {"ours_name": "the target", "theirs_name": moved.name}
    date = f"{time.time():.0f} +0000"
    return merge_commits(session.hub, target, moved.commit, message, date=date, **sides)


def _move_starts(session: Session, merged: str) -> None:
    """Let the jobs that are still to be done stand on the new base, also those of a wave that has started."""
    for wave in session.plan.waves:
        unfinished = any(session.frontier.state(job.id) is not JobState.DONE for job in wave.jobs)
        if unfinished and wave_start(session.hub, wave.id) is not None:
            move_wave_start(session.hub, wave.id, merged)


def _has_moved(moved: Start) -> str:
    return f"{moved.name} has moved to {moved.commit[:10]} since the run started from it"
