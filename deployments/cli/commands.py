"""Which commands there are, and in which module each is found."""

from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from deployments.cli.apps import new_app

HELP = """Run a plan of many jobs with parallel AI coding agents: waves, tracks, tested merges, gates.

Exit status: 0 done, 1 failed or NO-GO, 2 wrong usage, 3 a bug in planwave, 130 interrupted."""


_USAGE = 2


class Entry(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    module: str
    """A module of this package with an `app`."""
    help: str


COMMANDS = {
    "check": Entry("check", "Say what is wrong with a plan; starts nothing."),
    "show": Entry("show", "Show a plan: waves, tracks, schedule, critical path."),
    "convert": Entry("convert", "Write a plan as canonical YAML."),
    "schema": Entry("schema", "Print the JSON Schema of plans, for editors."),
    "prompt": Entry("prompt", "Print the prompt that a job's agent gets."),
    "run": Entry("run", "Carry out a plan on a repository; run again, it goes on."),
    "resume": Entry("resume", "Go on with a plan: the same as `run`."),
    "status": Entry("status", "Say how a plan or a run stands, or list the runs."),
    "approve": Entry("answer", "Say GO to the gate that waits for an answer."),
    "reject": Entry("answer", "Say NO-GO to the gate that waits for an answer."),
    "cancel": Entry("cancel", "End a run in order; its work is kept."),
    "logs": Entry("logs", "Print what a job's agent printed."),
    "report": Entry("report", "Print the final report of a run."),
    "attic": Entry("attic", "List what runs moved out of the way, and have it back."),
    "clean": Entry("clean", "Free disk space: remove what no run needs, and pack the hubs."),
    "ui": Entry("ui", "Print and open the address of the Prefect UI."),
    "deploy": Entry("deploy", "Let workers run plans, when they are asked or on a schedule."),
    "prefect": Entry("prefect", "Call Prefect's own command on the server in use."),
    "demo": Entry("demo", "Make a small project and run a plan on it, to see how it goes."),
    "server": Entry("server", "Start, stop or look at planwave's own Prefect server."),
    "doctor": Entry("doctor", "Say what is missing on this machine, and how to get it."),
}


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """Return the program with the one command that is called; of the others, only names and short helps."""
    app = new_app(HELP)
    app.callback()(_planwave)
    called = next((word for word in arguments if not word.startswith("-")), None)
    for name, entry in COMMANDS.items():
        if name == called:
            # The name comes from the table above, never from the caller.
            app.add_typer(import_module(f"deployments.cli.{entry.module}").app)
        else:
            app.command(name, help=entry.help)(_not_loaded)
    if called is not None and called not in COMMANDS and Path(called).is_file():
        typer.echo(f"planwave: {called!r} is a file, and no command", err=True)
        typer.echo(f"    hint: did you mean `planwave run {called}`, or `planwave check {called}`?", err=True)
        raise SystemExit(_USAGE)
    return app


def _not_loaded() -> None:
    raise AssertionError("a command is loaded before it is called")


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the value alone
    if not wanted:
        return
    try:
        version = metadata.version("planwave")
    except metadata.PackageNotFoundError:
        version = "(not installed)"
    typer.echo(f"planwave {version}")
    raise typer.Exit


def _planwave(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before the command."""
