"""Runs programs: the one way in which planwave starts agents and checks, and the one place that ends them."""

import asyncio
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tasks.programs.launch import Launch, ProgramMissing, StopLadder, reason_not_started, start
from tasks.programs.output import Output
from tasks.programs.stop import StopSignal
from tasks.programs.sweep import standing, sweep

__all__ = ["EndedBy", "Exit", "Launch", "ProgramMissing", "StopLadder", "run_program"]

EndedBy = Literal["exit", "timeout", "stall", "stop"]

_log = logging.getLogger(__name__)

_KILL_GRACE_S = 5.0
_SWEEP_LIMIT_S = 12.0
_PIPE_GRACE_S = 0.5
_CHUNK_BYTES = 2**18


@dataclass(frozen=True, kw_only=True)
class Exit:
    """How a program ended, and what it said."""

    code: int
    """Its exit status; negative: the signal that ended it."""
    ended_by: EndedBy
    """`exit`: by itself; else what made planwave end it."""
    duration_s: float
    tail: str = ""
    """The last 4 KiB of its output."""
    output_bytes: int = 0
    survivors: int = 0
    """Processes that it left behind, and that were ended too."""


async def run_program(  # noqa: PLR0913 - by keyword, and each a thing of its own
    launch: Launch,
    *,
    log: Path,
    timeout_s: float,
    stall_timeout_s: float | None = None,
    stop: StopSignal | None = None,
    on_line: Callable[[str], None] | None = None,
    on_left: Callable[[], None] | None = None,
) -> Exit:
    """Run a program to its end, with all that it starts.

    When this returns or raises, nothing of the program is left: its minder ends all that was started
    below it, and what fled from that too is swept by the mark. Output and errors are appended to `log` as one stream
    (the first and last 8 MiB of it). Cancelling the task kills everything at once, without awaiting anything: a
    cancelled scope of anyio would cut that short.

    Args:
        launch: the program.
        log: where its output goes.
        timeout_s: the longest it may run.
        stall_timeout_s: the longest it may go without output.
        stop: ends it when requested; requested before the start, nothing is started.
        on_line: is told lines of the output, not all of them in a flood; runs on the loop and must not raise.
        on_left: is called, however this ends, where it is not certain that nothing of the program is alive.

    Raises:
        ProgramMissing: it cannot be started.
        OSError: the log cannot be opened, or the machine is out of processes, memory, files or disk.
    """
    if stop is not None and stop.requested:
        return Exit(code=-signal.SIGTERM, ended_by="stop", duration_s=0.0)
    child = _Child(launch, Output(log, on_line))
    try:
        ended_by = await child.watch(timeout_s, stall_timeout_s, stop)
        if ended_by != "exit":
            await child.end(launch.stop_ladder)
        await child.settle()
    except BaseException:
        child.destroy()
        raise
    finally:
        if on_left is not None and not child.all_ended:
            on_left()
    return child.exit(ended_by)


