"""`planwave report`."""

from typing import Annotated

import typer

from deployments.cli.apps import RunArgument, examples, new_app
from deployments.runs.find import need_files
from tasks.errors import TaskError
from tasks.home import Home

app = new_app()


class NoReport(TaskError):
    """The run has written no report."""


@app.command(epilog=examples("planwave report", "planwave report quickstart-3 > report.md"))
def report(
    run: RunArgument = None, *, path: Annotated[bool, typer.Option("--path", help="Print only where it is.")] = False
) -> None:
    """Print the final report of a run, in Markdown.

    Exit status 1 when the run is not over, or its process died before it could write one.
    """
    files = need_files(Home.from_environment(), run)
    if files.ended is None:
        alive = files.owner is not None
        raise NoReport(
            f"{files.name} is not over yet" if alive else f"{files.name} was killed before it wrote a report"
        )
    typer.echo(files.report if path else files.report.read_text(encoding="utf-8"), nl=path)
