"""`planwave show`."""

import json
import shutil
import sys
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from deployments.cli.apps import PlanArgument, examples, new_app, spare_the_collector
from plans.deferred import unsupported_problems
from plans.errors import PlanError
from plans.lint import lint_plan
from plans.model import Plan
from plans.render.diagram import dot, mermaid
from plans.render.show import WIDTH, show_text
from tasks.session.source import load_document

app = new_app()


class Format(StrEnum):
    """What a plan is shown as."""

    text = "text"
    json = "json"
    mermaid = "mermaid"
    dot = "dot"


@app.command(
    epilog=examples(
        "planwave show plan.yaml",
        "planwave show plan.yaml --format json | jq '.waves[].jobs[].id'",
        "planwave show plan.yaml --format dot | dot -Tsvg > plan.svg",
    )
)
def show(
    plan: PlanArgument,
    *,
    form: Annotated[
        Format, typer.Option("--format", help="json: the whole plan; mermaid, dot: its graph.")
    ] = Format.text,
) -> None:
    """Show a plan: its waves and tracks, how it would go by the estimates, its critical path, and what is saved.

    Warnings go to standard error. Of a plan with errors only the JSON is shown, for programs that look at what was
    read; the command ends with 1 then.
    """
    spare_the_collector()
    document = load_document(plan)
    problems = lint_plan(document)
    has_errors = any(problem.severity == "error" for problem in problems)
    if form is Format.json or not has_errors:
        typer.echo(_shown(document.plan, form), nl=False)
    if has_errors:
        raise PlanError(document.name, problems)
    for problem in (*unsupported_problems(document, document.plan), *problems):
        typer.echo(replace(problem, severity="warning").show(document.name), err=True)


def _shown(plan: Plan, form: Format) -> str:
    match form:
        case Format.text:
            return show_text(plan, shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH)
        case Format.json:
            return json.dumps(plan.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
        case Format.mermaid:
            return mermaid(plan)
        case Format.dot:
            return dot(plan)
