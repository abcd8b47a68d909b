"""Runs checks: programs that judge a tree by their exit status."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from plans.durations import format_duration
from plans.model import Check
from plans.text.fenced import last_lines
from tasks.errors import Stopped
from tasks.programs.environment import child_environment
from tasks.programs.placeholders import fill
from tasks.programs.run_program import Exit, Launch, ProgramMissing, run_program
from tasks.programs.stop import StopSignal


@dataclass(frozen=True, kw_only=True)
class FailedCheck:
    """The check that said no."""

    argv: tuple[str, ...]
    reason: str
    """In one line: `'pytest -q' exited with status 1`."""
    tail: str = ""
    """The end of its output."""
    code: int | None = None
    """Its exit status; None when it could not be started."""

    def __str__(self) -> str:
        return f"{self.reason}:\n{last_lines(self.tail.strip(), 2000)}" if self.tail.strip() else self.reason


@dataclass(frozen=True, kw_only=True)
class CheckOutcome:
    """What a series of checks said."""

    failed: FailedCheck | None = None
    """The first that failed; those after it were not run."""
    durations_s: tuple[float, ...] = ()
    """How long each took that was started."""

    @property
    def passed(self) -> bool:
        """Whether all of them passed; so they do when there is none."""
        return self.failed is None


async def run_checks(  # noqa: PLR0913 - by keyword, and each a thing of its own
    checks: Sequence[Check],
    *,
    cwd: Path,
    log: Path,
    mark: str,
    extra_env: Mapping[str, str] | None = None,
    placeholders: Mapping[str, str] | None = None,
    stop: StopSignal | None = None,
    on_left: Callable[[], None] | None = None,
) -> CheckOutcome:
    """Run checks in order, in the tree that they judge, up to the first that fails.

    All their output is appended to `log`, each under a line with its command. A program that is missing, or that
    takes too long, has failed. `on_left` is called as `run_program` does.

    Raises:
        Stopped: `stop` was requested meanwhile, so that they say nothing.
    """
    env = child_environment(mark=mark, extra=extra_env)
    durations: list[float] = []
    for check in checks:
        launch = Launch(argv=fill(check.check, placeholders or {}), cwd=cwd, env=env)
        _write_title(log, launch.argv)
        try:
            end = await run_program(
                launch, log=log, timeout_s=check.timeout.total_seconds(), stop=stop, on_left=on_left
            )
        except ProgramMissing as error:
            return CheckOutcome(failed=FailedCheck(argv=launch.argv, reason=str(error)), durations_s=tuple(durations))
        if stop is not None and end.ended_by == "stop":
            raise Stopped(stop.reason or "")
        durations.append(end.duration_s)
        if failed := _failure(launch.argv, end, check.timeout):
            return CheckOutcome(failed=failed, durations_s=tuple(durations))
    return CheckOutcome(durations_s=tuple(durations))


def _write_title(log: Path, argv: Sequence[str]) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8", errors="replace") as file:
        file.write(f"$ {shlex.join(argv)}\n")


def _failure(argv: tuple[str, ...], end: Exit, timeout: timedelta) -> FailedCheck | None:
    shown = shlex.join(argv)[:200]
    if end.ended_by == "timeout":
        reason = f"{shown!r} took longer than {format_duration(timeout)}"
    elif end.code != 0:
        reason = f"{shown!r} exited with status {end.code}"
    else:
        return None
    return FailedCheck(argv=argv, reason=reason, tail=end.tail, code=end.code)
