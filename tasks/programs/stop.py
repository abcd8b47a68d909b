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
        self._children: list[StopSignal] = []

    def request(self, reason: str, cause: Cause = Cause.SIGNAL) -> None:
        """Ask to stop; from any thread, or from a signal handler. Only the first reason counts.

        Takes no lock, since a signal handler may interrupt the very thread that holds it.
        """
        self._wishes.append((reason, cause))
        for child in tuple(self._children):
            child.request(reason, cause)
        with suppress(RuntimeError):  # the loop is closed: nothing is left to stop
            self._loop.call_soon_threadsafe(self._event.set)

    def child(self) -> "StopSignal":
        """Make a signal that is requested with this one, and can be requested alone."""
        child = StopSignal()
        self._children.append(child)
        if self._wishes:
            child.request(*self._wishes[0])
        return child

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
