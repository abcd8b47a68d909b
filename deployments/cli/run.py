"""`planwave run`."""

import json
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.apps import IgnoreUnsupported, PlanArgument, examples, new_app
from deployments.cli.run_options import (
    AgentOption,
    Approvals,
    ApprovalsOption,
    FreshOption,
    KeepBaseOption,
    ModeOption,
    OnlyOption,
    Overlaps,
    OverlapsOption,
    RebuildOption,
    RedoOption,
)
from deployments.screen import no_longer_wait
from deployments.server.lifecycle import ServerInfo, connect_server
from plans.deferred import not_acted_on
from plans.errors import PlanError
from plans.render.preview import preview_json, preview_text
from plans.text.one_line import one_line
from plans.text.plural import counted
from plans.transform.select import require_agents
from tasks.errors import TaskError
from tasks.gist import gist
from tasks.home import Home
from tasks.programs.signals import end_at_signals, take_signals
from tasks.programs.stop import Cause
from tasks.session.settings import RunSettings, read_with_digests
from tasks.session.source import reading_once

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from deployments.display import Display
    from tasks.session.events import Event

app = new_app()

FAILED, INTERRUPTED = 1, 130
MOST_MISSING = 20
EXIT_LIMIT_S = 60.0
"""The last log lines of a long run take half a minute to be sent."""


class NotDone(TaskError):
    """The run ended, and something is missing; or it did not begin."""


class _ServerFailed(NotDone):
    """The server that keeps the run did not do its part."""

    def __init__(self, info: ServerInfo, what: str) -> None:
        restart = "what is done is kept: `planwave server stop`, then run it again"
        self.hint = restart if info.is_own else "what is done is kept: look at that server, then run it again"
        super().__init__(f"the Prefect server at {info.api_url} {what}")


class _NotTold(_ServerFailed):
    """The server could not be told how the run ended."""

    def __init__(self, info: ServerInfo, why: str, end: "Event | None") -> None:
        outcome = None if end is None else end.payload.get("outcome")
        ended = "the run" if outcome is None else f"the run, which ended as {outcome},"
        lines = [f"failed: {why}; {ended} looks unfinished there", *_listed_missing(end)]
        super().__init__(info, "\n".join(lines))
        where = "is its disk full? `planwave server status` says where its data is; " if info.is_own else ""
        self.hint = f"{where}{self.hint}"


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
    approvals: ApprovalsOption = Approvals.ask,
    fresh: FreshOption = False,
    mode: ModeOption = None,
    agent: AgentOption = None,
    only: OnlyOption = None,
    overlaps: OverlapsOption = Overlaps.refuse,
    rebuild_target: RebuildOption = False,
    redo_later_waves: RedoOption = False,
    keep_base: KeepBaseOption = False,
    ignore_unsupported: IgnoreUnsupported = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would run, in which order, and start nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One event a line, as JSON.")] = False,
) -> None:
    """Carry out a plan on a repository; run again, it goes on where it was.

    Exit status 0 only when every job is done and everything landed.
    """
    settings = RunSettings(
        plan=plan,
        repo=_named_repository(repo),
        mode=mode,
        agent=agent,
        fresh=fresh,
        only=tuple(only or ()),
        approvals=approvals.value,
        overlaps=overlaps.value,
        rebuild_target=rebuild_target,
        redo_later_waves=redo_later_waves,
        keep_base=keep_base,
        ignore_unsupported=tuple(ignore_unsupported or ()),
    )
    with reading_once():
        if dry_run:
            _show(settings, as_json=as_json)
        else:
            _carry_out(settings, as_json=as_json)


def _carry_out(settings: RunSettings, *, as_json: bool) -> None:
    """Read, check and choose; then look for a server, and open the run."""
    from tasks.run.preview import require_agents_of  # noqa: PLC0415 - imports git
    from tasks.session.plan_parameter import with_lasting_plan  # noqa: PLC0415 - imports git

    end_at_signals()
    plan, digests = read_with_digests(settings)
    home = Home.from_environment()
    settings = _with_repository(settings)
    require_agents_of(settings, plan, digests, home)
    settings = with_lasting_plan(settings, home)
    info = connect_server(home)
    if info.is_open:
        from deployments.runs.server_use import OPEN  # noqa: PLC0415 - knows git

        typer.echo(f"planwave: {OPEN}", err=True)
    if info.started:
        typer.echo("planwave: `planwave ui` opens the pages of the runs, and logs your browser in", err=True)
    take_signals()
    _run(settings, info, as_json=as_json)


def _named_repository(repo: str) -> str:
    from tasks.repository.clones import is_url  # noqa: PLC0415 - imports git

    # Not resolved: a symlink keeps its own name, for messages.
    return repo if "://" in repo or is_url(repo) else os.path.abspath(repo)  # noqa: PTH100 - see above


