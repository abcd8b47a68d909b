"""What a program says: to its log file, to a listener, and to the messages that quote its end."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

HEAD_BYTES = 8 * 2**20
TAIL_BYTES = 8 * 2**20
QUOTED_BYTES = 4096
LONGEST_LINE_BYTES = 64 * 2**10
LINES_PER_S = 1000

_log = logging.getLogger(__name__)


class CappedLog:
    """A log file that keeps the beginning and the end of what is written, and never grows beyond the two.

    What is past the beginning goes round in the last part of the file, so that a flood fills neither memory nor
    disk; `close` puts it in order. What the file held before is kept, and not counted. When the disk is full the
    rest is dropped: a log is no reason to fail a job.
    """

    def __init__(self, path: Path, *, head: int = HEAD_BYTES, tail: int = TAIL_BYTES) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._head, self._tail = path, head, tail
        self._fd: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._start = os.lseek(self._fd, 0, os.SEEK_END)
        self._written = 0

    @property
    def overflowed(self) -> bool:
        """Whether something was left out, so that closing takes time (some 10 ms)."""
        return self._written > self._head + self._tail

    def write(self, data: bytes) -> None:
        """Add to the log."""
        try:
            while data and self._fd is not None:
                place, room = self._place()
                _write_all(self._fd, data[:room], self._start + place)
                self._written += len(data[:room])
                data = data[room:]
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        """Put the end in order, with a line that says how much was left out before it. Harmless when repeated."""
        try:
            if self._fd is not None and self.overflowed:
                self._put_in_order(self._fd)
        except OSError as error:
            self._give_up(error)
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _place(self) -> tuple[int, int]:
        """Return where the next byte goes, and how many fit from there."""
        if self._written < self._head:
            return self._written, self._head - self._written
        turn = (self._written - self._head) % self._tail
        return self._head + turn, self._tail - turn

    def _put_in_order(self, fd: int) -> None:
        place, room = self._place()
        older = os.pread(fd, room, self._start + place)
        newer = os.pread(fd, self._tail - room, self._start + self._head)
        left_out = self._written - self._head - self._tail
        note = f"\n[planwave left out {left_out} bytes here]\n".encode()
        offset = self._start + self._head
        for part in (note, older, newer):
            _write_all(fd, part, offset)
            offset += len(part)

    def _give_up(self, error: OSError) -> None:
        _log.warning("log %s is cut short: %s", self._path, error.strerror)
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _write_all(fd: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        count = os.pwrite(fd, view, offset)
        view, offset = view[count:], offset + count


class LineFeed:
    """Cuts a stream of bytes into lines for a listener that shows or reads some of them.

    A line is cut at 64 KiB; of more than 1,000 lines a second the rest is skipped (the log has them), so that a
    flood cannot hold up the loop.
    """

    def __init__(self, listener: Callable[[str], None]) -> None:
        self._listener = listener
        self._rest = b""
        self._left, self._second = LINES_PER_S, 0

    def add(self, chunk: bytes) -> None:
        """Pass on the lines that `chunk` completes."""
        second = int(time.monotonic())
        if second != self._second:
            self._left, self._second = LINES_PER_S, second
        *lines, rest = chunk.split(b"\n", self._left)
        if lines:
            lines[0] = self._rest + lines[0]
        elif b"\n" not in rest:
            rest = self._rest + rest
        self._rest = rest.rpartition(b"\n")[2][:LONGEST_LINE_BYTES]
        self._left -= len(lines)
        for line in lines:
            self._tell(line)

    def close(self) -> None:
        """Pass on the last line, which nothing ended."""
        if self._rest:
            self._tell(self._rest)
            self._rest = b""

    def _tell(self, line: bytes) -> None:
        self._listener(line[:LONGEST_LINE_BYTES].decode(errors="replace").rstrip("\r"))


class Output:
    """All that becomes of a program's output."""

    def __init__(self, log: Path, on_line: Callable[[str], None] | None = None) -> None:
        self._log = CappedLog(log)
        self._feed = LineFeed(on_line) if on_line else None
        self._end = b""
        self.total_bytes = 0

    @property
    def tail(self) -> str:
        """The last 4 KiB as text."""
        return self._end.decode(errors="replace")

    @property
    def slow_to_close(self) -> bool:
        """Whether `close` had better not be called on the event loop."""
        return self._log.overflowed

    def add(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self.total_bytes += len(chunk)
        self._end = (self._end + chunk[-QUOTED_BYTES:])[-QUOTED_BYTES:]
        self._log.write(chunk)
        if self._feed:
            self._feed.add(chunk)

    def close(self) -> None:
        """End the log and the lines. Harmless when repeated."""
        self._log.close()
        if self._feed:
            self._feed.close()
