"""Keeping a server under a run: planwave's own is started again when it dies; where no server answers, the run ends."""

import sys
import threading
import time
from contextlib import AbstractContextManager
from typing import Self

from deployments.server.files import ServerFailed
from deployments.server.lifecycle import ServerInfo, is_healthy, restart_server, server_status
from tasks.home import Home
from tasks.programs.signals import request_stop
from tasks.programs.stop import Cause

LOOK_S = 2.0
"""Prefect's client tries again after 2, 4, 8, ... s: a server that is soon back is hardly missed."""
RESTART_S = 60.0
"""How long a server that died may fail to start again."""
OUTAGE_S = 300.0
"""How long a server may say nothing that did answer before, and whose process lives or is not this machine's."""

_AGAIN = "the Prefect server had ended in the middle of the run, and was started again"


class ServerKeeper(AbstractContextManager["ServerKeeper"]):
    """Looks after the server in use for the block, in a thread of its own.

    When the run must do without the server, it is asked to stop: its jobs are ended and their work is kept.
    """

    def __init__(self, home: Home, server: ServerInfo) -> None:
        self.lost: str | None = None
        """Why there is no server any more; None: there is one, as far as is known."""
        self._home, self._server = home, server
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="planwave-server-keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Not joined: it may be in the middle of a start, whose server then stays as any other.
        self._ended.set()

    def bring_back(self) -> bool:
        """Start planwave's own server again if it has died; tell whether it is there now.

        Raises:
            ServerFailed: it does not start again.
        """
        found = restart_server(self._home, self._server.port) if self._server.is_own else None
        if found is not None and found.started:
            _say(_AGAIN)
        return found is not None

    def _keep(self) -> None:
        # Never, where Prefect's client knows a way that this question does not: a proxy, an authority of certificates.
        well: float | None = None
        while not self._ended.wait(LOOK_S) and self.lost is None:
            if self._is_gone():
                self._start_again()
            elif is_healthy(self._server):
                well = time.monotonic()
            elif well is not None and time.monotonic() - well > OUTAGE_S:
                self._lose(f"does not answer for {OUTAGE_S / 60:.0f} minutes")

    def _is_gone(self) -> bool:
        return self._server.is_own and server_status(self._home) is None

    def _start_again(self) -> None:
        deadline = time.monotonic() + RESTART_S
        while not self._ended.is_set():
            try:
                found = restart_server(self._home, self._server.port)
            except ServerFailed as error:
                if time.monotonic() > deadline:
                    self._lose(f"ended in the middle of the run, and does not start again: see {error.log}")
                    return
                self._ended.wait(LOOK_S)
            else:
                if found is None:
                    self._lose("was stopped in the middle of the run")
                elif found.started:
                    _say(_AGAIN)
                return

    def _lose(self, what: str) -> None:
        if not self._ended.is_set():
            self.lost = f"the Prefect server at {self._server.ui_url} {what}"
            request_stop(self.lost, Cause.SERVER)


def _say(what: str) -> None:
    # A live table takes what is written to this stream, and puts it above itself.
    sys.stderr.write(f"planwave: {what}\n")
    sys.stderr.flush()
