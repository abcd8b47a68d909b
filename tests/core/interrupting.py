"""Something done at one step of a run: a moment of its event loop, a git command, or an effect on disk or processes."""

import asyncio
import errno
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import NoReturn, TypeVarTuple

import pytest

from tasks.errors import CommandFailed
from tasks.git.client import Git

_Ts = TypeVarTuple("_Ts")

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
EFFECTS = frozenset({"os.mkdir", "os.rename", "os.remove", "os.link", "os.symlink", "os.truncate", "shutil.copyfile"})
PROGRAMS = frozenset({"subprocess.Popen", "os.posix_spawn", "os.fork_exec"})


@dataclass
class Steps:
    """Counts the steps of a run, from any thread, and does something at one of them.

    Attributes:
        at: at which one, from 1; 0: at none.
        act: what is done there.
        seen: how many there were.
        acted: what the step was, once that is done.
    """

    at: int = 0
    act: Callable[[], object] = lambda: None
    seen: int = 0
    acted: str | None = None
    _lock: Lock = field(default_factory=Lock)

    def step(self, what: str) -> None:
        """Take note of one more."""
        with self._lock:
            self.seen += 1
            if self.seen != self.at:
                return
            self.acted = what
        self.act()


class SteppedLoop(asyncio.SelectorEventLoop):
    """An event loop whose steps are counted: each time that anything goes on after it waited is one."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps = steps

    def call_soon(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Count, and call."""
        self._steps.step("the loop goes on")
        return super().call_soon(callback, *args, context=context)


@contextmanager
def git_commands(steps: Steps) -> Generator[None]:
    """Count the git commands that are begun in the block."""

    def counted(command: Callable[..., object]) -> Callable[..., object]:
        def call(git: Git, *args: str, **options: object) -> object:
            steps.step(" ".join(args[:2]))
            return command(git, *args, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        # Seen from the run nothing is different: every command is carried out as it is.
        patch.setattr(Git, "run", counted(Git.run))
        patch.setattr(Git, "ask", counted(Git.ask))
        yield


_watched: list[tuple[Path, Steps]] = []


@contextmanager
def effects(folder: Path, steps: Steps) -> Generator[None]:
    """Count what the interpreter itself is about to change below a folder in the block, and the programs it starts."""
    _install()
    _watched.append((folder, steps))
    try:
        yield
    finally:
        _watched.clear()


def fail_git() -> NoReturn:
    """Fail as git does on a machine that gives out."""
    raise CommandFailed(["git", "of the test"], 128, "fatal: unable to write new index file")


def fail_disk() -> NoReturn:
    """Fail as the system does when the disk is full."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _install(done: list[bool] = []) -> None:  # noqa: B006 - kept from call to call: a hook can't be taken away again
    if not done:
        sys.addaudithook(_audit)
        done.append(True)


def _audit(event: str, args: tuple[object, ...]) -> None:
    for folder, steps in _watched:
        if event in PROGRAMS or (_is_effect(event, args) and _is_below(folder, args)):
            steps.step(f"{event} {args[0]}")


def _is_effect(event: str, args: tuple[object, ...]) -> bool:
    return event in EFFECTS or (event == "open" and isinstance(args[2], int) and bool(args[2] & WRITES))


def _is_below(folder: Path, args: tuple[object, ...]) -> bool:
    return any(isinstance(arg, str | Path) and str(arg).startswith(str(folder)) for arg in args[:2])
