"""One run from its beginning to its end: the plan read, the hub opened, and everything in order at the close."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

from plans.deferred import not_acted_on
from plans.model import Plan
from plans.schedule.frontier import Frontier
from plans.transform.again import again_text
from plans.transform.rewrite import changed_jobs, changed_plan
from plans.transform.select import is_rehearsal, left_out, require_agents
from tasks.attempt.voices import mask_for
from tasks.errors import PlanBusy
from tasks.home import Home
from tasks.hub.hub import Hub, hub_key, plan_mark
from tasks.landing.wave import paths_on_target
from tasks.ledger.ledger import read_ledger
from tasks.ledger.settle import Settled, behind_first_again, look, overtaken, rebuild, redo, settle, still_counting
from tasks.ledger.today import Today
from tasks.programs.guardian import guarded_children
from tasks.programs.signals import heeding_requests
from tasks.programs.stop import StopSignal
from tasks.programs.sweep import sweep
from tasks.reporting.recorder import RunRecorder
from tasks.repository.clones import fetch_clone
from tasks.repository.user_repo import find_repository
from tasks.run.live import LiveRun
from tasks.run.opening import open_hub
from tasks.session.facts import RunBegan
from tasks.session.record import Record
from tasks.session.run_log import RunLog
from tasks.session.session import Found, Session
from tasks.session.settings import RunSettings, read_with_digests
from tasks.session.slots import Slots
from tasks.session.source import load_document
from tasks.workspace.rescue import salvage_all
from tasks.workspace.workspaces import Workspaces

THREADS = 24
"""For git: workspaces made ready, commits and merges side by side."""
LET_GO_S, _LOOK_S = 40.0, 0.5
"""A suspended run ends all agents within 15 s, and telling the server takes a few more."""


@asynccontextmanager
async def open_run(settings: RunSettings, engine: RunLog, *, resumed: bool = False) -> AsyncGenerator[LiveRun]:
    """Open a run, as the only one of its plan on its repository.

    What killed runs left is put in order first: their processes are ended and their unsaved work is rescued.

    Args:
        settings: what to run.
        engine: what carries out and shows the steps.
        resumed: it was suspended, and the process that it had then may not have let go of the plan yet.

    Raises:
        PlanError: the plan cannot be read, or must not be run.
        RepositoryUnusable: the repository is missing or in a state that must not be touched.
        PlanBusy: another run of the plan on the repository is alive.
    """
    plan, digests = await asyncio.to_thread(read_with_digests, settings)
    stop = StopSignal()
    # Python's own choice, the processors and four more, is for threads that compute; these wait for git.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="planwave"))
    # Before anything is moved: whoever chose wrongly has lost nothing.
    omitted = left_out(plan, settings.only)
    if settings.fresh:
        require_agents(plan, (job.id for job in plan.jobs.values() if not job.done and job.id not in omitted))
    with ExitStack() as stack:
        stack.enter_context(heeding_requests(stop))
        home = Home.from_environment()
        folder = await asyncio.to_thread(fetch_clone, settings.repo, home)
        repo = await asyncio.to_thread(find_repository, folder)
        await engine.tag(opening_tag(home, hub_key(repo), plan))
        publishes = not is_rehearsal(plan, settings.agent)
        opening = partial(open_hub, repo, plan, home, fresh=settings.fresh, publishes=publishes)
        hub = await _opened(stack, opening, stop, patience_s=LET_GO_S if resumed else 0)
        session = await _begin(settings, engine, hub, digests, stop)
        live = LiveRun.of(session)
        session.record.follow(RunRecorder(session).write)
        session.note(RunBegan(engine.flow_run))
        stack.enter_context(guarded_children(session.mark))
        await _name_flow_run(session, engine.flow_run)
        yield live


async def _opened(
    stack: ExitStack, opening: Callable[[], AbstractContextManager[Hub]], stop: StopSignal, *, patience_s: float
) -> Hub:
    """Enter the hub; where the process that a resumed run had before has not let go of it yet, wait for that."""
    until = time.monotonic() + patience_s
    while True:
        try:
            return await asyncio.to_thread(stack.enter_context, opening())
        except PlanBusy:
            if time.monotonic() > until or stop.requested:
                raise
        await asyncio.sleep(_LOOK_S)


def run_tags(hub: Hub) -> list[str]:
    """Return the tags that mark every run of a plan on a repository, from this home on this machine."""
    return ["planwave", f"plan:{hub.plan.name}", f"hub:{hub.key}", f"home:{hub.home.identity}"]


def opening_tag(home: Home, key: str, plan: Plan) -> str:
    """Return the tag of a run that is not the only one of its plan yet, and perhaps never will be.

    Making the hub may take a while, in which the run may be killed; with the tags that mark a run, one that is refused
    would be taken for the plan's latest.
    """
    return f"opening:{home.identity}/{key}/{plan.name}"


async def _begin(
    settings: RunSettings, engine: RunLog, hub: Hub, digests: Mapping[str, str], stop: StopSignal
) -> Session:
    # The loop's own: what waits for a moment of the run, and what looks at its clock, go by the same.
    clock = asyncio.get_running_loop().time
    began = clock()

    def now() -> float:
        return clock() - began

    folder = hub.home.runs(hub.key, hub.plan.name)
    hub.warnings += await asyncio.to_thread(_clean_up, hub, folder, fresh=settings.fresh)
    omitted = left_out(hub.plan, settings.only)
    settled = await asyncio.to_thread(_settle, settings, hub, digests, omitted)
    plan = _with_own_work(hub.plan, {*settled.done, *settled.replays})
    # To make work anew costs nothing: what was not asked for must not be missing on the target meanwhile.
    unasked = {*settled.today.said_done, *omitted} & settled.replays.keys()
    omitted = {job: why for job, why in omitted.items() if job not in unasked}
    done = {job.id for job in plan.jobs.values() if job.done} | settled.done.keys()
    frontier = Frontier(plan, done=done, left_out=omitted)
    frontier.start(0.0)
    number = await asyncio.to_thread(_next_try, folder)
    for path in await asyncio.to_thread(paths_on_target, hub, frontier.wanted_paths):
        frontier.path_landed(path, 0.0)
    warnings = [*hub.warnings, *not_acted_on(plan), *_again(settings, plan, settled, omitted)]
    return Session(
        plan=plan,
        settings=settings,
        engine=engine,
        hub=hub,
        run=f"{plan.name}-{number}",
        folder=folder,
        found=Found(
            before=settled,
            cached=frozenset(done),
            replays=settled.replays,
            unasked=frozenset(unasked),
            left_out=omitted,
            needs={job.id: job.needs for job in load_document(settings.plan).plan.jobs.values()},
        ),
        stop=stop,
        slots=Slots(plan, frontier, stop, now),
        workspaces=Workspaces(hub),
        mask=mask_for(plan, os.environ),
        record=Record(now, done=settled.done, warnings=warnings),
    )


def _with_own_work(plan: Plan, jobs: Collection[str]) -> Plan:
    """Return the plan where no job counts as done elsewhere whose work is on the plan's branches: that is to land."""
    if not any(plan.jobs[job].done for job in jobs):
        return plan
    return changed_plan(plan, waves=changed_jobs(plan, lambda job: {"done": job.done and job.id not in jobs}))


