"""Runs that are killed at a step of any sort, start after start, each in a process of its own; judged at the end.

The seed of a trial decides where its kills fall. What is judged: the run that nothing happens to any more completes the
plan and comes to what an undisturbed one comes to; no job begins again whose work git held after a kill; the hub is
whole; and no process of the plan is left.
"""

import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Literal, get_args

import psutil

from plans.read import read_plan
from tasks.direct import DirectEngine
from tasks.home import Home
from tasks.ledger.standing import peek
from tasks.session.steps import Kind
from tests.core.interrupting import SteppedLoop, Steps, effects, git_commands
from tests.core.runs import Site
from tests.flows.plans import PlanDict, job, passing, plan, wave
from tests.repositories import run_git

Sort = Literal["loop", "git", "effect"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MOST = 4
"""Kills of one plan."""
_LIMIT_S = 180.0
_NOTES = "begun"


@dataclass
class Tally:
    """What came of some trials."""

    kills: Counter[str] = field(default_factory=Counter[str])
    """By what the run was about to do: a step of its loop, a git command, or an effect on disk or processes."""
    plans: int = 0
    wrong: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        """Say it in a line."""
        sorts = ", ".join(f"{self.kills[sort]} at a step of the {sort}" for sort in SORTS)
        return f"{self.kills.total()} kills ({sorts}) of {self.plans} plans: {len(self.wrong)} wrong"

    def __add__(self, other: "Tally") -> "Tally":
        """Return the sum of this and another."""
        return Tally(self.kills + other.kills, self.plans + other.plans, [*self.wrong, *other.wrong])


@dataclass(frozen=True)
class Undisturbed:
    """What the plan comes to when nothing happens, and in how many steps of each sort."""

    pristine: Site
    files: Mapping[str, str]
    steps: Mapping[Sort, int]


def small_plan(site: Site) -> PlanDict:
    """Return a plan whose jobs note outside of the repository that they have begun."""

    def noting(name: str, script: str, **fields: object) -> PlanDict:
        return job(name, f"echo {name} >> {site.folder / _NOTES}; {script}", **fields)

    return plan(
        "small",
        wave(
            "one",
            noting("a", "echo a > a.txt"),
            noting("b", "echo b > b.txt", needs=["a"], track="t"),
            noting("c", "echo c > c.txt", track="t"),
            gate={"checks": [passing("true")]},
        ),
        wave("two", noting("d", "cat b.txt c.txt > d.txt")),
        merge={"checks": [passing("test", "-e", "README.md")]},
    )


def undisturbed(folder: Path) -> Undisturbed:
    """Carry out the plan once with nothing in its way."""
    pristine = Site(folder / "pristine").made()
    site, steps = pristine.copied(folder / "undisturbed"), {sort: Steps() for sort in SORTS}
    with git_commands(steps["git"]), effects(site.folder, steps["effect"]):
        state = site.run(small_plan(site), loop=lambda: SteppedLoop(steps["loop"]))
    assert state.kind is Kind.COMPLETED, state.message
    counted: dict[Sort, int] = {sort: steps[sort].seen for sort in SORTS}
    return Undisturbed(pristine, site.files("small"), counted)


def try_kills(seed: int, clean: Undisturbed, folder: Path) -> Tally:
    """Kill a plan's runs, start after start, until one comes to its end or is left to; judge what comes of it."""
    draw, site, tally = random.Random(seed), clean.pristine.copied(folder), Tally(plans=1)
    done: set[str] = set()
    begun: Counter[str] = Counter()
    try:
        while tally.kills.total() < MOST:
            sort = draw.choice(SORTS)
            if not _killed(site, sort, 1 + int(draw.random() * clean.steps[sort])):
                break
            tally.kills[sort] += 1
            _hold(not _again(site, begun, done), "work was done twice", _again(site, begun, done))
            done, begun = _done(site), _begun(site)
        _judge(site, clean)
        _hold(not _again(site, begun, done), "work was done twice", _again(site, begun, done))
    except Exception as error:  # noqa: BLE001 - told, and the next one is tried
        tally.wrong.append(f"seed {seed}, after {dict(tally.kills)}: {type(error).__name__}: {error}")
    return tally


def _judge(site: Site, clean: Undisturbed) -> None:
    state = site.run(small_plan(site), DirectEngine())
    _hold(state.kind is Kind.COMPLETED, "the next run", state.message)
    files = site.files("small")
    _hold(files == clean.files, "the target", sorted(files.items() ^ clean.files.items()))
    [hub] = site.home.glob("hubs/*.git")
    run_git(hub, "fsck", "--connectivity-only", "--no-dangling")
    left = _left(site)
    _, alive = psutil.wait_procs(left, timeout=10)
    _hold(not alive, "processes are left", [process.pid for process in alive])


def _hold(holds: bool, what: str, *said: object) -> None:
    if not holds:
        raise AssertionError(f"{what}: {said}")


def _done(site: Site) -> set[str]:
    """Return the jobs whose work git holds."""
    text = site.settings(small_plan(site)).plan
    standing = peek(site.repo, read_plan(text, "small").plan, Home(site.home))
    return {name for name, one in standing.jobs.items() if one.state == "done"}


def _begun(site: Site) -> Counter[str]:
    notes = site.folder / _NOTES
    return Counter(notes.read_text().split()) if notes.exists() else Counter()


def _again(site: Site, before: Counter[str], done: set[str]) -> set[str]:
    now = _begun(site)
    return {name for name in done if now[name] != before[name]}


def _left(site: Site) -> list[psutil.Process]:
    """Return the processes that name the site's folder in what they were started with."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and any(str(site.folder) in each for each in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


@cache
def _processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "git"])
    return context


def _killed(site: Site, sort: Sort, step: int) -> bool:
    """Carry out a run that is killed at a step; tell whether it was, or came to its end before."""
    child = _processes().Process(target=_run_until, args=(site, sort, step))
    child.start()
    child.join(_LIMIT_S)
    if child.is_alive():
        child.kill()
        raise AssertionError(f"a run has not ended after {_LIMIT_S:.0f} s")
    _hold(child.exitcode in {0, -signal.SIGKILL}, "a run's process exited with status", child.exitcode)
    return child.exitcode != 0


def _run_until(site: Site, sort: Sort, step: int) -> None:
    """Be the run, and die at a step."""
    steps = Steps(step, lambda: os.kill(os.getpid(), signal.SIGKILL))
    with ExitStack() as stack:
        if sort == "git":
            stack.enter_context(git_commands(steps))
        if sort == "effect":
            stack.enter_context(effects(site.folder, steps))
        site.run(small_plan(site), loop=(lambda: SteppedLoop(steps)) if sort == "loop" else None)
    os._exit(0)
