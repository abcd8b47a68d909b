"""The ports of planwave's own servers: one that nobody has, and that no other home is about to take."""

import os
import socket
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from deployments.server.settings import HOST
from tasks.git.file_lock import opened

FIRST_PORT = 4200
PORTS = 100


def candidates(first: int | None) -> Iterator[int]:
    """Yield the ports that a server may take: the one of last time first, so that old links still open."""
    if first is not None:
        yield first
    yield from (port for port in range(FIRST_PORT, FIRST_PORT + PORTS) if port != first)


@contextmanager
def reserved(port: int) -> Generator[bool]:
    """Keep other homes of this user from starting a server on a port for the block; say whether it is to be had.

    A server takes seconds from its start until it listens; meanwhile the port looks free to everybody.
    """
    folder = _folder()
    if folder is None:
        yield is_free(port)
        return
    with opened(folder / f"{port}.lock") as lock:
        yield lock.try_exclusive() and is_free(port)


def is_free(port: int) -> bool:
    """Return whether a server could listen on a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as probe:
        # As the server does: without it, the port of a server that was just stopped looks taken for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _folder() -> Path | None:
    """Return this user's folder of locks; None: there is none that is his alone, and he does without."""
    folder = Path(tempfile.gettempdir()) / f"planwave-ports-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    is_own = found.st_uid == os.getuid() and not found.st_mode & 0o022 and not folder.is_symlink()
    return folder if is_own and folder.is_dir() else None
