"""Locks that end with the last process that holds them: no stale lock is ever left, whatever is killed.

A lock is an `flock` on an open file. The file's descriptor is inherited by every git that works under the lock, so a
lock that can be taken means that no such git is alive, also when its parent was killed.
"""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tasks.errors import PlanBusy, RepositoryUnusable

try:
    import fcntl
except ImportError as problem:
    raise RepositoryUnusable("planwave needs a POSIX system", "on Windows, run it under WSL") from problem

ORPHANS_END_S = 60.0
"""How long to wait for the git commands of a run that was killed; they take a second at most unless a disk is slow."""
_POLL_S = 0.02


class FileLock:
    """An open lock file; not locked until one of its methods says so. Closing it gives the lock back."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def try_exclusive(self) -> bool:
        """Take it for this process alone, or say at once that somebody has it."""
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wait_exclusive(self) -> None:
        """Take it for this process alone, however long that takes: for what others hold for moments."""
        fcntl.flock(self.fd, fcntl.LOCK_EX)

    def share(self) -> None:
        """Take it together with others, also in place of having it alone."""
        fcntl.flock(self.fd, fcntl.LOCK_SH)

    def sign(self) -> None:
        """Write this process's number into it, for those who find it taken."""
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, str(os.getpid()).encode(), 0)

    def unsign(self) -> None:
        """Take out the number of whoever had it before: those who find it taken then wait, since it is for moments."""
        os.ftruncate(self.fd, 0)

    def owner(self) -> int | None:
        """Return the number of the process that signed it, or None when that process is dead."""
        with suppress(ValueError, psutil.Error):
            pid = int(os.pread(self.fd, 20, 0))
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                return pid
        return None

    def close(self) -> None:
        """Give it back."""
        os.close(self.fd)


def is_taken(path: Path) -> bool:
    """Return whether anybody has a lock alone or shares it; nothing is made where there is none."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


@contextmanager
def opened(path: Path) -> Generator[FileLock]:
    """Open a lock file, and close it at the end."""
    lock = FileLock(path)
    try:
        yield lock
    finally:
        lock.close()


@contextmanager
def plan_lock(path: Path, plan: str, repo: str) -> Generator[FileLock]:
    """Hold the lock of a plan on a repository.

    When its owner is dead and the lock still taken, git commands that the owner started are ending: they are waited
    for.

    Raises:
        PlanBusy: another process holds it.
    """
    with opened(path) as lock:
        deadline = time.monotonic() + ORPHANS_END_S
        while not lock.try_exclusive():
            owner = lock.owner()
            if owner is not None or time.monotonic() > deadline:
                raise PlanBusy(plan, repo, owner)
            time.sleep(_POLL_S)
        lock.sign()
        yield lock
