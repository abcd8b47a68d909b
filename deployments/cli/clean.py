"""`planwave clean`."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.apps import examples, new_app
from deployments.runs.lines import in_columns
from plans.text.plural import counted
from tasks.cleaning.choice import KINDS, Cleaning, Held, Kind, Thing, parse_age
from tasks.home import Home

if TYPE_CHECKING:
    from tasks.cleaning.clean_up import Cleaned

app = new_app()

_CHOICES: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind != "gone")
_FAILED = 1
_WORDS: dict[Kind, str] = {
    "workspaces": "workspaces",
    "logs": "logs",
    "checks": "logs of checks",
    "runs": "runs and reports",
    "attic": "entries of the attic",
    "leftovers": "leftovers of what was killed",
    "gone": "hubs without a repository",
    "hubs": "hubs to pack",
}


@app.command(
    epilog=examples(
        "planwave clean --dry-run", "planwave clean --older-than 7d", "planwave clean --only workspaces --only hubs"
    )
)
def clean(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Say what would go, and change nothing.")] = False,
    older_than: Annotated[
        str | None,
        typer.Option(
            metavar="AGE",
            help="Only what was not used for so long: 30d, 12h, 2w, 0. Absent: workspaces of any age, all else 30d.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help=f"Only this: {', '.join(_CHOICES)}. May be given more than once."),
    ] = None,
    gone: Annotated[
        bool, typer.Option("--gone", help="Also remove hubs whose repository is gone, with all work in them.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Free disk space: remove what no run needs any more, and pack the hubs.

    Workspaces go first; logs, runs and what is in the attic go when they are old. What runs that are alive use is
    not touched, nor is work that is nowhere else. The latest logs and records of a plan that is not finished stay.
    No commit is ever removed.
    """
    from tasks.cleaning.clean_up import clean_up, plan_cleaning  # noqa: PLC0415 - asks git

    home = Home.from_environment()
    cleaning = plan_cleaning(home, older_than=_age(older_than), only=_kinds(only), gone=gone)
    cleaned = None if dry_run else clean_up(home, cleaning)
    if as_json:
        typer.echo(json.dumps(_json(cleaning, cleaned), indent=2, ensure_ascii=False))
    else:
        for line in _lines(cleaning, cleaned):
            typer.echo(line)
        for held in (*cleaning.held, *(cleaned.left if cleaned else ()), *(cleaned.failed if cleaned else ())):
            typer.echo(f"left: {held.place}: {held.why}", err=True)
    if cleaned is not None and cleaned.failed:
        raise typer.Exit(_FAILED)


def _age(text: str | None) -> timedelta | None:
    try:
        return None if text is None else parse_age(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--older-than") from None


def _kinds(names: Sequence[str] | None) -> list[Kind]:
    wanted = {name for text in names or () for name in text.split(",")}
    unknown = wanted - set(_CHOICES)
    if unknown:
        raise typer.BadParameter(f"{min(unknown)!r} is none of {', '.join(_CHOICES)}", param_hint="--only")
    return [kind for kind in _CHOICES if str(kind) in wanted]


def _lines(cleaning: Cleaning, cleaned: "Cleaned | None") -> Iterator[str]:
    things = cleaning.things if cleaned is None else cleaned.removed
    rows = cleaning.rows(of=things)
    cells = [(_WORDS[kind], plan, hub, f"{count:,}", _bytes(size)) for kind, hub, plan, count, size in rows]
    yield from in_columns([("what", "plan", "hub", "number", "bytes"), *cells] if cells else [])
    yield from _hub_lines(cleaning, cleaned)
    total = sum(cleaning.sizes.get(thing, 0) for thing in things)
    if cleaned is None:
        nothing = "nothing would go" if cleaning.is_nothing else f"would free {_bytes(total)}"
        packing = ", and what packing frees" if cleaning.hubs else ""
        yield f"{nothing}{packing}; nothing was changed"
    else:
        packed = sum(one.bytes_before - one.bytes_after for one in cleaned.packed.values())
        yield f"freed {_bytes(total + packed)}"


def _hub_lines(cleaning: Cleaning, cleaned: "Cleaned | None") -> Iterator[str]:
    if cleaned is None:
        for hub in cleaning.hubs:
            yield f"hub {hub.hub}: {counted(hub.loose, 'loose object')} would be packed" + _joined(
                hub.packs, "would become one"
            )
        return
    for name, done in cleaned.packed.items():
        size = f"{_bytes(done.bytes_before)} became {_bytes(done.bytes_after)}"
        yield f"hub {name}: {counted(done.loose, 'loose object')} packed{_joined(done.packs, 'became one')}: {size}"


def _joined(packs: int, became: str) -> str:
    return f", {packs} packs {became}" if packs else ""


def _bytes(size: int) -> str:
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if abs(amount) < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:,.0f} {unit}" if unit == "B" else f"{amount:,.1f} {unit}"


def _json(cleaning: Cleaning, cleaned: "Cleaned | None") -> dict[str, object]:
    things = cleaning.things if cleaned is None else sorted(cleaned.removed)
    freed: dict[str, int] = {}
    for thing in things:
        freed[thing.kind] = freed.get(thing.kind, 0) + cleaning.sizes.get(thing, 0)
    return {
        "dry_run": cleaned is None,
        "things": [_thing_json(thing, cleaning.sizes.get(thing, 0)) for thing in things],
        "bytes": freed,
        "hubs": [_hub_json(cleaning, name, cleaned) for name in sorted(hub.hub for hub in cleaning.hubs)],
        "left": [_held_json(held) for held in (*cleaning.held, *(cleaned.left if cleaned else ()))],
        "failed": [_held_json(held) for held in (cleaned.failed if cleaned else ())],
    }


def _thing_json(thing: Thing, size: int) -> dict[str, object]:
    used = datetime.fromtimestamp(thing.used, UTC).astimezone().isoformat()
    return {
        "kind": thing.kind, "hub": thing.hub, "plan": thing.plan, "place": thing.place, "used": used, "bytes": size,
    }  # fmt: skip


def _hub_json(cleaning: Cleaning, name: str, cleaned: "Cleaned | None") -> dict[str, object]:
    found = next(hub for hub in cleaning.hubs if hub.hub == name)
    done = cleaned.packed.get(name) if cleaned else None
    freed = None if done is None else done.bytes_before - done.bytes_after
    return {"hub": name, "loose": found.loose, "packs": found.packs, "packed": done is not None, "bytes": freed}


def _held_json(held: Held) -> dict[str, str]:
    return {"place": held.place, "why": held.why}
