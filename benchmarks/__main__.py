"""`python -m benchmarks [NAME ...]`: measure, print, and (without names) write RESULTS.md."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks.large import large_repository, snapshots
from benchmarks.loop import loop_cost
from benchmarks.measures import Row, large_check, many_jobs, many_merges, resume

MEASURES: dict[str, Callable[[], Iterable[Row]]] = {
    "check": large_check,
    "merges": many_merges,
    "jobs-100": lambda: many_jobs(100, 100, 1.06, rivals=True),
    "jobs-1000": lambda: many_jobs(1000, 50, 1.05, rivals=False),
    "resume": resume,
    "snapshots": snapshots,
    "large": large_repository,
    "loop": loop_cost,
}


def main() -> None:
    """Measure what is named, or everything."""
    names = sys.argv[1:] or list(MEASURES)
    rows: list[Row] = []
    for name in names:
        for row in MEASURES[name]():
            rows.append(row)
            print(f"{row.what}: {row.value}  {row.goal}  {_word(row)}", flush=True)
    if not sys.argv[1:]:
        file = Path(__file__).with_name("RESULTS.md")
        # What others measured stands below, each with its command.
        _, heading, others = file.read_text().partition("\n## ")
        file.write_text(_report(rows) + heading + others)
    if any(row.met is False for row in rows):
        raise SystemExit(1)


def _word(row: Row) -> str:
    return {None: "", True: "met", False: "missed"}[row.met]


def _report(rows: list[Row]) -> str:
    memory = psutil.virtual_memory().total / 2**30
    git = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    machine = f"{os.cpu_count()} processors, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    table = [f"| {row.what} | {row.value} | {row.goal} | {_word(row)} |" for row in rows]
    lines = [
        "# Results",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `make bench`, all in one go: {machine}, {git}.",
        "Ratios are to the simulated optimum: the time the jobs would take on the slots if nothing else took any.",
        "",
        "| what | measured | goal | |",
        "|---|---|---|---|",
        *table,
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
