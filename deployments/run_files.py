"""What runs leave on this machine's disk, found by the names that people give: logs, prompts, reports."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from tasks.attempt.folder import attempt_numbers
from tasks.home import Home
from tasks.ledger.standing import living_owner


@dataclass(frozen=True)
class RunFiles:
    """One run of a plan on a repository, as it shows on the disk."""

    home: Home
    hub: str
    """The name of the repository's hub."""
    plan: str
    number: int
    """Of the try, from 1."""

    @property
    def name(self) -> str:
        """The run's name."""
        return f"{self.plan}-{self.number}"

    @property
    def folder(self) -> Path:
        """What all runs of the plan on the repository share."""
        return self.home.runs(self.hub, self.plan)

    @property
    def report(self) -> Path:
        """The final report; there when the run came to its end."""
        return self.folder / f"report-{self.name}.md"

    @cached_property
    def began(self) -> datetime:
        """When it began."""
        return _changed_at(self.folder / "tries" / str(self.number))

    @cached_property
    def ended(self) -> datetime | None:
        """When it came to its end; None: it did not, or not yet."""
        return _changed_at(self.report) if self.report.is_file() else None

    @cached_property
    def owner(self) -> int | None:
        """The process that runs it, on this machine; None: it is over, one way or another."""
        latest = max(_numbers(self.folder / "tries"), default=0)
        if self.number != latest or self.ended is not None:
            return None
        return living_owner(self.home.plan_lock(self.hub, self.plan))

    @property
    def outcome(self) -> str:
        """How it ended, in the word of its report; `Running`, or `Died` when there is neither report nor process."""
        if self.ended is None:
            return "Died" if self.owner is None else "Running"
        with self.report.open(encoding="utf-8", errors="replace") as report:
            return report.readline().rpartition(":")[2].strip() or "Over"

    def jobs(self) -> list[str]:
        """Return the jobs that have had an attempt, in the order of their last one."""
        jobs = self.folder / "jobs"
        entries = [entry.name for entry in jobs.iterdir()] if jobs.is_dir() else []
        found = [job for job in entries if self.attempts(job)]
        return sorted(found, key=lambda job: self.attempt(job, self.attempts(job)[-1]).stat().st_mtime)

    def attempts(self, job: str) -> list[int]:
        """Return the numbers of a job's attempts, over all runs of the plan."""
        return attempt_numbers(self.folder, job)

    def attempt(self, job: str, number: int) -> Path:
        """Return the folder of an attempt."""
        return self.folder / "jobs" / job / str(number)


def all_runs(home: Home) -> list[RunFiles]:
    """Return every run there ever was, the latest first."""
    return sorted(_runs(home), key=lambda run: run.began, reverse=True)


def living_runs(home: Home) -> list[RunFiles]:
    """Return the runs that a process of this machine is at work on, the latest first."""
    return [run for run in all_runs(home) if run.owner is not None]


def find_files(home: Home, named: str | None, *, hub: str | None = None) -> RunFiles | None:
    """Find a run.

    Args:
        home: where to look.
        named: the name of a run, or of a plan, whose latest run is meant; None: the latest of all.
        hub: only on this repository; without it the latest of several that go by the name is given.
    """
    runs = [run for run in all_runs(home) if hub in {None, run.hub}]
    if named is None:
        return next(iter(runs), None)
    by_run = next((run for run in runs if run.name == named), None)
    return by_run or next((run for run in runs if run.plan == named), None)


def _runs(home: Home) -> Iterator[RunFiles]:
    for tries in (home.root / "runs").glob("*/*/tries"):
        for number in _numbers(tries):
            yield RunFiles(home, tries.parent.parent.name, tries.parent.name, number)


def _numbers(tries: Path) -> list[int]:
    return [int(entry.name) for entry in tries.iterdir() if entry.name.isdigit()] if tries.is_dir() else []


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
