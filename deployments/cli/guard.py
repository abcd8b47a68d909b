"""The one place where errors become messages and exit statuses.

0 done, 1 an expected failure, 2 wrong usage, 3 a bug in planwave, 130 interrupted.
"""

import io
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer

from deployments.cli.commands import build_app
from plans.errors import PlanError
from tasks.errors import OF_THE_MACHINE, TaskError
from tasks.home import Home

DONE, FAILED, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def guarded(arguments: Sequence[str]) -> int:
    """Run a command; give its exit status, after saying on stderr what went wrong."""
    _never_fail_on_characters()
    status = _status_of(arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has gone, as `head` does; nothing to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return status


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
    except OSError as error:
        if error.errno not in OF_THE_MACHINE:
            return _report_bug(error)
        _say(f"planwave: {error}")
    except Exception as error:  # noqa: BLE001 - the edge where a bug becomes a short report
        return _report_bug(error)
    else:
        return DONE
    return FAILED


def _say(message: str, hint: str | None = None) -> None:
    typer.echo(message, err=True)
    if hint is not None:
        typer.echo(f"    hint: {hint}", err=True)


def _report_bug(error: Exception) -> int:
    trace = "".join(traceback.format_exception(error))
    where = _keep(trace)
    what = traceback.format_exception_only(error)[-1].strip()
    _say(f"planwave: this is a bug in planwave: {what}", None if where is None else f"the traceback is in {where}")
    if where is None:
        _say(trace)
    return BUG


def _keep(trace: str) -> Path | None:
    """Write a traceback where it can be found; None: nowhere can be written."""
    for folder in (Home.from_environment().root / "crashes", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file, name = tempfile.mkstemp(prefix="planwave-crash-", suffix=".txt", dir=folder)
            with os.fdopen(file, "w", encoding="utf-8", errors="replace") as out:
                out.write(trace)
        except OSError:
            continue
        return Path(name)
    return None


def _never_fail_on_characters() -> None:
    """Let a terminal that lacks a character show another in its place."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
