"""`planwave check`."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from deployments.cli.apps import IgnoreUnsupported, PlanArgument, examples, new_app, spare_the_collector
from plans.deferred import unsupported_problems
from plans.errors import PlanError, Problem
from plans.lint import lint_plan
from plans.lint.summary import review
from plans.model import Plan
from tasks.session.source import load_document

app = new_app()


@app.command(
    epilog=examples(
        "planwave check plan.yaml",
        "planwave check plan.yaml --strict --repo ~/my-repo",
        "planwave check plan.yaml --ignore-unsupported cost_usd,sandbox",
        "cat plan.yaml | planwave check -",
    )
)
def check(
    plan: PlanArgument,
    *,
    strict: Annotated[bool, typer.Option(help="Take warnings for errors.")] = False,
    repo: Annotated[
        str | None, typer.Option(metavar="DIR", help="The target repository: also check that paths to read are there.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Tell each warning, also those that are like others.")] = False,
    ignore_unsupported: IgnoreUnsupported = None,
) -> None:
    """Say everything that is wrong or doubtful with a plan, as `FILE:LINE: what`; nothing is started.

    Errors come first, then the warnings, the worst first; many of one kind are told in one line. Fields and kinds of
    agents that this version does not act on are errors in YAML, and warnings where they were read from prose. Exit
    status 1 when there are errors, or with --strict warnings.
    """
    spare_the_collector()
    name, checked, problems = _problems(plan, repo, ignore_unsupported or ())
    for problem in problems if every else review(problems):
        typer.echo(problem.show(name))
    counts = Counter(problem.severity for problem in problems)
    failed = bool(counts["error"] or (strict and counts["warning"]))
    found = ", ".join(_counted(counts[kind], kind) for kind in ("error", "warning") if counts[kind])
    about = "" if checked is None else f" ({_size(checked)})"
    typer.echo(f"{name}: {found or 'ok'}{about}", err=True)
    if failed:
        raise typer.Exit(1)


def _problems(source: str, repo: str | None, ignored: Sequence[str]) -> tuple[str, Plan | None, tuple[Problem, ...]]:
    try:
        document = load_document(source)
    except PlanError as error:
        return error.name, None, error.problems
    exists = None
    if repo is not None:
        from tasks.repository.repo_paths import path_lookup  # noqa: PLC0415 - asks git, which most checks need not

        exists = path_lookup(repo, document.plan.base)
    unsupported = unsupported_problems(document, document.plan, ignored)
    return document.name, document.plan, (*unsupported, *lint_plan(document, exists))


def _size(plan: Plan) -> str:
    counts = ((len(plan.jobs), "job"), (len(plan.waves), "wave"), (len(plan.lanes), "track"))
    return ", ".join(_counted(number, word) for number, word in counts)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
