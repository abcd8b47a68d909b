"""What a run says, and when."""

import json
import subprocess
import threading
import time
from dataclasses import dataclass

AT_WORK = frozenset({"planwave.job.started", "planwave.merge.landed", "planwave.run.finished"})
"""Events by which a run is seen to be at work again."""


@dataclass(frozen=True)
class Pace:
    """How long an undisturbed run takes, in seconds."""

    silence_s: float
    """To its first word."""
    work_s: float
    """From there to its end."""


class Listener:
    """Reads what a run prints, so that it never waits for its reader.

    Attributes:
        spoke: set at its first word, and at its end.
        began: when it was started, on the machine's monotonic clock.
        at_work_s: how long after its start it was first seen at work; None: it was not.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.spoke = threading.Event()
        self.began = time.monotonic()
        self.at_work_s: float | None = None
        self.told_done: list[str] = []
        """The jobs that it said are done."""
        self._lines: list[str] = []
        self._process = process
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line)
            self._note(line)
            self.spoke.set()
        self.spoke.set()

    def _note(self, line: str) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return  # no event, or cut by a kill
        if event["event"] in AT_WORK and self.at_work_s is None:
            self.at_work_s = time.monotonic() - self.began
        if event["event"] == "planwave.job.completed":
            self.told_done.append(event["subject"])

    def close(self) -> str:
        """Wait for the end of what it prints, and give that."""
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return "".join(self._lines)
