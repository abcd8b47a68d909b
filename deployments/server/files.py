"""The files of planwave's own Prefect server: its log, where it was last, and the lock of those who look for it."""

import os
import ssl
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployments.server.settings import PAGES
from tasks.errors import TaskError
from tasks.gist import gist
from tasks.git.file_lock import opened

LOCK_TIMEOUT_S = 200.0
"""Longer than a start and a stop take at most."""
POLL_S = 0.05
LOG_LIMIT_BYTES = 5_000_000
TAIL_BYTES = 2000


class ServerFailed(TaskError):
    """planwave's own server does not start, or does not answer.

    Attributes:
        log: its log file.
        tail: what it said last.
    """

    def __init__(self, what: str, log: Path, *, tail: str = "", hint: str | None = None) -> None:
        self.log, self.tail, self.hint = log, tail, hint
        said = f": {gist(tail)}" if tail.strip() else ""
        super().__init__(f"planwave's Prefect server {what}; its log is {log}{said}")

    @property
    def port_was_taken(self) -> bool:
        """Whether another program had its port: Prefect says so in a sentence that it wraps, uvicorn in another."""
        return "already in use" in " ".join(self.tail.lower().split())


@dataclass(frozen=True)
class ServerFiles:
    """The files that lie beside Prefect's own in its home."""

    folder: Path

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.folder / "planwave-server.log"

    @property
    def state(self) -> Path:
        """The number of its process (0: none) and its port."""
        return self.folder / "planwave-server.state"

    @property
    def pages(self) -> Path:
        """Where the server's pages are."""
        return self.folder / PAGES

    def authority(self) -> Path | None:
        """Return a file with one certificate authority, for clients that speak plain HTTP alone; None: there is none.

        Prefect's clients load every authority of the world, 70 ms each time, and a run makes a dozen of them.
        """
        path = self.folder / "authority.pem"
        if not path.is_file():
            known = ssl.create_default_context().get_ca_certs(binary_form=True)
            if not known or not self.folder.is_dir():
                return None
            new = path.with_suffix(f".{os.getpid()}.new")
            new.write_text(ssl.DER_cert_to_PEM_cert(known[0]), encoding="ascii")
            new.replace(path)
        return path

    @contextmanager
    def locked(self) -> Generator[None]:
        """Let one process at a time look for, start or stop the server of this home."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "planwave-server.lock"
        deadline = time.monotonic() + LOCK_TIMEOUT_S
        with opened(path) as lock:
            while not lock.try_exclusive():
                if time.monotonic() > deadline:
                    hint = f"see which process holds {path}"
                    raise ServerFailed("is being started or stopped by a process that does not end", path, hint=hint)
                time.sleep(POLL_S)
            yield

    def remember(self, pid: int | None, port: int) -> None:
        """Write where the server is, or was."""
        new = self.state.with_suffix(".new")
        new.write_text(f"{pid or 0} {port}\n", encoding="ascii")
        new.replace(self.state)

    def recall(self) -> tuple[int | None, int | None]:
        """Return the pid and the port that were written last; a damaged file remembers nothing."""
        try:
            pid, port = (int(word) for word in self.state.read_text(encoding="ascii").split())
        except (OSError, ValueError):
            return None, None
        return (pid or None, port) if 0 < port < 65536 else (None, None)

    def open_log(self) -> int:
        """Put a large log aside; give where the next server's lines begin."""
        self.log.touch()
        size = self.log.stat().st_size
        if size <= LOG_LIMIT_BYTES:
            return size
        self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch()
        return 0

    def log_tail(self, start: int) -> str:
        """Return the end of what the log says from `start` on."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(start, end - TAIL_BYTES))
            return log.read().decode(errors="replace")
