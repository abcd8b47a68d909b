"""`planwave cancel`."""

import typer

from deployments.cli.apps import RunArgument, examples, new_app
from deployments.runs.cancelling import cancel_by_signal, cancel_on_server, find_cancellable, find_cancellable_here
from deployments.runs.find import files_of, find_server
from deployments.server.api import Api, ServerRefuses, ServerUnreachable
from tasks.home import Home

app = new_app()


@app.command(epilog=examples("planwave cancel", "planwave cancel quickstart-3"))
def cancel(run: RunArgument = None) -> None:
    """End a run in order, and wait until it is over: its processes are ended and their work is kept.

    The plan can be run again, and goes on where it was. Exit status 1 when the run was over before, or does not end.
    """
    home = Home.from_environment()
    server = find_server(home)
    ended = None
    if server is not None:
        try:
            ended = _cancel_there(server.api, home, run)
        except ServerRefuses:
            raise
        except ServerUnreachable as error:
            typer.echo(f"{error}: asking the run's process instead", err=True)
    typer.echo(ended or _cancel_here(home, run))


def _cancel_there(api: Api, home: Home, named: str | None) -> str | None:
    with api:
        found = find_cancellable(api, home, named)
        if found is None:
            return None
        ended = cancel_on_server(api, found, files_of(home, found))
        return f"{ended.name}: {ended.state_name}"


def _cancel_here(home: Home, named: str | None) -> str:
    files = find_cancellable_here(home, named)
    cancel_by_signal(files)
    return f"{files.name}: ended"
