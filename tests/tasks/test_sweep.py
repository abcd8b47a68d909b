"""What outlives its job is found by its mark, and only that."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psutil
import pytest

from tasks.environment import child_environment
from tasks.sweep import standing, sweep

Sleeper = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def sleeper() -> Iterator[Sleeper]:
    """Start processes in sessions of their own that sleep under a mark; all are ended with the test."""
    with ExitStack() as stack:

        def start(mark: str) -> "subprocess.Popen[bytes]":
            child = subprocess.Popen(["sleep", "60"], env=child_environment(mark=mark), start_new_session=True)
            stack.callback(child.wait)
            stack.callback(child.kill)
            return child

        yield start


def test_all_below_a_mark_are_ended(sleeper: Sleeper) -> None:
    swept = [sleeper("s1/plan"), sleeper("s1/plan/run/job/1"), sleeper("s1/plan/other")]
    assert sweep("s1/plan") == 3
    assert [child.wait(10) for child in swept] == [-15, -15, -15]
    assert sweep("s1/plan") == 0


@pytest.mark.parametrize("other", ["s2/planet", "s2", "x/s2/plan", ""])
def test_others_are_spared(other: str, sleeper: Sleeper) -> None:
    child = sleeper(other)
    assert sweep("s2/plan") == 0
    assert child.poll() is None


def test_planwave_itself_is_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    own = psutil.Process().environ().get("PLANWAVE_MARK")
    assert sweep(own if own is not None else "no-such-mark") == 0


def test_what_stood_before_is_not_looked_at(sleeper: Sleeper) -> None:
    older = sleeper("s3/a")
    known = standing()
    newer = sleeper("s3/a")
    assert sweep("s3/a", known=known) == 1
    assert (older.poll(), newer.wait(10)) == (None, -15)


def test_a_used_again_number_is_looked_at(sleeper: Sleeper) -> None:
    child = sleeper("s4/a")
    another_session = {child.pid: child.pid + 1}
    assert sweep("s4/a", known={**standing(), **another_session}) == 1
    assert child.wait(10) == -15
