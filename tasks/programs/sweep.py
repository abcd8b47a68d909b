"""Ends processes that outlive the job that started them.

A process group is not enough: coding agents run their tools in sessions of their own, which no signal to the group
reaches. All that a job starts inherits a marker in its environment, by which it is found here.
"""

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tasks.programs.environment import MARK

TERM_GRACE_S = 1.0
"""How long a survivor has to clean up (its lock files, say) before it is killed."""
_KILL_GRACE_S = 2.0
_KILLS = 4
_POLL_S = 0.005


def standing() -> dict[int, int]:
    """Return the processes that there are, each with its session.

    The cheap half of a sweep: taken before a job starts and passed to `sweep`, it spares a look at the environments
    of processes that the job cannot have started. A number used again is told by its session.
    """
    return {pid: session for pid in psutil.pids() if (session := _session(pid)) is not None}


def sweep(mark: str, *, known: Mapping[int, int] | None = None, group: int | None = None) -> int:
    """End every process marked with `mark` or with a mark below it, and give how many there were.

    They are asked to end, and killed a second later; whatever they start meanwhile is ended too. planwave itself is
    spared. Blocks: with nothing to end about 4 us for each process of the machine (150 us without `known`), and 9 s
    when something cannot be killed.

    Args:
        mark: text of the form `home/hub/plan/run/job/attempt`, whole or its beginning up to a slash.
        known: what `standing` said before the job started; absent: all processes are looked at.
        group: a process group to end as well, for what dropped the marker.
    """
    ended: set[int] = set()
    for attempt in range(1 + _KILLS):
        found = [p for p in _processes(known or {}) if _in_group(p, group) or _is_marked(p, mark)]
        if not found:
            break
        ended.update(p.pid for p in found)
        for process in found:
            with suppress(psutil.Error):
                process.kill() if attempt else process.terminate()
        _wait_gone(found, _KILL_GRACE_S if attempt else TERM_GRACE_S)
    return len(ended)


@dataclass(frozen=True)
class Worker:
    """A process of the same user, and where it is at work."""

    pid: int
    mark: str
    """Of the job that started it; empty: no job of planwave did."""
    folder: str
    """Its current directory."""


def workers() -> list[Worker]:
    """Return every process that can be looked at, but this one."""
    found: list[Worker] = []
    for process in _processes({}):
        with suppress(psutil.Error, OSError):
            if _is_alive(process):
                found.append(Worker(process.pid, process.environ().get(MARK, ""), process.cwd()))
    return found


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None
    except PermissionError:
        return -1


def _processes(known: Mapping[int, int]) -> Iterable[psutil.Process]:
    for pid in psutil.pids():
        session = _session(pid)
        if session is None or known.get(pid) == session or pid == os.getpid():
            continue
        with suppress(psutil.Error):
            yield psutil.Process(pid)


def _in_group(process: psutil.Process, group: int | None) -> bool:
    if group is None:
        return False
    with suppress(psutil.Error, OSError):
        return os.getpgid(process.pid) == group and _is_alive(process)
    return False


def _is_marked(process: psutil.Process, mark: str) -> bool:
    with suppress(psutil.Error, OSError):
        found = process.environ().get(MARK)
        return found is not None and (found == mark or found.startswith(f"{mark}/")) and _is_alive(process)
    return False


def _is_alive(process: psutil.Process) -> bool:
    """Whether it still does anything: in a container without an init, a dead orphan stays listed for ever."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _wait_gone(processes: list[psutil.Process], limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline and any(_is_alive(p) for p in processes):
        time.sleep(_POLL_S)
