"""The one place where errors become messages and exit statuses.

0 done, 1 an expected failure, 2 wrong usage, 3 a bug in planwave, 130 interrupted.
"""

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import typer

from deployments.cli.commands import build_app
from deployments.screen import screens
from plans.errors import PlanError
from tasks.errors import OF_THE_MACHINE, TaskError, details_of
from tasks.gist import gist
from tasks.home import Home

DONE, FAILED, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130

MOST_SAID = 2
"""Lines of what a program said, its command included, that a message holds."""


def guarded(arguments: Sequence[str]) -> int:
    """Run a command; give its exit status, after saying on stderr what went wrong."""
    with screens():
        status = _status_of(arguments)
    # What could not be written stays in the files' own buffers, whoever was told of it.
    lost, _ = _flush(sys.stdout), _flush(sys.stderr)
    if lost is None:
        return status
    if status == DONE and not isinstance(lost, BrokenPipeError):
        _say(f"planwave: {lost.strerror or lost}")
    return status or FAILED


def _flush(stream: TextIO) -> OSError | None:
    """Write out what is left; where that cannot be, give why, and leave nothing that Python would try to write at exit.

    Where whoever read the output has gone, as `head` does, that is a `BrokenPipeError`, and nothing to speak of.
    """
    try:
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None


def _status_of(arguments: Sequence[str]) -> int:
    try:
        typer.main.get_command(build_app(arguments))(args=list(arguments), prog_name="planwave")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except PlanError as error:
        _say(str(error))
    except TaskError as error:
        _say(f"planwave: {error}", error.hint)
        _keep_details(details_of(error))
    except BrokenPipeError:
        pass  # nobody is there to be told
    except OSError as error:
        if error.errno not in OF_THE_MACHINE and not _is_of_home(error):
            return _report_bug(error)
        named = f"{error.filename}: " if error.filename else ""
        hint = "planwave keeps what it keeps in PLANWAVE_HOME: set that to a folder that can be written"
        _say(f"planwave: {named}{error.strerror or error}", hint if _is_of_home(error) else None)
    except Exception as error:  # noqa: BLE001 - the edge where a bug becomes a short report
        return _report_bug(error)
    else:
        return DONE
    return FAILED


def _is_of_home(error: OSError) -> bool:
    """Return whether planwave's own folder is not there, and this is why it cannot be made."""
    home, filename = Home.from_environment().root, str(error.filename or "")
    named = Path(filename)
    return filename != "" and not home.is_dir() and (named.is_relative_to(home) or home.is_relative_to(named))


def _say(message: str, hint: str | None = None) -> None:
    with suppress(OSError):  # nobody is there to be told
        typer.echo(message, err=True)
        if hint is not None:
            typer.echo(f"    hint: {hint}", err=True)


def _report_bug(error: Exception) -> int:
    trace = "".join(traceback.format_exception(error))
    where = _keep(trace)
    what = f"{type(error).__name__}: {gist(str(error))}" if str(error) else type(error).__name__
    _say(f"planwave: this is a bug in planwave: {what}", None if where is None else f"the traceback is in {where}")
    if where is None:
        _say(trace)
    return BUG


def _keep_details(details: str) -> None:
    """Keep what a program said where that was more than the line that was shown of it."""
    if len(details.splitlines()) > MOST_SAID:
        where = _keep(details, "said")
        if where is not None:
            typer.echo(f"    all that it said is in {where}", err=True)


def _keep(text: str, kind: str = "crash") -> Path | None:
    """Write a long text where it can be found; None: nowhere can be written."""
    for folder in (Home.from_environment().root / "crashes", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file, name = tempfile.mkstemp(prefix=f"planwave-{kind}-", suffix=".txt", dir=folder)
            with os.fdopen(file, "w", encoding="utf-8", errors="replace") as out:
                out.write(text)
        except OSError:
            continue
        return Path(name)
    return None
