"""Runs that are killed: each in a process of its own, which a real signal ends, whatever it is about to do.

A run that is merely abandoned in its process would still run what stands in its `finally` blocks, give back its locks
and let its programs go on: a killed one does none of that. Processes are forked from one that has imported everything,
so that a run starts as fast as in this process.
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from threading import Lock

from plans.errors import PlanError
from tasks.errors import TaskError
from tasks.git.client import Git
from tasks.session.settings import RunSettings
from tests.flows.histories import run_directly
from tests.histories.drafts import PlanDict
from tests.histories.site import Choices, Ended, Site, settings_of
from tests.histories.steps import Kill

_LIMIT_S = 120.0


@dataclass(frozen=True)
class _Order:
    """What a child is to do."""

    settings: RunSettings
    home: Path
    step: int
    delay_ms: int


def run_and_kill(site: Site, plan: PlanDict, choices: Choices, kill: Kill) -> Ended:
    """Carry out a run in a process that is killed: at a git command of it, or by a job, while that is at work."""
    during = site.outside / f"kill-{kill.during}"
    step = 0 if kill.during is not None else kill.step
    order = _Order(settings_of(site, plan, choices), site.home, step, kill.delay_ms)
    child = _processes().Process(target=_carry_out, args=(order,))
    child.start()
    if kill.during is not None:
        # Long before a job is at work; its own parent is not the run, but what minds it.
        during.write_text(str(child.pid))
    child.join(_LIMIT_S)
    if child.is_alive():
        child.kill()
        raise AssertionError(f"a run has not ended after {_LIMIT_S:.0f} s")
    during.unlink(missing_ok=True)
    killed = child.exitcode in {-signal.SIGKILL, -signal.SIGALRM}
    assert killed or child.exitcode in {0, 1}, f"the run's process exited with status {child.exitcode}"
    return Ended("Killed" if killed else "Ended")


@cache
def _processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "git"])
    return context


def _carry_out(order: _Order) -> None:
    """Be the run; the exit status is 1 where it was refused."""
    os.environ["PLANWAVE_HOME"] = str(order.home)
    if order.step:
        _die_at(order.step, order.delay_ms)
    try:
        asyncio.run(run_directly(order.settings))
    except (PlanError, TaskError):
        os._exit(1)


def _die_at(step: int, delay_ms: int) -> None:
    """Let this process be killed at a git command: before it begins, or a little after that."""
    left, lock = [step], Lock()

    def counted(command: Callable[..., object]) -> Callable[..., object]:
        def call(git: Git, *args: str, **options: object) -> object:
            with lock:
                left[0] -= 1
                if left[0] == 0:
                    _die(delay_ms)
            return command(git, *args, **options)

        return call

    # Seen from the run nothing is different: every command is carried out as it is.
    setattr(Git, "run", counted(Git.run))  # noqa: B010
    setattr(Git, "ask", counted(Git.ask))  # noqa: B010


def _die(delay_ms: int) -> None:
    if delay_ms:
        # Nobody handles the alarm, so it ends the process as SIGKILL does, and needs no thread to wait for it.
        signal.setitimer(signal.ITIMER_REAL, delay_ms / 1000)
    else:
        os.kill(os.getpid(), signal.SIGKILL)