def _show(settings: RunSettings, *, as_json: bool) -> None:
    from tasks.run.preview import preview_run  # noqa: PLC0415 - imports git

    shown, unknown = preview_run(settings, Home.from_environment())
    for line in not_acted_on(shown.plan):
        typer.echo(f"planwave: warning: {line}", err=True)
    if unknown is not None:
        typer.echo(f"planwave: {unknown}: what earlier runs have done is not known", err=True)
    try:
        require_agents(shown.plan, [step.job.id for step in shown.steps])
    except PlanError as error:
        typer.echo(f"planwave: warning: the run itself would be refused: {error}", err=True)
    if as_json:
        typer.echo(json.dumps(preview_json(shown), indent=2, ensure_ascii=False))
    else:
        typer.echo(preview_text(shown), nl=False)


def _with_repository(settings: RunSettings) -> RunSettings:
    """Return the settings with a repository that is there: a URL is cloned here, where Ctrl-C ends that at once."""
    from tasks.repository.clones import fetch_clone, without_secret  # noqa: PLC0415 - imports git
    from tasks.repository.user_repo import find_repository  # noqa: PLC0415 - imports git

    folder = fetch_clone(settings.repo, Home.from_environment())
    if folder != settings.repo:
        said = f"{without_secret(settings.repo)} is cloned to {folder}: the plan's branches will be there"
        typer.echo(f"planwave: {said}", err=True)
    find_repository(folder)
    return settings.model_copy(update={"repo": folder})


def _run(settings: RunSettings, info: ServerInfo, *, as_json: bool) -> None:
    # A live table and log lines do not go together; the lines are in the UI, and agents' output is in files.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    # Events that a server missed, which was away for a moment, would be printed with all that is in them.
    os.environ.setdefault("PREFECT_INTERNAL_LOGGING_LEVEL", "CRITICAL")
    # What Prefect's log cannot send while the server is away is no news for the terminal.
    logging.raiseExceptions = False
    import httpx  # noqa: PLC0415 - Prefect's client; takes a while

    from deployments.runner import run_here  # noqa: PLC0415 - imports Prefect, which reads the environment
    from deployments.server.errors import told_plainly  # noqa: PLC0415 - imports httpx

    no_longer_wait()
    ends: list[Event] = []
    display = _display(info, as_json=as_json)

    def hear(event: "Event") -> None:
        if event.name in {"planwave.run.finished", "planwave.run.refused"}:
            ends.append(event)
        display.hear(event)

    try:
        with told_plainly(info):
            ended = run_here(settings, info, listener=hear, viewer=display.see, every=display.draw)
    except httpx.HTTPStatusError as error:
        raise _NotTold(info, gist(str(error)), ends[-1] if ends else None) from error
    finally:
        display.close()
    state = ended.state
    if state.is_crashed() or (state.is_failed() and not ends):
        # A run that fails as it should says so first: this is of an error that nobody expected.
        raise unexpected_end(info, state.message or state.type.value, ended.error)
    end = ends[-1] if ends else None
    status = _status(state, end)
    _leave_soon(status)
    if state.is_completed():
        typer.echo(f"{state.name}: {state.message}", err=as_json)
        return
    if state.is_cancelled():
        typer.echo("\n".join([f"planwave: {state.message}", *_next(end)]), err=True)
        raise typer.Exit(status)
    raise NotDone(_missing(state.message or "", end))


def unexpected_end(info: ServerInfo, message: str, error: BaseException | None) -> Exception:
    """Return the error that a run ended by which nobody expected: the server's, or else a bug of planwave's.

    Args:
        info: the server.
        message: what Prefect says of the end.
        error: what ended the run, where that is known.
    """
    from deployments.server.errors import is_of_server  # noqa: PLC0415 - imports httpx

    if is_of_server(error):
        return _ServerFailed(info, f"failed: {gist(message)}")
    return RuntimeError(message)


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
    if end.payload.get("missing") is None:
        # It did not begin.
        return str(end.payload.get("reason") or message)
    head = f"{end.payload.get('outcome')}: {counted(len(_listed(end, 'missing')), 'thing')} missing"
    return "\n".join([head, *_listed_missing(end), *_next(end)])


def _listed_missing(end: "Event | None") -> list[str]:
    lines = _listed(end, "missing")
    shown = [f"  - {one_line(line)}" for line in lines[:MOST_MISSING]]
    more = [f"  and {len(lines) - MOST_MISSING} more, which the report names"] if len(lines) > MOST_MISSING else []
    return [*shown, *more]


def _next(end: "Event | None") -> list[str]:
    steps = _listed(end, "next")
    return ["next:", *(f"  - {step}" for step in steps)] if steps else []


def _listed(end: "Event | None", name: str) -> list[str]:
    found = None if end is None else end.payload.get(name)
    return found if isinstance(found, list) else []


def _display(info: ServerInfo, *, as_json: bool) -> "Display":
    from deployments.display import JsonLines, LiveTable, PlainLines  # noqa: PLC0415 - imports rich

    def address(flow_run: str) -> str:
        return f"{info.ui_url}/runs/flow-run/{flow_run}"

    if as_json:
        return JsonLines()
    return LiveTable(address) if sys.stdout.isatty() else PlainLines(address)
