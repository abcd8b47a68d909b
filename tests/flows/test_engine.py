"""Prefect's engine by itself on a server, in a process of its own: Prefect keeps connections open where it was used."""

import subprocess
import sys
from pathlib import Path

from tests.flows.commands import CHECKOUT

_QUIET = ("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def test_what_prefects_engine_keeps_on_a_server_is_as_the_core_asks_for_it() -> None:
    tests = Path(__file__).with_name("engine_on_a_server.py")
    quiet = [part for rule in _QUIET for part in ("-W", rule)]
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *quiet, str(tests)]
    ended = subprocess.run(argv, check=False, cwd=CHECKOUT, capture_output=True, text=True, timeout=290)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    assert " passed" in ended.stdout
