"""The wish to stop, as one object that signal handlers, pollers and jobs share."""

import asyncio
from contextlib import suppress


class StopSignal:
    """Says once, to everything that runs in one event loop, that somebody asked it to stop.

    Made inside the running loop whose coroutines wait for it; requested from anywhere.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self._reasons: list[str] = []
        self._children: list[StopSignal] = []

    def request(self, reason: str) -> None:
        """Ask to stop; from any thread, or from a signal handler. Only the first reason counts.

        Takes no lock, since a signal handler may interrupt the very thread that holds it.
        """
        self._reasons.append(reason)
        for child in tuple(self._children):
            child.request(reason)
        with suppress(RuntimeError):  # the loop is closed: nothing is left to stop
            self._loop.call_soon_threadsafe(self._event.set)

    def child(self) -> "StopSignal":
        """Make a signal that is requested with this one, and can be requested alone."""
        child = StopSignal()
        self._children.append(child)
        if self._reasons:
            child.request(self._reasons[0])
        return child

    @property
    def requested(self) -> bool:
        """Whether somebody asked; true at once, also before the waiters are woken."""
        return bool(self._reasons)

    @property
    def reason(self) -> str | None:
        """Why: the first reason given."""
        return self._reasons[0] if self._reasons else None

    async def wait(self) -> None:
        """Return when somebody asked."""
        await self._event.wait()
