"""`planwave ui`."""

import os
import sys
import webbrowser
from typing import Annotated

import typer

from deployments.cli.apps import examples, new_app
from deployments.jobs_kept_out import keep_jobs_out
from deployments.server.lifecycle import ServerInfo, configured_server, ensure_server, login_of
from tasks.home import Home

app = new_app()
LOGIN_S = 60.0
"""How long a browser may take to start."""
BY_HAND = "log in with what `planwave ui --password` prints"


@app.command(epilog=examples("planwave ui", "planwave ui --no-open", "planwave ui --password"))
def ui(
    *,
    open_it: Annotated[bool, typer.Option("--open/--no-open", help="Open it in a browser, from a terminal.")] = True,
    password: Annotated[
        bool, typer.Option("--password", help="Print what the login form of planwave's own server asks for instead.")
    ] = False,
) -> None:
    """Print the address of the Prefect UI, starting planwave's own server when it does not run.

    From a terminal, a browser opens it and is logged in; it stays so.
    """
    home = Home.from_environment()
    info = configured_server(os.environ) or ensure_server(home)
    login = login_of(home) if info.is_own and not info.is_open else None
    if password:
        keep_jobs_out(home, "the password of the server")
        typer.echo(login or "this server's password is not planwave's to know", err=login is None)
        raise typer.Exit(int(login is None))
    typer.echo(info.ui_url)
    if info.is_open:
        from deployments.runs.server_use import OPEN  # noqa: PLC0415 - knows git

        typer.echo(f"planwave: {OPEN}", err=True)
    if open_it and sys.stdout.isatty():
        _open(info, login)


def _open(info: ServerInfo, login: str | None) -> None:
    from deployments.server.pages import one_login  # noqa: PLC0415 - a web server, for a terminal alone

    if login is None:
        webbrowser.open(info.ui_url)
        return
    keep_jobs_out(Home.from_environment(), "logging in to the pages")
    with one_login(info.ui_url, login) as opened:
        if not webbrowser.open(opened.url):
            typer.echo(f"no browser opens here: {BY_HAND}", err=True)
        elif not opened.wait(LOGIN_S):
            typer.echo(f"the browser did not come back: {BY_HAND}", err=True)
