"""Checks judge a tree by their exit status."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from plans.model import Check
from tasks.errors import Stopped
from tasks.programs.check import CheckOutcome, run_checks
from tasks.programs.stop import StopSignal


def sh(script: str, timeout_s: float = 60) -> Check:
    return Check(check=("sh", "-c", script), timeout=timedelta(seconds=timeout_s))


async def judge(folder: Path, *checks: Check) -> CheckOutcome:
    return await run_checks(checks, cwd=folder, log=folder / "logs" / "checks.log", mark="hub/plan")


async def test_no_checks_pass(tmp_path: Path) -> None:
    outcome = await judge(tmp_path)
    assert (outcome.passed, outcome.durations_s) == (True, ())


async def test_checks_run_in_order_in_the_tree_that_they_judge(tmp_path: Path) -> None:
    outcome = await judge(tmp_path, sh("touch made"), sh("test -e made && echo seen"))
    assert (outcome.passed, len(outcome.durations_s)) == (True, 2)
    assert (tmp_path / "logs" / "checks.log").read_text() == (
        "$ sh -c 'touch made'\n$ sh -c 'test -e made && echo seen'\nseen\n"
    )


async def test_the_first_that_fails_ends_the_series(tmp_path: Path) -> None:
    outcome = await judge(tmp_path, sh("true"), sh("echo bad; exit 4"), sh("touch never"))
    assert not (tmp_path / "never").exists()
    assert outcome.failed is not None
    assert (outcome.passed, len(outcome.durations_s)) == (False, 2)
    assert (outcome.failed.argv, outcome.failed.code) == (("sh", "-c", "echo bad; exit 4"), 4)
    assert str(outcome.failed) == "\"sh -c 'echo bad; exit 4'\" exited with status 4:\nbad"


async def test_a_missing_program_is_a_failed_check(tmp_path: Path) -> None:
    outcome = await judge(tmp_path, Check(check=("no-such-program", "-q")))
    assert outcome.failed is not None
    assert (str(outcome.failed), outcome.failed.code) == ("cannot start 'no-such-program': not found", None)


async def test_a_check_that_takes_too_long_has_failed(tmp_path: Path) -> None:
    outcome = await judge(tmp_path, sh("echo begun; exec sleep 60", timeout_s=0.2))
    assert outcome.failed is not None
    assert outcome.failed.reason.endswith("took longer than 0.2s")
    assert outcome.failed.tail == "begun\n"


async def test_a_check_sees_what_it_is_given(tmp_path: Path) -> None:
    outcome = await run_checks(
        [Check(check=("sh", "-c", 'test "$0-$PLANWAVE_JOB" = build-lint', "{job}"))],
        cwd=tmp_path,
        log=tmp_path / "log",
        mark="hub/plan",
        extra_env={"PLANWAVE_JOB": "lint"},
        placeholders={"job": "build"},
    )
    assert outcome.passed


async def test_checks_that_were_stopped_say_nothing(tmp_path: Path) -> None:
    stop = StopSignal()
    running = asyncio.ensure_future(
        run_checks([sh("sleep 60")], cwd=tmp_path, log=tmp_path / "log", mark="hub/plan", stop=stop)
    )
    stop.request("the user asked")
    with pytest.raises(Stopped, match="the user asked"):
        await running
