"""`planwave ui`."""

import os
import sys
import webbrowser
from typing import Annotated

import typer

from deployments.cli.apps import examples, new_app
from deployments.server import configured_server, ensure_server
from tasks.home import Home

app = new_app()


@app.command(epilog=examples("planwave ui", "planwave ui --no-open"))
def ui(
    *, open_it: Annotated[bool, typer.Option("--open/--no-open", help="Open it in a browser, from a terminal.")] = True
) -> None:
    """Print the address of the Prefect UI, starting planwave's own server when it does not run."""
    info = configured_server(os.environ) or ensure_server(Home.from_environment())
    typer.echo(info.ui_url)
    if open_it and sys.stdout.isatty():
        webbrowser.open(info.ui_url)
