"""`planwave convert`."""

from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.apps import PlanArgument, examples, new_app
from plans.yaml.writer import write_document
from tasks.errors import TaskError
from tasks.session.source import load_document

app = new_app()


@app.command(epilog=examples("planwave convert plan.json", "planwave convert notes.md -o plan.yaml"))
def convert(
    plan: PlanArgument,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write here; absent: to standard output.")
    ] = None,
) -> None:
    """Write a plan as canonical YAML; reading that gives an equal plan.

    Of a plan in Markdown, comments name the line that each wave, track and job is from. What its reader doubted goes to
    standard error.
    """
    document = load_document(plan)
    for problem in document.warnings:
        typer.echo(problem.show(document.name), err=True)
    text = write_document(document)
    if output is None:
        typer.echo(text, nl=False)
    else:
        _write(output, text)


class OutputUnwritable(TaskError):
    """The file that a command was to write cannot be written."""

    def __init__(self, file: Path, why: str) -> None:
        self.file = file
        super().__init__(f"{file} cannot be written: {why}")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputUnwritable(file, error.strerror or str(error)) from error