def _settle(settings: RunSettings, hub: Hub, digests: Mapping[str, str], omitted: Collection[str]) -> Settled:
    said_done = frozenset(job.id for job in hub.plan.jobs.values() if job.done)
    today = Today(digests, said_done)
    if settings.fresh:
        hub.fresh()
    else:
        found = look(hub, still_counting(hub, today), read_ledger(hub))
        kept = {*found.done, *found.replays} - overtaken(hub.plan, found)
        if settings.redo_later_waves:
            kept -= behind_first_again(hub.plan, found)
        kept |= {*said_done, *omitted}
        require_agents(hub.plan, (job for job in hub.plan.jobs if job not in kept))
    settled = settle(hub, today)
    settled = redo(hub, settled, overtaken(hub.plan, settled))
    if settings.rebuild_target:
        settled = rebuild(hub, settled)
    asked = settings.redo_later_waves
    return redo(hub, settled, behind_first_again(hub.plan, settled)) if asked else settled


def _again(settings: RunSettings, plan: Plan, settled: Settled, omitted: Mapping[str, str]) -> list[str]:
    again = [job for job in settled.again if job not in omitted]
    done = {*settled.done, *settled.replays}
    asked = settings.redo_later_waves
    return [again_text(plan, again, done, late=settled.late, later_waves=asked)] if again else []


def _clean_up(hub: Hub, folder: Path, *, fresh: bool) -> list[str]:
    """End what a killed run left at work, and keep what it had not saved; say what was kept."""
    sweep(plan_mark(hub))
    saved = salvage_all(hub)
    if fresh and (folder / "jobs").is_dir():
        (folder / "jobs").rename(folder / f"jobs-before-{time.time_ns()}")
    return saved


def _next_try(folder: Path) -> int:
    tries = folder / "tries"
    tries.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(entry.name) for entry in tries.iterdir() if entry.name.isdigit()), default=0)
    (tries / str(number)).mkdir()
    return number


async def _name_flow_run(session: Session, flow_run: UUID) -> None:
    await session.engine.tag(*run_tags(session.hub), name=session.run)
    cached = session.found.cached
    waiting = [job for job in session.plan.jobs if job not in cached]
    session.tell("run.started", session.run, flow_run=str(flow_run), jobs=len(waiting), cached=len(cached))
    for warning in session.record.course.warnings:
        # Before anything is done: whoever wants it otherwise can stop the run.
        session.tell("run.warned", session.run, warning=warning)
