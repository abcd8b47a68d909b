"""`planwave run`."""

import json
import os
import sys
import threading
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.apps import PlanArgument, examples, new_app
from deployments.server import ServerInfo, connect_server
from plans.preview import preview_json, preview_text
from tasks.errors import TaskError
from tasks.home import Home
from tasks.settings import RunSettings, read_plan_for
from tasks.signals import end_at_signals, take_signals
from tasks.stop import Cause

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from deployments.display import Display
    from tasks.events import Event

app = new_app()

FAILED, INTERRUPTED = 1, 130
EXIT_LIMIT_S = 60.0
"""The last log lines of a long run take half a minute to be sent."""


class Approvals(StrEnum):
    """Who answers gates that ask a person."""

    ask = "ask"
    auto = "auto"


class Overlaps(StrEnum):
    """What becomes of jobs that may write the same path at the same time."""

    refuse = "refuse"
    order = "order"


class NotDone(TaskError):
    """The run ended, and something is missing; or it did not begin."""


class NotTold(TaskError):
    """The server could not be told how the run ended."""

    hint = "is its disk full? `planwave server status` says where its data is; run the plan again to go on"

    def __init__(self, info: ServerInfo, status: int, ends: "Sequence[Event]") -> None:
        outcome = ends[-1].payload.get("outcome") if ends else None
        ended = "the run" if outcome is None else f"the run, which ended as {outcome},"
        lines = [f"the Prefect server at {info.api_url} fails with status {status}: {ended} looks unfinished there"]
        missing = ends[-1].payload.get("missing") if ends else None
        lines += [f"  - {line}" for line in missing] if isinstance(missing, list) else []
        super().__init__("\n".join(lines))


@app.command(
    epilog=examples(
        "planwave run plan.yaml --repo ~/my-repo",
        "planwave run plan.yaml --repo ~/my-repo --approvals auto --json",
        "planwave run plan.yaml --only wave-1 --agent formatter",
        "planwave run plan.yaml --fresh",
    )
)
def run(  # noqa: PLR0913 - by keyword, one for each option
    plan: PlanArgument,
    *,
    repo: Annotated[str, typer.Option(metavar="DIR|URL", help="The git repository to work for.")] = ".",
    approvals: Annotated[
        Approvals, typer.Option(help="auto: gates that ask a person say GO when their checks pass.")
    ] = Approvals.ask,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over; what was done is kept in the attic.")] = False,
    mode: Annotated[str | None, typer.Option(help="One of the plan's modes.")] = None,
    agent: Annotated[
        str | None, typer.Option(help="Do every job with this agent of the plan, or this kind of agent.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this wave, track or job; may be given more than once.")
    ] = None,
    overlaps: Annotated[
        Overlaps,
        typer.Option(help="order: of two jobs that may write the same path at once, the later one waits."),
    ] = Overlaps.refuse,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would run, in which order, and start nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One event a line, as JSON.")] = False,
) -> None:
    """Carry out a plan on a repository; run again, it goes on where it was.

    Exit status 0 only when every job is done and everything landed.
    """
    settings = RunSettings(
        plan=_as_text(plan),
        repo=_named_repository(repo),
        mode=mode,
        agent=agent,
        fresh=fresh,
        only=tuple(only or ()),
        approvals=approvals.value,
        overlaps=overlaps.value,
    )
    if dry_run:
        _show(settings, as_json=as_json)
        return
    end_at_signals()
    read_plan_for(settings)
    settings = _with_repository(settings)
    info = connect_server(Home.from_environment())
    take_signals()
    _run(settings, info, as_json=as_json)


def _as_text(plan: str) -> str:
    """Give the plan as the flow can read it: standard input is read here, once."""
    return sys.stdin.read() if plan == "-" else plan


def _named_repository(repo: str) -> str:
    from tasks.clones import is_url  # noqa: PLC0415 - imports git

    # Not resolved: a symlink keeps its own name, for messages.
    return repo if "://" in repo or is_url(repo) else os.path.abspath(repo)  # noqa: PTH100 - see above


