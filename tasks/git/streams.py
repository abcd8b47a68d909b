"""Git commands that are kept open and asked again and again: an answer costs a tenth of what a new process does.

Each is one that answers line by line, without a cache that others could make stale: objects never change, and a ref is
read when it is locked.
"""

import os
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from git.cmd import Git as GitPython

Start = Callable[[], "GitPython.AutoInterrupt"]
_CHUNK_BYTES = 2**16
_END_LIMIT_S = 5.0


class StreamEnded(Exception):
    """A command ended in place of an answer."""

    def __init__(self, code: int, err: str) -> None:
        self.code, self.err = code, err
        super().__init__(f"exited with status {code}: {err}")


class Streams:
    """The open commands of one repository, by their arguments; may be used from many threads."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, ...], _Stream] = {}

    def ask(self, args: tuple[str, ...], request: bytes, end: bytes, start: Start) -> bytes:
        """Ask a command, started by `start` if it is not open, and give its answer: all up to `end`, included.

        Raises:
            StreamEnded: it ended; it is started anew when it is asked again.
        """
        return self._open.setdefault(args, _Stream()).ask(request, end, start)

    def close(self) -> None:
        """End all of them."""
        for stream in self._open.values():
            stream.close()


class _Stream:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: GitPython.AutoInterrupt | None = None

    def ask(self, request: bytes, end: bytes, start: Start) -> bytes:
        with self._lock:
            if self._process is None:
                self._process = start()
            popen = _popen(self._process)
            assert popen.stdin is not None and popen.stdout is not None  # noqa: PT018 - both are pipes
            with suppress(BrokenPipeError):
                popen.stdin.write(request)
                popen.stdin.flush()
            answer = bytearray()
            while not answer.endswith(end):
                chunk = os.read(popen.stdout.fileno(), _CHUNK_BYTES)
                if not chunk:
                    raise self._ended(popen)
                answer += chunk
        return bytes(answer)

    def close(self) -> None:
        with self._lock:
            if self._process is not None:
                self._end(_popen(self._process))

    def _ended(self, popen: "subprocess.Popen[bytes]") -> StreamEnded:
        err = b"" if popen.stderr is None else popen.stderr.read()
        return StreamEnded(self._end(popen), err.decode(errors="replace"))

    def _end(self, popen: "subprocess.Popen[bytes]") -> int:
        self._process = None
        if popen.stdin is not None:
            with suppress(BrokenPipeError):
                popen.stdin.close()
        try:
            code = popen.wait(_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            popen.kill()
            code = popen.wait()
        for pipe in (popen.stdout, popen.stderr):
            if pipe is not None:
                pipe.close()
        return code


def _popen(process: "GitPython.AutoInterrupt") -> "subprocess.Popen[bytes]":
    # GitPython's wrapper ends the process when it is collected; all else is asked of the process itself.
    popen = cast("subprocess.Popen[bytes] | None", process.proc)  # pyright: ignore[reportUnknownMemberType] - not said
    assert popen is not None
    return popen
