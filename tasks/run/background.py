"""What goes on beside the jobs while a run lives: looking for a cancel, publishing, reading progress, mending."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial

from plans.text.plural import counted
from tasks.attempt.limits import shared_limits
from tasks.attempt.request import AttemptRunner
from tasks.landing.publishing import Publishing
from tasks.reporting.report import Board
from tasks.run.live import LiveRun
from tasks.run.run import opening_tag, run_tags
from tasks.session.session import Session

PROGRESS_POLL_S = 1.0
MEND_DELAY_S = 0.5
"""The first jobs go first."""
PUBLISH_PACE_S = 5.0
"""The user's repository is brought up to date at most so often while landings follow one another, and at the end."""


@asynccontextmanager
async def kept(live: LiveRun) -> AsyncGenerator[Board]:
    """Keep everything beside the jobs going for the block; at its end all is published and shown a last time."""
    session, engine = live.session, live.session.engine
    await engine.set_limits(shared_limits(session.plan))
    board = Board(session, engine.flow_run)
    keepers = [
        asyncio.create_task(coroutine)
        for coroutine in (
            board.keep(),
            engine.watch(session.record.course.flow_runs, session.stop),
            _keep_published(live.train.publishing),
            _keep_progress(session, live.desk.runner),
        )
    ]
    over = asyncio.Event()
    mending = asyncio.create_task(_mend(session, over))
    for task in (*keepers, mending):
        task.add_done_callback(partial(_say_if_failed, session))
    try:
        yield board
    finally:
        over.set()
        await asyncio.wait({mending})
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)


def _say_if_failed(session: Session, keeper: asyncio.Task[None]) -> None:
    """Log why something beside the jobs ended, which the run itself does not need."""
    error = None if keeper.cancelled() else keeper.exception()
    if error is not None:
        session.engine.log.error("what went on beside the jobs has ended: %r", error, exc_info=error)


async def _keep_published(publishing: Publishing) -> None:
    while True:
        await publishing.news()
        await publishing.publish()
        await asyncio.sleep(PUBLISH_PACE_S)


async def _keep_progress(session: Session, runner: AttemptRunner) -> None:
    """Tell the Frontier how many of its steps each agent at work says it has finished."""
    while True:
        await asyncio.sleep(PROGRESS_POLL_S)
        for job in runner.at_work:
            steps = session.plan.jobs[job].steps
            finished = runner.finished_steps(job) if steps else 0
            if finished:
                session.frontier.progressed(job, session.now(), min(100.0, 100.0 * finished / len(steps)))
                session.slots.touch()


async def _mend(session: Session, over: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), MEND_DELAY_S)
    marks = (run_tags(session.hub), [opening_tag(session.hub.home, session.hub.key, session.plan)])
    if mended := await session.engine.mend(marks):
        session.engine.log.info("mended %s that a killed process left as running", counted(mended, "run"))
