"""The command line: `planwave COMMAND`, one module for each family of commands.

A command's module is imported only when the command is called, and the light ones never import Prefect, git or httpx:
`planwave check` answers before Prefect alone would have been imported.
"""

import sys
from collections.abc import Sequence

from deployments.cli.guard import guarded


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit status; the console script."""
    sys.exit(guarded(sys.argv[1:] if arguments is None else arguments))
