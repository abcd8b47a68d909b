"""What the modules of commands share: how an app is made, and the arguments that many commands take."""

import gc
from typing import Annotated

import typer

PlanArgument = Annotated[
    str, typer.Argument(metavar="PLAN", help="The plan: a file, a URL, or `-` for standard input.")
]

RunArgument = Annotated[
    str | None,
    typer.Argument(metavar="RUN", help="The name of a run, or of a plan for its latest run, or a run's id."),
]

IgnoreUnsupported = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Accept a field (cost_usd) or a kind of agent (claude) that this version does not act on; `all`: any. "
        "May be given more than once, or as a list with commas.",
    ),
]


def new_app(help_text: str | None = None, *, name: str | None = None) -> typer.Typer:
    """Return an app whose help is plain text; with a name, its commands stand below that name."""
    return typer.Typer(
        name=name,
        help=help_text,
        # Rich takes longer to import than the light commands may take for everything.
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def spare_the_collector() -> None:
    """Collect no garbage from here on: for commands that read one plan and end, looking for it is 40 % of the work."""
    gc.disable()


def examples(*lines: str) -> str:
    """Return the end of a help text: one example a line."""
    # The control character keeps the lines from being wrapped into one paragraph.
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
