"""`planwave attic list | restore`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.apps import examples, new_app
from deployments.runs.lines import in_columns
from plans.text.plural import counted
from tasks.home import Home
from tasks.session.source import load_document

if TYPE_CHECKING:
    from tasks.hub.attic import Entry

app = new_app(
    "Look at what runs moved out of the way (`--fresh`, edited jobs, rollbacks), and have it back.", name="attic"
)
_HEADS = ("plan", "number", "moved away", "what", "commit", "")
_SUBJECT = 60

Repo = Annotated[str, typer.Option(metavar="DIR|URL", help="The git repository that the plan works for.")]


@app.command(
    "list",
    epilog=examples(
        "planwave attic list", "planwave attic list plan.yaml --repo ~/my-repo", "planwave attic list --json"
    ),
)
def list_(
    plan: Annotated[
        str | None, typer.Argument(metavar="PLAN", help="The file or the name of a plan; absent: all.")
    ] = None,
    *,
    repo: Repo = ".",
    every: Annotated[
        bool, typer.Option("--all", help="Also the marks of waves and gates, and where plans began.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List what is kept: when it was moved away, what it was, its commit.

    What was moved away together has one number.
    """
    from tasks.hub.attic import open_attic  # noqa: PLC0415 - asks git

    name = None if plan is None else _name_of(plan)
    attic = open_attic(repo, Home.from_environment())
    entries = attic.entries(name)
    if as_json:
        typer.echo(json.dumps([_json(entry) for entry in entries], indent=2, ensure_ascii=False))
        return
    rows = [row for entry in entries for row in _rows(entry, every=every)]
    if not rows:
        of = "" if name is None else f" of plan {name!r}"
        typer.echo(f"nothing is in the attic{of} for {attic.repo.path}", err=True)
        return
    for line in in_columns([_HEADS, *rows]):
        typer.echo(line)


@app.command(
    epilog=examples(
        "planwave attic restore plan.yaml 3 --repo ~/my-repo",
        "planwave attic restore plan.yaml 3 --track docs --branch old-docs",
        "planwave attic restore plan.yaml 3 --as-was",
    )
)
def restore(  # noqa: PLR0913 - by keyword, one for each option
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The file or the name of the plan.")],
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `planwave attic list` says it.")],
    *,
    repo: Repo = ".",
    track: Annotated[str | None, typer.Option(help="The track that is meant; absent: the target.")] = None,
    branch: Annotated[str | None, typer.Option(help="The new branch; absent: attic/PLAN/NUMBER/...")] = None,
    as_was: Annotated[
        bool, typer.Option("--as-was", help="Let the plan itself be as it was then: the next run goes on from there.")
    ] = False,
) -> None:
    """Make a new branch in the repository where a kept target, or track, was; no branch that is there is touched.

    With --as-was it is the plan that goes back, and no branch is made: what it is now is moved to the attic, so that
    this can be undone in the same way. No run of the plan may be alive.
    """
    if as_was and (track is not None or branch is not None):
        raise typer.BadParameter("it makes no branch: --track and --branch say nothing then", param_hint="--as-was")
    from tasks.hub.attic import open_attic  # noqa: PLC0415 - asks git

    attic = open_attic(repo, Home.from_environment())
    entry = attic.entry(_name_of(plan), number)
    if not as_was:
        name, kept = attic.restore(entry, track=track, branch=branch)
        typer.echo(f"{name}: {kept.commit[:10]} {kept.subject}")
        return
    away = attic.put_back(entry)
    moved = "nothing had to make room" if away is None else f"what it was until now is number {away}"
    typer.echo(f"plan {entry.plan!r} is as it was ({counted(len(entry.kept), 'ref')} of number {number}); {moved}")


def _name_of(plan: str) -> str:
    """Return a plan's name: a file is read for it."""
    return load_document(plan).plan.name if "/" in plan or Path(plan).suffix or Path(plan).exists() else plan


def _rows(entry: "Entry", *, every: bool) -> Sequence[tuple[str, ...]]:
    when = "-" if entry.when is None else f"{entry.when:%Y-%m-%d %H:%M}"
    shown = entry.kept if every else entry.branches
    return [
        (entry.plan, str(entry.number), when, kept.name.replace("/", " ", 1), kept.commit[:10], kept.subject[:_SUBJECT])
        for kept in shown
    ]


def _json(entry: "Entry") -> dict[str, object]:
    kept = [{"name": one.name, "commit": one.commit, "subject": one.subject} for one in entry.kept]
    when = None if entry.when is None else entry.when.isoformat()
    return {"plan": entry.plan, "number": entry.number, "moved": when, "kept": kept}
