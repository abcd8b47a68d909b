"""Standard output and error as planwave writes them: nothing steers the terminal, and nothing waits for it in a run.

Agents and documents say what they like, and much of it is printed: escapes are taken out on the way, in this one place.
And a terminal may be stopped, a pipe full, its reader gone: what a run prints is then kept for a while, and given up
in the end, but the run goes on.
"""

import errno
import io
import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO

from plans.text.fenced import harmless
from tasks.session.listeners import Ear

MOST_KEPT_BYTES = 8 * 2**20
"""What is printed while nobody reads, and is not more than this, is printed later."""
LAST_LIMIT_S = 10.0
"""How long the end of a run's output waits for who reads it."""


class Screen(io.TextIOWrapper):
    """Standard output or error; text is made harmless."""

    def __init__(self, file: BinaryIO, encoding: str, *, draws: bool = False, outlet: "Outlet | None" = None) -> None:
        # A terminal that lacks a character shows another in its place.
        super().__init__(file, encoding=encoding, errors="replace", line_buffering=True)
        self.outlet = outlet
        self._file = file
        self._draws = draws

    def write(self, text: str, /) -> int:
        """Write it without what would steer a terminal."""
        shown = text if self._draws else harmless(text)
        if self.outlet is None:
            super().write(shown)
        else:
            self.outlet.put(shown.encode(self.encoding or "utf-8", "replace"))
        return len(text)

    def flush(self) -> None:
        """Write out what is held back, but where nothing waits."""
        if self.outlet is None:
            super().flush()

    def close(self) -> None:
        """Leave the file open, since it is the whole process's."""
        with suppress(OSError, ValueError):
            self.flush()

    def for_drawing(self) -> "Screen":
        """Return the same for whoever steers the terminal on purpose, and makes all texts harmless by himself."""
        return Screen(self._file, self.encoding, draws=True, outlet=self.outlet)

    def no_longer_wait(self) -> None:
        """Have whoever writes from here on wait for nothing."""
        with suppress(OSError):
            super().flush()
            self.outlet = Outlet(self.fileno())


class Outlet:
    """Writes to a file that may be slow, full or gone, in a thread of its own."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._kept_bytes = 0
        self._counting = threading.Lock()
        self._ear = Ear(self._write)

    @property
    def is_behind(self) -> bool:
        """Whether something waits to be written."""
        return self._kept_bytes > 0

    def put(self, content: bytes) -> None:
        """Have it written when that is possible; never waits."""
        with self._counting:
            if not content or self._kept_bytes + len(content) > MOST_KEPT_BYTES:
                return
            self._kept_bytes += len(content)
        self._ear.put(content)

    def finish(self, limit_s: float) -> None:
        """Wait until all is written, but not for ever."""
        self._ear.finish(limit_s)

    def _write(self, content: bytes) -> None:
        """Write it; no lock is held meanwhile, neither ours nor one of Python's: the process may end in the middle."""
        left = memoryview(content)
        with suppress(OSError):  # the reader is gone, the disk full: the run is what matters
            while left:
                left = left[os.write(self._fd, left) :]
        with self._counting:
            self._kept_bytes -= len(content)


@contextmanager
def screens() -> Generator[None]:
    """Have all that this process prints made harmless, for the block; and see that there is somewhere to print to."""
    _open_what_is_closed()
    before = sys.stdout, sys.stderr
    made = [_screen(stream) for stream in before]
    sys.stdout, sys.stderr = made
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for screen in made:
            if isinstance(screen, Screen):
                _leave(screen)


def no_longer_wait() -> None:
    """Have nothing that this process prints wait for who reads it, from here on."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Screen):
            stream.no_longer_wait()


def write_out(limit_s: float) -> None:
    """Wait until what was printed is written, but not for ever: the process is about to end without further ado."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Screen) and stream.outlet is not None:
            stream.outlet.finish(limit_s)


def drawing() -> io.TextIOWrapper | None:
    """Return standard output for whoever steers the terminal; None: as it is."""
    return sys.stdout.for_drawing() if isinstance(sys.stdout, Screen) else None


def is_behind() -> bool:
    """Return whether standard output has not been read yet: more of what is drawn anew would be of no use."""
    return isinstance(sys.stdout, Screen) and sys.stdout.outlet is not None and sys.stdout.outlet.is_behind


def raw_output() -> BinaryIO:
    """Return standard output for bytes as they are."""
    sys.stdout.flush()
    return sys.stdout.buffer


def _screen(stream: TextIO) -> TextIO:
    return Screen(stream.buffer, stream.encoding) if _is_of_a_file(stream) else stream


def _is_of_a_file(stream: TextIO) -> bool:
    return isinstance(stream, io.TextIOWrapper)


def _leave(screen: Screen) -> None:
    if screen.outlet is not None:
        screen.outlet.finish(LAST_LIMIT_S)
    with suppress(OSError, ValueError):
        screen.detach()


def _become_nothing(fd: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, fd)
    os.close(nothing)


def _open_what_is_closed() -> None:
    """Have the three standard files open: else the next file of planwave's would be one of them."""
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for fd in (1, 2):
        try:
            os.write(fd, b"")
        except OSError as problem:
            if problem.errno != errno.EBADF:
                continue  # it says so itself, to whoever writes to it
            # Only to be read: of a file that whoever started this opened after it had closed the standard one.
            _become_nothing(fd)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for the whole process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for the whole process
