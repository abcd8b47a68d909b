"""`planwave doctor`."""

import typer

from deployments.cli.apps import examples, new_app
from deployments.doctor.doctor import examine
from tasks.home import Home

app = new_app()


@app.command(epilog=examples("planwave doctor", "PLANWAVE_HOME=/big/disk planwave doctor"))
def doctor() -> None:
    """Say what this machine has and lacks for running plans, and how to get what is missing.

    Exit status 1 when something is missing that every run needs, or when a schedule will not be kept.
    """
    missing = 0
    for finding in examine(Home.from_environment()):
        missing += finding.standing == "missing"
        typer.echo(f"{finding.standing:<8}{finding.what}")
        if finding.hint is not None:
            typer.echo(f"        hint: {finding.hint}")
    if missing:
        typer.echo(f"{missing} thing{'' if missing == 1 else 's'} missing", err=True)
        raise typer.Exit(1)
    typer.echo("ready to run plans", err=True)
