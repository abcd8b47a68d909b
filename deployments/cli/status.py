"""`planwave status`."""

import json
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.apps import examples, new_app
from deployments.run_files import all_runs, find_files
from deployments.runs.find import NoSuchRun, Server, as_id, find_flow_run, find_server
from deployments.runs.lines import HEADS, RunLine, in_columns, line_of, line_of_files
from deployments.runs.reasons import find_reasons
from deployments.runs.standing import standing_json, standing_lines
from deployments.server.api import ServerRefuses, ServerUnreachable
from plans.deferred import EVERYTHING
from tasks.home import Home
from tasks.session.settings import RunSettings, read_with_digests
from tasks.session.source import reading_once

if TYPE_CHECKING:
    from tasks.ledger.standing import PlanStanding

app = new_app()


@app.command(
    epilog=examples(
        "planwave status",
        "planwave status quickstart-3",
        "planwave status plan.yaml --repo ~/my-repo --json",
        "planwave status PLAN.md --repo ~/my-repo --write",
    )
)
def status(  # noqa: PLR0913 - by keyword, one for each option
    what: Annotated[
        str | None,
        typer.Argument(metavar="PLAN|RUN", help="The file of a plan, or the name of a run or plan, or a run's id."),
    ] = None,
    *,
    repo: Annotated[str, typer.Option(metavar="DIR", help="With the file of a plan: the git repository.")] = ".",
    mode: Annotated[str | None, typer.Option(help="With the file of a plan: the mode it is run with.")] = None,
    agent: Annotated[str | None, typer.Option(help="With the file of a plan: the agent it is run with.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="With a plan in Markdown: tick its boxes and fill its Progress section.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Show so many runs.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say what is done of a plan on a repository, how a run stands, or which runs there were.

    Nothing is changed but, with --write, the document of a plan in Markdown: jobs whose work is on the target are
    marked as done there. It may be asked at any time, with or without the server.
    """
    if write and (what is None or not _is_plan(what)):
        raise typer.BadParameter("name the Markdown file of a plan", param_hint="--write")
    home = Home.from_environment()
    with _answering(home) as server, reading_once():
        if what is not None and _is_plan(what):
            settings = RunSettings(plan=what, repo=repo, mode=mode, agent=agent, ignore_unsupported=(EVERYTHING,))
            standing = _show_plan(home, server, settings, as_json=as_json)
            if write:
                _write(what, standing)
        elif what is not None:
            _show_run(home, server, what, as_json=as_json)
        else:
            _show_runs(home, server, limit, as_json=as_json)


def _is_plan(what: str) -> bool:
    return what == "-" or "/" in what or Path(what).suffix in {".yaml", ".yml", ".json", ".md"} or Path(what).is_file()


def _show_plan(home: Home, server: Server | None, settings: RunSettings, *, as_json: bool) -> "PlanStanding":
    from tasks.ledger.standing import peek  # noqa: PLC0415 - asks git, which the other ways of asking need not

    plan, digests = read_with_digests(settings)
    standing = peek(settings.repo, plan, home, digests)
    run = _latest(home, server, plan.name, standing.hub_key)
    reasons = find_reasons(home, plan.name, standing, digests)
    if as_json:
        typer.echo(json.dumps(standing_json(plan, standing, run, reasons), indent=2, ensure_ascii=False))
        return standing
    for line in standing_lines(plan, standing, run, reasons):
        typer.echo(line)
    return standing


def _write(plan: str, standing: "PlanStanding") -> None:
    from tasks.reporting.write_back import read_writable, write_back  # noqa: PLC0415 - hardly ever asked for

    data, document = read_writable(plan)
    is_new = write_back(plan, data, document, standing)
    typer.echo(f"{plan}: {'progress written' if is_new else 'nothing new to write'}", err=True)


def _latest(home: Home, server: Server | None, plan: str, hub: str) -> RunLine | None:
    found = (
        server.api.plan_runs(tags=[f"plan:{plan}", f"hub:{hub}", f"home:{home.identity}"], limit=1) if server else ()
    )
    if server is not None and found:
        return line_of(server, home, found[0])
    files = find_files(home, plan, hub=hub)
    return None if files is None else line_of_files(files)


def _show_run(home: Home, server: Server | None, named: str, *, as_json: bool) -> None:
    run = None if server is None else find_flow_run(server.api, named)
    if server is None or run is None:
        files = None if as_id(named) else find_files(home, named)
        if files is None:
            raise NoSuchRun(named)
        line, waves = line_of_files(files), []
    else:
        line = line_of(server, home, run)
        waves = [line_of(server, home, wave) for wave in server.api.waves(run.id)]
    if as_json:
        told = {**line.json, "waves": [wave.json for wave in waves]}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    _print_run(line, waves)


def _print_run(line: RunLine, waves: list[RunLine]) -> None:
    typer.echo(f"{line.name}: {line.state}" + (f": {line.message}" if line.message else ""))
    for label, text in (
        ("started", line.cells[2]),
        ("took", line.cells[3]),
        ("process", str(line.process or "")),
        ("page", line.page),
        ("report", line.report),
    ):
        if text:
            typer.echo(f"  {label}: {text}")
    for row in in_columns([(wave.name, wave.state, wave.cells[3], wave.message) for wave in waves]):
        typer.echo(f"  {row}")
    if any(wave.asks for wave in waves):
        typer.echo(f"it waits for an answer: `planwave approve {line.name}` or `planwave reject {line.name}`")


def _show_runs(home: Home, server: Server | None, limit: int, *, as_json: bool) -> None:
    if server is None:
        lines = [line_of_files(files) for files in all_runs(home)[:limit]]
    else:
        lines = [line_of(server, home, run) for run in server.api.plan_runs(limit=limit)]
    if as_json:
        told = {"server": server and server.info.ui_url, "runs": [line.json for line in lines]}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    elif lines:
        for row in in_columns([HEADS, *(line.cells for line in lines)]):
            typer.echo(row)
    else:
        typer.echo("there is no run yet")


@contextmanager
def _answering(home: Home) -> Generator[Server | None]:
    """Yield the server, when it answers; else say on standard error that what follows is from the disk."""
    with find_server(home) or nullcontext() as server:
        why = None if server else "planwave's Prefect server is not running"
        try:
            if server is not None:
                server.api.living_runs()
        except ServerRefuses:
            raise
        except ServerUnreachable as error:
            why = str(error)
        if why is not None:
            typer.echo(f"{why}: what follows is what runs left on this disk", err=True)
        yield None if why else server
