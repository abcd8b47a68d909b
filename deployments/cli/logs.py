"""`planwave logs`."""

import shutil
import sys
import time
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, TextIO

import typer

from deployments.cli.apps import examples, new_app
from deployments.run_files import RunFiles
from deployments.runs.find import need_files
from deployments.runs.lines import in_columns
from deployments.screen import raw_output
from tasks.attempt.folder import AttemptFolder
from tasks.errors import TaskError
from tasks.home import Home

app = new_app()

_POLL_S = 0.3


class NoLog(TaskError):
    """There is no such log."""

    def __init__(self, what: str, hint: str | None = None) -> None:
        self.hint = hint
        super().__init__(what)


@app.command(
    epilog=examples("planwave logs", "planwave logs health-checks", "planwave logs health-checks --attempt 1 --checks")
)
def logs(  # noqa: PLR0913 - by keyword, one for each option
    job: Annotated[str | None, typer.Argument(metavar="JOB", help="The id of a job; absent: list the logs.")] = None,
    *,
    run: Annotated[str | None, typer.Option(metavar="RUN", help="The run or plan; absent: the latest run.")] = None,
    attempt: Annotated[int | None, typer.Option(metavar="N", min=1, help="Absent: the latest attempt.")] = None,
    checks: Annotated[bool, typer.Option("--checks", help="What the job's checks printed.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on printing until the run is over.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Byte for byte, with what steers a terminal.")] = False,
    path: Annotated[bool, typer.Option("--path", help="Print only where the log is.")] = False,
) -> None:
    """Print all that a job's agent printed.

    What would steer the terminal is left out; --raw prints every byte.

    Attempts are counted over all runs of a plan on a repository.
    """
    files = need_files(Home.from_environment(), run)
    if job is None:
        _list(files)
        return
    log = _log(files, job, attempt, checks=checks)
    if path:
        typer.echo(log)
    elif follow:
        _copy(log, raw=raw, until=lambda: files.owner is None or files.attempts(job)[-1] != int(log.parent.name))
    else:
        _copy(log, raw=raw, until=lambda: True)


def _list(files: RunFiles) -> None:
    rows = [
        (job, f"attempt {number}", f"{log.stat().st_size:,} bytes", str(log))
        for job in files.jobs()
        for number in files.attempts(job)
        if (log := AttemptFolder(files.attempt(job, number), number).log).is_file()
    ]
    if not rows:
        raise NoLog(f"no job of {files.plan!r} has a log yet")
    for line in in_columns(rows):
        typer.echo(line)


def _log(files: RunFiles, job: str, attempt: int | None, *, checks: bool) -> Path:
    numbers = files.attempts(job)
    if not numbers:
        close = get_close_matches(job, files.jobs(), n=3)
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else "`planwave logs` lists the jobs with logs"
        raise NoLog(f"no job {job!r} of {files.plan!r} has a log", hint)
    number = numbers[-1] if attempt is None else attempt
    if number not in numbers:
        raise NoLog(f"job {job!r} has no attempt {number}", f"it has {', '.join(map(str, numbers))}")
    folder = AttemptFolder(files.attempt(job, number), number)
    log = folder.checks_log if checks else folder.log
    if not log.is_file():
        what = "checks have" if checks else "agent has"
        if not any(folder.path.iterdir()):
            raise NoLog(f"there is nothing of attempt {number} of job {job!r} any more: `planwave clean` removed it")
        raise NoLog(f"the {what} printed nothing in attempt {number} of job {job!r}")
    return log


def _copy(log: Path, until: Callable[[], bool], *, raw: bool) -> None:
    """Copy a log to standard output, and what is added to it until there is no more to come."""
    out = raw_output()
    with log.open("rb") as file, log.open(encoding="utf-8", errors="replace", newline="\n") as text:
        while True:
            last = until()
            if raw:
                shutil.copyfileobj(file, out)
                out.flush()
            else:
                _copy_text(text)
            if last:
                return
            time.sleep(_POLL_S)


def _copy_text(log: TextIO) -> None:
    """Print what there is to be read, by lines: a terminal's escapes are whole in them."""
    for line in log:
        sys.stdout.write(line)
    sys.stdout.flush()
