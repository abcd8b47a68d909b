"""The wish to stop, as one object that signal handlers, pollers and jobs share."""

import asyncio
from contextlib import suppress
from enum import StrEnum


class Cause(StrEnum):
    """Whose wish a stop is: it decides how the run ends."""

    SIGNAL = "signal"
    """Of whoever started the program: Ctrl-C, SIGTERM."""
    CANCEL = "cancel"
    """Of somebody who cancelled the run, or suspended one that nothing could start again."""
    SUSPEND = "suspend"
    """Of somebody who suspended a worker's run: Resume starts it again."""
    DELETED = "deleted"
    """Of somebody who deleted the run on the server."""
    SERVER = "server"
    """Of nobody: the run must do without its server."""
    FAIL_FAST = "fail fast"
    """Of a wave, one of whose jobs failed."""


class StopSignal:
    """Says once, to everything that runs in one event loop, that somebody asked it to stop.

    Made inside the running loop whose coroutines wait for it; requested from anywhere.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self._wishes: list[tuple[str, Cause]] = []
        self._parts: dict[str, StopSignal] = {}

    def request(self, reason: str, cause: Cause = Cause.SIGNAL) -> None:
        """Ask to stop; from any thread, or from a signal handler. Only the first reason counts.

        Takes no lock, since a signal handler may interrupt the very thread that holds it.
        """
        self._wishes.append((reason, cause))
        for part in tuple(self._parts.values()):
            part.request(reason, cause)
        with suppress(RuntimeError):  # the loop is closed: nothing is left to stop
            self._loop.call_soon_threadsafe(self._event.set)

    def part(self, name: str) -> "StopSignal":
        """Make a signal for a part, which is requested with this one and can be requested alone."""
        part = self._parts[name] = StopSignal()
        if self._wishes:
            part.request(*self._wishes[0])
        return part

    def of(self, name: str) -> "StopSignal":
        """Return what stops a part: its own signal where it has one, else this one."""
        return self._parts.get(name, self)

    @property
    def requested(self) -> bool:
        """Whether somebody asked; true at once, also before the waiters are woken."""
        return bool(self._wishes)

    @property
    def reason(self) -> str | None:
        """Why: the first reason given."""
        return self._wishes[0][0] if self._wishes else None

    @property
    def cause(self) -> Cause | None:
        """Whose wish it was: the first one's."""
        return self._wishes[0][1] if self._wishes else None

    async def wait(self) -> None:
        """Return when somebody asked."""
        await self._event.wait()
