"""`planwave prefect`."""

import os
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from deployments.cli.apps import examples, new_app
from deployments.server.lifecycle import connect_server
from tasks.home import Home
from tasks.programs.environment import take_credentials_out

app = new_app()

_KEPT = "PREFECT_WORKER_"
"""What a user sets for a worker holds for planwave's own server too; all else of Prefect's is for other work."""


@app.command(
    "prefect",
    # Options are Prefect's, but for `--help` as the first word.
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=examples("planwave prefect worker start --pool planwave", "planwave prefect deployment ls"),
)
def prefect(arguments: Annotated[list[str], typer.Argument(metavar="ARGUMENTS")]) -> None:
    """Call Prefect's own command on the server in use, as for starting a worker."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
    home = Home.from_environment()
    if connect_server(home).is_own:
        # Prefect finds it in its home; in the environment of a worker, others would find it too.
        take_credentials_out()
    # -P: nothing is imported from the current folder, which may hold `flows` or `tasks` of its own.
    argv = [sys.executable, "-P", "-m", "prefect", *arguments]
    if arguments[:2] == ["worker", "start"]:
        from deployments.deploying.worker import run_worker  # noqa: PLC0415 - no other command needs it

        raise typer.Exit(run_worker(argv, _environment(home, kept)))
    os.execve(sys.executable, argv, _environment(home, kept))  # noqa: S606 - there is no shell


def _environment(home: Home, kept: Mapping[str, str]) -> dict[str, str]:
    # A worker's runs start in folders of their own: a relative name would be another folder there.
    return {**os.environ, **kept, "PLANWAVE_HOME": str(home.root)}
