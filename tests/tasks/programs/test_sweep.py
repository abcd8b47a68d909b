"""What outlives its job is found by its mark, and only that."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from tasks.programs.environment import child_environment
from tasks.programs.sweep import standing, sweep

Sleeper = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def hub() -> str:
    """Return the beginning of marks that no other process has."""
    return uuid4().hex


@pytest.fixture
def sleeper() -> Iterator[Sleeper]:
    """Start processes in sessions of their own that sleep under a mark; all are ended with the test."""
    with ExitStack() as stack:

        def start(mark: str) -> "subprocess.Popen[bytes]":
            child = subprocess.Popen(["sleep", "60"], env=child_environment(mark=mark), start_new_session=True)
            stack.callback(child.wait)
            stack.callback(child.kill)
            while not psutil.Process(child.pid).environ():
                # For a moment after it is started, its environment is not there to be read yet.
                pass
            return child

        yield start


def test_all_below_a_mark_are_ended(sleeper: Sleeper, hub: str) -> None:
    swept = [sleeper(f"{hub}/plan{below}") for below in ("", "/run/job/1", "/other")]
    assert sweep(f"{hub}/plan") == 3
    assert [child.wait(10) for child in swept] == [-15, -15, -15]
    assert sweep(f"{hub}/plan") == 0


@pytest.mark.parametrize("other", ["{hub}/planet", "{hub}", "x/{hub}/plan", ""])
def test_others_are_spared(other: str, sleeper: Sleeper, hub: str) -> None:
    child = sleeper(other.format(hub=hub))
    assert sweep(f"{hub}/plan") == 0
    assert child.poll() is None


def test_planwave_itself_is_spared(hub: str) -> None:
    code = f"from tasks.programs.sweep import sweep; print('swept', sweep({hub!r}))"
    root = Path(__file__).parents[3]
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=child_environment(mark=hub), check=False, capture_output=True
    )
    assert (child.returncode, child.stdout) == (0, b"swept 0\n")


def test_what_stood_before_is_not_looked_at(sleeper: Sleeper, hub: str) -> None:
    older = sleeper(f"{hub}/a")
    known = standing()
    newer = sleeper(f"{hub}/a")
    assert sweep(f"{hub}/a", known=known) == 1
    assert (older.poll(), newer.wait(10)) == (None, -15)


def test_a_used_again_number_is_looked_at(sleeper: Sleeper, hub: str) -> None:
    child = sleeper(f"{hub}/a")
    another_session = {child.pid: child.pid + 1}
    assert sweep(f"{hub}/a", known={**standing(), **another_session}) == 1
    assert child.wait(10) == -15