def _show(settings: RunSettings, *, as_json: bool) -> None:
    from tasks.preview import preview_run  # noqa: PLC0415 - imports git

    shown, unknown = preview_run(settings, Home.from_environment())
    if unknown is not None:
        typer.echo(f"planwave: {unknown}: what earlier runs have done is not known", err=True)
    if as_json:
        typer.echo(json.dumps(preview_json(shown), indent=2, ensure_ascii=False))
    else:
        typer.echo(preview_text(shown), nl=False)


def _with_repository(settings: RunSettings) -> RunSettings:
    """Give the settings with a repository that is there: a URL is cloned here, where Ctrl-C ends that at once."""
    from tasks.clones import fetch_clone, without_secret  # noqa: PLC0415 - imports git
    from tasks.user_repo import find_repository  # noqa: PLC0415 - imports git

    folder = fetch_clone(settings.repo, Home.from_environment())
    if folder != settings.repo:
        said = f"{without_secret(settings.repo)} is cloned to {folder}: the plan's branches will be there"
        typer.echo(f"planwave: {said}", err=True)
    find_repository(folder)
    return settings.model_copy(update={"repo": folder})


def _run(settings: RunSettings, info: ServerInfo, *, as_json: bool) -> None:
    # A live table and log lines do not go together; the lines are in the UI, and agents' output is in files.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    import httpx  # noqa: PLC0415 - Prefect's client; takes a while

    from deployments.runner import run_here  # noqa: PLC0415 - imports Prefect, which reads the environment

    ends: list[Event] = []
    display = _display(info, as_json=as_json)

    def hear(event: "Event") -> None:
        if event.name in {"planwave.run.finished", "planwave.run.refused"}:
            ends.append(event)
        display.hear(event)

    try:
        state = run_here(settings, listener=hear, viewer=display.see, every=display.draw)
    except (RuntimeError, httpx.TransportError) as error:
        if isinstance(error, RuntimeError) and "Failed to reach API" not in str(error):
            raise
        raise NotDone(f"the Prefect server at {info.api_url} does not answer") from error
    except httpx.HTTPStatusError as error:
        raise NotTold(info, error.response.status_code, ends) from error
    finally:
        display.close()
    if state.is_crashed() or (state.is_failed() and not ends):
        # A run that fails as it should says so first: this is of an error that nobody expected.
        raise RuntimeError(state.message or state.type)
    end = ends[-1] if ends else None
    status = _status(state, end)
    _leave_soon(status)
    if state.is_completed():
        typer.echo(f"{state.name}: {state.message}", err=as_json)
        return
    if state.is_cancelled():
        typer.echo(f"planwave: {state.message}", err=True)
        raise typer.Exit(status)
    raise NotDone(_missing(state.message or "", end))


def _status(state: "State[object]", end: "Event | None") -> int:
    if state.is_completed():
        return 0
    interrupted = end is not None and end.payload.get("stopped_by") == Cause.SIGNAL
    return INTERRUPTED if state.is_cancelled() and interrupted else FAILED


def _leave_soon(status: int) -> None:
    """Bound the time that the process takes to exit: Prefect waits for minutes at exit for a server that has gone."""
    last_resort = threading.Timer(EXIT_LIMIT_S, os._exit, (status,))
    last_resort.daemon = True
    last_resort.start()


def _missing(message: str, end: "Event | None") -> str:
    if end is None:
        return message
    missing, outcome = end.payload.get("missing"), end.payload.get("outcome")
    if not isinstance(missing, list):
        return str(end.payload.get("reason"))
    return "\n".join([f"{outcome}: {len(missing)} thing(s) missing", *(f"  - {line}" for line in missing)])


def _display(info: ServerInfo, *, as_json: bool) -> "Display":
    from deployments.display import JsonLines, LiveTable, PlainLines  # noqa: PLC0415 - imports rich

    def address(flow_run: str) -> str:
        return f"{info.ui_url}/runs/flow-run/{flow_run}"

    if as_json:
        return JsonLines()
    return LiveTable(address) if sys.stdout.isatty() else PlainLines(address)
