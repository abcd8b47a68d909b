"""`planwave deploy`."""

import asyncio
import shlex
import sys
from pathlib import Path

import typer

from deployments.cli.apps import examples, new_app
from deployments.server import ServerInfo, client_environment, connect_server
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

    name = asyncio.run(deploy())
    setting = _setting(info, home)
    prefect = _program()
    typer.echo(f"deployed: {name} ({info.ui_url}/deployments)")
    typer.echo("\nstart a worker, on this machine or any other that has planwave and the repositories:")
    typer.echo(f"  {setting}{prefect} worker start --pool {POOL}")
    typer.echo("run a plan, or use the form in the UI:")
    parameters = "--param plan=/path/to/plan.yaml --param repo=/path/to/repository"
    typer.echo(f"  {setting}{prefect} deployment run '{name}' {parameters}")


def _setting(info: ServerInfo, home: Home) -> str:
    """Give what a shell needs in front of a command so that it uses planwave's own server."""
    if not info.is_own:
        return ""
    wanted = {"PLANWAVE_HOME": str(home.root), **client_environment(info, home)}
    return "env " + " ".join(f"{name}={shlex.quote(value)}" for name, value in wanted.items()) + " "


def _program() -> str:
    """Give Prefect's command as it stands beside this Python, which need not be on the path."""
    beside = Path(sys.executable).with_name("prefect")
    return shlex.quote(str(beside)) if beside.is_file() else "prefect"