class _Child:
    """A running program. A thread of its own hears its minder and sweeps, so that neither waits for the loop.

    Its mark is one below the launch's, and its own: programs started under the same mark do not sweep each other.

    Attributes:
        all_ended: whether it is certain that nothing of it is alive.
    """

    def __init__(self, launch: Launch, output: Output) -> None:
        self._loop = asyncio.get_running_loop()
        self._launch, self._output = launch, output
        self._mark = f"{launch.mark}/{secrets.token_hex(4)}"
        self._started_at = self._heard_at = time.monotonic()
        self._ended_at: float | None = None
        self._survivors = 0
        self._pid: int | None = None
        self._code: int | None = None
        self._failure: OSError | None = None
        self.all_ended = False
        self._controls = threading.Lock()
        self._exited: asyncio.Future[None] = self._loop.create_future()
        self._swept: asyncio.Future[None] = self._loop.create_future()
        self._silent: asyncio.Future[None] = self._loop.create_future()
        try:
            self._known = standing()
            started = start(launch, self._mark)
        except BaseException:
            output.close()
            raise
        self._minder, self._pipe, self._control = started.minder, started.pipe, started.control
        self._loop.add_reader(self._pipe, self._hear)
        self._reaper = threading.Thread(target=self._reap, name=f"reaper-{self._minder.pid}", daemon=True)
        try:
            self._reaper.start()
        except BaseException:  # out of threads, say: nobody else would reap it
            self._control.close()  # which ends the program too
            self._minder.wait()
            self._deafen()
            output.close()
            raise

    async def watch(self, timeout_s: float, stall_timeout_s: float | None, stop: StopSignal | None) -> EndedBy:
        """Wait until it ends, or until it must be ended."""
        stopping = asyncio.ensure_future(stop.wait()) if stop else None
        awaited = {self._exited, stopping} if stopping else {self._exited}
        try:
            while True:
                left_s = self._started_at + timeout_s - time.monotonic()
                quiet_s = self._heard_at + (stall_timeout_s or timeout_s) - time.monotonic()
                await asyncio.wait(awaited, timeout=max(0, min(left_s, quiet_s)), return_when=asyncio.FIRST_COMPLETED)
                if self._ended_at is not None:
                    return "exit"
                if stopping and stopping.done():
                    return "stop"
                if time.monotonic() >= self._started_at + timeout_s:
                    return "timeout"
                if stall_timeout_s and time.monotonic() >= self._heard_at + stall_timeout_s:
                    return "stall"
        finally:
            if stopping:
                stopping.cancel()

    async def end(self, ladder: StopLadder) -> None:
        """Signal its group until it ends; a minder that does not pass that on, since it was stopped, ends too."""
        for number, grace_s in (*ladder, (signal.SIGKILL, _KILL_GRACE_S)):
            self._signal(number)
            await asyncio.wait({self._exited}, timeout=grace_s)
            if self._exited.done():
                return
        self._minder.kill()

    async def settle(self) -> None:
        """Wait until what it left is swept, and take the rest of its output.

        A process that dropped the mark and left the group may hold the pipe open for ever: it is given up.
        """
        await asyncio.wait({self._swept}, timeout=_SWEEP_LIMIT_S)
        await asyncio.wait({self._silent}, timeout=_PIPE_GRACE_S)
        self._deafen()
        if self._output.slow_to_close:
            await asyncio.to_thread(self._output.close)
        self._output.close()

    def destroy(self) -> None:
        """Kill it and what it left, at once: blocks the loop for some milliseconds, seconds at worst."""
        self._signal(signal.SIGKILL)
        self._reaper.join(_KILL_GRACE_S)
        if self._reaper.is_alive():
            self._minder.kill()
            self._reaper.join(_KILL_GRACE_S)
        self._deafen()
        self._output.close()

    def exit(self, ended_by: EndedBy) -> Exit:
        """Say how it ended.

        Raises:
            ProgramMissing: it could not be started.
            OSError: the machine is out of processes or memory.
        """
        if self._failure is not None:
            raise reason_not_started(self._launch, self._failure)
        return Exit(
            code=-signal.SIGKILL if self._code is None else self._code,
            ended_by=ended_by,
            duration_s=(self._ended_at or time.monotonic()) - self._started_at,
            tail=self._output.tail,
            output_bytes=self._output.total_bytes,
            survivors=self._survivors,
        )

    def _signal(self, number: signal.Signals) -> None:
        with self._controls, suppress(OSError):  # the minder has ended
            self._control.send(bytes([number]))

    def _reap(self) -> None:
        try:
            with self._control.makefile() as told:
                for line in told:
                    self._be_told(*line.split())
        except OSError as error:
            _log.warning("%s: its minder was not heard: %s", self._mark, error.strerror)
        if self._code is None and self._pid is not None:  # somebody killed its minder
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
        self._minder.wait()
        with self._controls:
            self._control.close()
        self._note_end(time.monotonic())
        try:
            self._survivors += sweep(self._mark, known=self._known, group=self._pid)
        except OSError as error:  # out of files, say: the next run of the plan sweeps again
            _log.warning("%s: what it left could not be looked for: %s", self._mark, error.strerror)
        finally:
            self._report(self._swept)

    def _be_told(self, what: str, number: str, more: str = "0") -> None:
        if what == "started":
            self._pid = int(number)
            self._started_at, self._heard_at = float(more), time.monotonic()
        elif what == "missing":
            self._failure, self.all_ended = OSError(int(number), os.strerror(int(number))), True
        elif what == "exited":
            self._code = int(number)
            self._note_end(float(more))
        elif what == "ended":
            self._survivors, self.all_ended = int(number), more == "0"

    def _note_end(self, at: float) -> None:
        if self._ended_at is None:
            self._ended_at = at
            self._report(self._exited)

    def _report(self, future: asyncio.Future[None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(_resolve, future)

    def _hear(self) -> None:
        try:
            chunk = os.read(self._pipe, _CHUNK_BYTES)
        except BlockingIOError:
            return
        if chunk:
            self._heard_at = time.monotonic()
            self._output.add(chunk)
        else:
            self._deafen()

    def _deafen(self) -> None:
        if not self._silent.done():
            self._silent.set_result(None)
            self._loop.remove_reader(self._pipe)
            os.close(self._pipe)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
