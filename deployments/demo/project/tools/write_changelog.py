"""Writes the changelog from the history: a line for each job's commit.

usage: write_changelog.py FILE ATTEMPT

The first attempt fails, as a service that is asked too early does, so that a retry is seen.
"""

import subprocess
import sys
from pathlib import Path

HISTORY = ["git", "log", "--reverse", "--no-merges", "--format=%s%x1f%(trailers:key=Plan-Job,valueonly,separator=%x2C)"]


def main(file: str, attempt: str) -> None:
    """Write the changelog."""
    if attempt == "1":
        sys.exit("the history service does not answer yet: try again (the first attempt always ends so)")
    history = subprocess.run(HISTORY, capture_output=True, text=True, timeout=60, check=True).stdout
    commits = [line.partition("\x1f") for line in history.splitlines()]
    lines = ["# Changes", ""]
    lines += [f"- {title} (`{job}`)" for title, _, job in commits if job]
    Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{file}: {len(lines) - 2} changes")


if __name__ == "__main__":
    main(*sys.argv[1:])
