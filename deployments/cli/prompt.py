"""`planwave prompt`."""

from difflib import get_close_matches
from typing import Annotated

import typer

from deployments.cli.apps import PlanArgument, examples, new_app
from plans.errors import PlanError, Problem
from plans.lint import check_document
from plans.prompt import build_prompt
from tasks.session.source import load_document

app = new_app()


@app.command(epilog=examples("planwave prompt plan.yaml health-checks"))
def prompt(
    plan: PlanArgument, job: Annotated[str, typer.Argument(metavar="JOB", help="The id of one of its jobs.")]
) -> None:
    """Print the prompt that a job's agent gets for its first attempt.

    What other jobs hand off, and why an attempt failed, are added when the plan runs.
    """
    document = load_document(plan)
    check_document(document)
    found = document.plan.jobs.get(job)
    if found is None:
        close = get_close_matches(job, document.plan.jobs, n=3)
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else "`planwave show` lists the jobs"
        raise PlanError(document.name, [Problem(f"no job {job!r}", hint=hint, code="unknown-name")])
    typer.echo(build_prompt(document.plan, found), nl=False)
