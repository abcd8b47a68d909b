"""A process between planwave and a program: whatever the program starts stays below it, and ends with it.

A process that leaves its session and drops its environment is found by neither; but when its parent ends, the system
gives it to the nearest process above that takes orphans in, and that is this one (Linux; elsewhere the mark has to do).
So nothing of a program is left once this has ended, and nothing of another program is ever touched. It also ends them
when planwave is killed: its end of the socket closes then.

Run as a program, by `launch`, with two open files: what to start (`packed`), and a socket. On that it is told
signals for the program's group, a byte each, and says `started PID AT` or `missing ERRNO`, `exited CODE AT` and
`ended COUNT LEFT`, a line each; AT is a moment on the machine's monotonic clock. It imports little, since it is started
as often as programs are.
"""

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import FrameType

TERM_GRACE_S = 0.7
"""How long what a program leaves has to clean up: shorter than a sweep's, which may be at work on the same."""
_KILL_LIMIT_S = 8.0
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.002, 0.05
_TAKE_ORPHANS_IN = 36
_DEFAULT_AGAIN = (signal.SIGPIPE, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


def packed(argv: Sequence[str], env: Mapping[str, str]) -> bytes:
    """Return what to start as bytes.

    Raises:
        ValueError: a part holds what no argument and no variable can.
    """
    parts = [str(len(argv)), *argv, *(f"{name}={value}" for name, value in env.items())]
    if any("\0" in part for part in parts):
        raise ValueError("embedded null byte")
    return b"\0".join(os.fsencode(part) for part in parts)


def _unpacked(content: bytes) -> tuple[list[bytes], dict[bytes, bytes]]:
    count, *parts = content.split(b"\0")
    argv, env = parts[: int(count)], parts[int(count) :]
    return argv, {name: value for name, _, value in (variable.partition(b"=") for variable in env)}


class _Minder:
    def __init__(self, control: int, wakeup: int) -> None:
        self._control, self._wakeup = control, wakeup
        self._program = 0
        self._code: int | None = None
        self._alone = False
        """Whether the system says that there is no child any more."""

    def start(self, argv: list[bytes], env: dict[bytes, bytes]) -> bool:
        ours, theirs = os.pipe()
        # By when it is heard that the program is loaded, one that does little may be over.
        began_at = time.monotonic()
        self._program = os.fork()
        if self._program == 0:
            _become(argv, env, theirs)
        os.close(theirs)
        failed = os.read(ours, 20)
        self.say(f"missing {failed.decode()}" if failed else f"started {self._program} {began_at}")
        return not failed

    def say(self, line: str) -> None:
        with suppress(OSError):  # planwave was killed
            os.write(self._control, line.encode() + b"\n")

    def watch(self) -> None:
        """Pass signals on until the program ends, or planwave does."""
        self.reap()
        while self._code is None:
            ready, _, _ = select.select([self._control, self._wakeup], [], [])
            if self._wakeup in ready:
                os.read(self._wakeup, 512)
                self.reap()
            if self._control in ready:
                told = os.read(self._control, 64)
                if not told:
                    return
                for number in told:
                    self._signal_group(number)
        self.say(f"exited {self._code} {time.monotonic()}")

    def reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self._alone = True
                return
            if pid == 0:
                return
            if pid == self._program:
                self._code = os.waitstatus_to_exitcode(status)

    def end_the_rest(self) -> None:
        ended: set[int] = set()
        self._end(signal.SIGTERM, TERM_GRACE_S, ended, again=False)
        self._end(signal.SIGKILL, _KILL_LIMIT_S, ended, again=True)
        self.say(f"ended {len(ended)} {int(not self._alone)}")

    def _end(self, number: int, limit_s: float, ended: set[int], *, again: bool) -> None:
        """Signal all that is below until nothing is; what is started meanwhile is signalled too."""
        deadline, pause_s = time.monotonic() + limit_s, _SHORTEST_PAUSE_S
        self.reap()
        while not self._alone and time.monotonic() < deadline:
            for pid in _below(os.getpid()):
                if again or pid not in ended:
                    ended.add(pid)
                    with suppress(OSError):
                        os.kill(pid, number)
            if pause_s == _SHORTEST_PAUSE_S or again:
                self._signal_group(number)
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            self.reap()

    def _signal_group(self, number: int) -> None:
        if self._code is None:  # not reaped, so the number is still its own
            with suppress(OSError):
                os.killpg(self._program, number)


def _become(argv: list[bytes], env: dict[bytes, bytes], failing: int) -> None:
    """Be the program, in a session of its own; where that fails, say the error's number."""
    try:
        os.setsid()
        for number in _DEFAULT_AGAIN:
            signal.signal(number, signal.SIG_DFL)
        with suppress(AttributeError):
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        os.execvpe(argv[0], argv, env)  # noqa: S606 - a list of arguments, no shell
    except OSError as error:
        os.write(failing, str(error.errno).encode())
    finally:
        os._exit(127)


def _below(root: int) -> list[int]:
    """Return what is alive below a process, by Linux's list of processes; elsewhere nothing."""
    children: dict[int, list[int]] = {}
    dead: set[int] = set()
    for pid, state, parent in _processes():
        children.setdefault(parent, []).append(pid)
        if state in b"ZX":
            dead.add(pid)
    found: list[int] = []
    queue = children.get(root, [])
    while queue:
        pid = queue.pop()
        queue += children.get(pid, [])
        if pid not in dead:
            found.append(pid)
    return found


def _processes() -> Iterator[tuple[int, bytes, int]]:
    """Yield every process with its state and its parent. Without pathlib, which takes as long to import as all else."""
    try:
        names = os.listdir("/proc")  # noqa: PTH208
    except OSError:
        return
    for name in names:
        if name.isdigit():
            with suppress(OSError, ValueError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                # The name of the program stands in brackets, and may hold anything.
                state, parent, *_ = file.read().rpartition(b")")[2].split()
                yield int(name), state, int(parent)


def _take_orphans_in() -> None:
    with suppress(OSError, AttributeError):
        prctl: Callable[..., int] = ctypes.CDLL(None).prctl
        prctl(_TAKE_ORPHANS_IN, 1, 0, 0, 0)


def _let_go() -> None:
    """Hold nothing open that is the program's: its folder, its input and its output."""
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(nothing, fd)


def _wakeup() -> int:
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _ignore)
    return ours


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Have the wakeup say it: a signal that is ignored wakes nobody."""


def _main(what: int, control: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a sweep's first signal: what is below ends, and this with it
    os.set_inheritable(control, False)  # noqa: FBT003 - a function of C
    _take_orphans_in()
    with os.fdopen(what, "rb") as file:
        argv, env = _unpacked(file.read())
    minder = _Minder(control, _wakeup())
    if minder.start(argv, env):
        _let_go()
        minder.watch()
        minder.end_the_rest()


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
