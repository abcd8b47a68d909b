"""The command line: `planwave COMMAND`, one module for each family of commands.

A command's module is imported only when the command is called, and the light ones never import Prefect, git or httpx:
`planwave check` answers before Prefect alone would have been imported.
"""

import gc
import sys
from collections.abc import Sequence

from deployments.cli.guard import guarded

_COLLECT_EVERY = 100_000
"""By default the collector looks through what is imported hundreds of times, a sixth of the time that it takes."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit status; the console script."""
    gc.set_threshold(_COLLECT_EVERY)
    sys.exit(guarded(sys.argv[1:] if arguments is None else arguments))
