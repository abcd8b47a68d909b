"""A program that is to be started, and its start."""

import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path
from typing import IO

from tasks.errors import TaskError
from tasks.programs import minder
from tasks.programs.environment import MARK
from tasks.programs.minder import packed

StopLadder = tuple[tuple[signal.Signals, float], ...]
TERM_THEN_KILL: StopLadder = ((signal.SIGTERM, 5.0),)
_OF_THE_MACHINE = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT}
"""Errors that say nothing of the program: out of processes, memory, files or disk."""


class ProgramMissing(TaskError):
    """A program that cannot be started: not there, not executable, or made for another machine.

    Attributes:
        program: its name, as it was to be started.
        why: what the system said.
    """

    def __init__(self, program: str, why: str) -> None:
        self.program, self.why = program, why
        super().__init__(f"cannot start {program!r}: {why}")


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A program that is to run."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    """Its whole environment, made by `tasks.programs.environment.child_environment`, which puts the mark in it."""
    stdin: bytes | None = None
    """What it reads; None: nothing (`/dev/null`)."""
    stop_ladder: StopLadder = TERM_THEN_KILL
    """How it is ended early: signals to its group, each with the seconds it has to obey; then SIGKILL."""

    @property
    def mark(self) -> str:
        """The mark by which its survivors are found."""
        return self.env[MARK]


@dataclass(frozen=True)
class Started:
    """A program on its way, below its minder.

    The caller reaps the minder, and closes the pipe and the socket.
    """

    minder: "subprocess.Popen[bytes]"
    pipe: int
    """Our end of the pipe that the program writes to."""
    control: socket.socket
    """Our end of the socket of `tasks.programs.minder`."""


def start(launch: Launch, mark: str) -> Started:
    """Start a program in a session of its own, below a minder that ends all that it starts.

    Blocks until the minder is loaded, a millisecond or so; whether the program could be started it says itself.

    Args:
        launch: the program.
        mark: its mark, in place of the launch's.

    Raises:
        ProgramMissing: it cannot be started.
        OSError: the machine is out of processes, memory, files or disk.
    """
    env = {**launch.env, MARK: mark}
    with ExitStack() as ours:
        pipe, theirs = os.pipe()
        ours.callback(os.close, pipe)
        with os.fdopen(theirs, "wb") as output:
            os.set_blocking(pipe, False)
            control, below = socket.socketpair()
            ours.callback(control.close)
            with below:
                try:
                    minder = _start_minder(launch, env, output, below.fileno())
                except (OSError, ValueError) as error:
                    raise reason_not_started(launch, error) from error
        ours.pop_all()
    return Started(minder, pipe, control)


def _start_minder(launch: Launch, env: Mapping[str, str], output: IO[bytes], control: int) -> "subprocess.Popen[bytes]":
    with _stdin_file(launch.stdin) as stdin, _stdin_file(packed(launch.argv, env)) as what:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", _minder_file(), str(what.fileno()), str(control)],
            cwd=launch.cwd,
            env=env,
            stdin=stdin,
            stdout=output,
            stderr=output,
            pass_fds=(what.fileno(), control),
            start_new_session=True,
        )


def _minder_file() -> str:
    """Return the minder as it was compiled when it was imported here, which spares that at each start."""
    compiled = cache_from_source(minder.__file__)
    return compiled if Path(compiled).is_file() else minder.__file__


def _stdin_file(content: bytes | None) -> IO[bytes]:
    """Return what a program reads as a file: whether and when it reads, nothing waits for it."""
    if content is None:
        return Path(os.devnull).open("rb")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the caller
    try:
        file.write(content)
        file.seek(0)
    except BaseException:  # the disk is full, say
        file.close()
        raise
    return file


def reason_not_started(launch: Launch, error: OSError | ValueError) -> OSError | ProgramMissing:
    """Return the error to raise for one that stood against the start of a program."""
    program = launch.argv[0]
    if isinstance(error, ValueError):
        return ProgramMissing(program, str(error))
    if error.errno in _OF_THE_MACHINE:
        return error
    if str(error.filename) == str(launch.cwd):
        return ProgramMissing(program, f"its folder {launch.cwd} is not there")
    if isinstance(error, FileNotFoundError):
        there = "/" in program and (launch.cwd / program).exists()
        return ProgramMissing(program, "the interpreter of its first line is missing" if there else "not found")
    return ProgramMissing(program, error.strerror or str(error))
