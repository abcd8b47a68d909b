"""planwave's commands as processes of their own, with the server that each test gives them."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

MAIN = "from deployments.cli import main; main()"
ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Commands:
    """Starts programs in a folder, with an environment in which nothing of Prefect is set but what is named."""

    folder: Path
    named: Mapping[str, str]

    def start(self, *argv: str, python: tuple[str, ...] = ("-P", "-c", MAIN)) -> subprocess.Popen[str]:
        """Start a command of planwave's, or a module with `python=("-m", ...)`."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "PLANWAVE_", "GIT_"))}
        return subprocess.Popen(
            [sys.executable, *python, *argv],
            cwd=self.folder,
            env={**kept, "PYTHONPATH": str(ROOT), **self.named},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *argv: str, python: tuple[str, ...] = ("-P", "-c", MAIN)) -> tuple[int, str, str]:
        """Call a command to its end: its exit status, and what it said."""
        return end(self.start(*argv, python=python))


def end(command: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a command's end: its exit status, and what it said."""
    out, err = command.communicate(timeout=PATIENCE_S)
    return command.returncode, out, err


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    deadline, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not is_so():
        assert time.monotonic() < deadline, what
        pause.wait(0.1)


def unused_port() -> int:
    """Return a port of this machine that nobody uses, and that no other test will choose."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
