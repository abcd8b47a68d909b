"""Signals become wishes to stop, so that everything ends in order and nothing ends as a crash.

Prefect installs a SIGTERM handler of its own whenever a flow starts on the main thread, and ours must come after it:
every flow calls `take_signals` first. Off the main thread (as under the command line) Prefect installs none.
"""

import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from tasks.programs.stop import Cause, StopSignal

_stops: list[StopSignal] = []
_early: list[tuple[str, Cause, float]] = []
"""Requests, each with its cause and its moment on the monotonic clock; the first one counts."""


def end_at_signals() -> None:
    """Let signals end at once what this process does, until `take_signals`: no run has begun yet."""
    # Raises KeyboardInterrupt for each.
    _answer(signal.default_int_handler)


def take_signals() -> None:
    """Turn signals into requests to stop; does nothing off the main thread."""
    _answer(_on_signal)


def _answer(handler: Callable[[int, FrameType | None], None]) -> None:
    """Have SIGINT and SIGTERM answered, and SIGHUP, which comes when a terminal is closed, unless `nohup` was asked."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, handler)


def requested_s() -> float | None:
    """Return how long ago the runs of this process were asked to stop, in seconds; None: they were not."""
    return None if not _early else time.monotonic() - _early[0][2]


def request_stop(reason: str, cause: Cause = Cause.SIGNAL) -> None:
    """Ask every run of this process to stop, also one that has not begun yet; from any thread or signal handler."""
    _early.append((reason, cause, time.monotonic()))
    for stop in tuple(_stops):
        stop.request(reason, cause)


@contextmanager
def heeding_requests(stop: StopSignal) -> Generator[None]:
    """Pass requests on to `stop` for the block, those of before it included."""
    _stops.append(stop)
    if _early:
        stop.request(*_early[0][:2])
    try:
        yield
    finally:
        _stops.remove(stop)
        _early.clear()


def _on_signal(number: int, _frame: FrameType | None) -> None:
    request_stop(signal.Signals(number).name)
