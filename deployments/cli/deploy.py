"""`planwave deploy`."""

import asyncio
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from deployments.cli.apps import examples, new_app
from deployments.server import ServerInfo, connect_server
from tasks.home import Home

app = new_app()


@app.command(epilog=examples("planwave deploy", "PREFECT_API_URL=https://prefect.example/api planwave deploy"))
def deploy() -> None:
    """Let workers run plans: create or update the deployment `run-plan/on-demand` on the server in use.

    Prints how to start a worker, and how to run a plan through it.
    """
    home = Home.from_environment()
    info = connect_server(home)
    from deployments.deploying import POOL, deploy  # noqa: PLC0415 - imports Prefect, which reads the environment
    from deployments.server_errors import told_plainly  # noqa: PLC0415 - imports httpx, which takes a while

    with told_plainly(info):
        name = asyncio.run(deploy())
    prefect = _program()
    typer.echo(f"deployed: {name} ({info.ui_url}/deployments)")
    typer.echo("\nstart a worker, on this machine or another that has planwave and the repositories:")
    for line in _settings(info, home):
        typer.echo(f"  {line}")
    typer.echo(f"  {prefect} worker start --pool {POOL}")
    typer.echo("\nrun a plan through it, with the same settings, or from the form in the UI:")
    parameters = "--param plan=/path/to/plan.yaml --param repo=/path/to/repository"
    typer.echo(f"  {prefect} deployment run '{name}' {parameters}")


def _settings(info: ServerInfo, home: Home) -> Iterator[str]:
    """Give what a shell needs before it uses planwave's own server; nothing for one that the user configured."""
    if info.is_own:
        wanted = {"PLANWAVE_HOME": home.root, "PREFECT_HOME": home.prefect, "PREFECT_API_URL": info.api_url}
        yield "export " + " ".join(f"{name}={shlex.quote(str(value))}" for name, value in wanted.items())


def _program() -> str:
    """Give Prefect's command as it stands beside this Python, which need not be on the path."""
    beside = Path(sys.executable).with_name("prefect")
    return shlex.quote(str(beside)) if beside.is_file() else "prefect"
