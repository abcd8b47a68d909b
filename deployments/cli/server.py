"""`planwave server start | stop | status`."""

from typing import Annotated

import typer

from deployments.cli.apps import examples, new_app
from deployments.runs.server_use import OPEN, refuse_under_runs
from deployments.server.lifecycle import ServerInfo, ensure_server, is_healthy, server_status, stop_server
from tasks.home import Home

app = new_app("Start, stop or look at planwave's own Prefect server, which keeps and shows the runs.", name="server")


@app.command(epilog=examples("planwave server start"))
def start() -> None:
    """Start the server in the background, if it does not run yet, and print where its pages are."""
    info = ensure_server(Home.from_environment())
    typer.echo(_line(info, "started" if info.started else "already running"))
    if info.is_open:
        typer.echo(f"planwave: {OPEN}", err=True)


@app.command(epilog=examples("planwave server stop", "planwave server stop --force"))
def stop(
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Also under runs that are at work: they end in order.")
    ] = False,
) -> None:
    """End the server; runs and their history are kept. Exit status 1 when a run is at work and it goes on."""
    home = Home.from_environment()
    if not force:
        refuse_under_runs(home)
    info = stop_server(home)
    typer.echo("not running" if info is None else _line(info, "stopped"))


@app.command(epilog=examples("planwave server status"))
def status() -> None:
    """Say whether the server runs, and where; exit status 1 when it does not."""
    home = Home.from_environment()
    info = server_status(home)
    if info is None:
        typer.echo("not running (`planwave run` and `planwave server start` start it)")
        raise typer.Exit(1)
    answers = is_healthy(info)
    typer.echo(_line(info, "running" if answers else "not answering"))
    typer.echo(f"data: {home.prefect}")
    if not answers:
        raise typer.Exit(1)


def _line(info: ServerInfo, standing: str) -> str:
    return f"{standing}: {info.ui_url} (process {info.pid})"
