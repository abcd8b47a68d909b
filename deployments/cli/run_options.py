"""The options of commands that run plans, or have them run later."""

from enum import StrEnum
from typing import Annotated

import typer


class Approvals(StrEnum):
    """Who answers gates that ask a person."""

    ask = "ask"
    auto = "auto"


class Overlaps(StrEnum):
    """What becomes of jobs that may write the same path at the same time."""

    refuse = "refuse"
    order = "order"


ApprovalsOption = Annotated[
    Approvals, typer.Option(help="auto: gates that ask a person say GO when their checks pass.")
]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Start over; what was done is kept in the attic.")]
ModeOption = Annotated[str | None, typer.Option(help="One of the plan's modes.")]
AgentOption = Annotated[
    str | None, typer.Option(help="Do every job with this agent of the plan, or this kind of agent.")
]
OnlyOption = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="Only this wave, track or job; may be given more than once.")
]
OverlapsOption = Annotated[
    Overlaps, typer.Option(help="order: of two jobs that may write the same path at once, the later one waits.")
]
RebuildOption = Annotated[
    bool, typer.Option("--rebuild-target", help="Land today's jobs anew from the base, without what is left over.")
]
RedoOption = Annotated[
    bool, typer.Option("--redo-later-waves", help="Where a finished job runs again, so do all jobs of later waves.")
]
KeepBaseOption = Annotated[
    bool, typer.Option("--keep-base", help="Stay on the base of the first run, though it has moved.")
]
