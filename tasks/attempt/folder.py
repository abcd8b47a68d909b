"""The folders of a job's attempts: prompt, outbox and log, kept so that a person can look at each of them."""

from dataclasses import dataclass
from pathlib import Path

from tasks.agents.outbox import Outbox


@dataclass(frozen=True)
class AttemptFolder:
    """Where one attempt keeps what is not work: `<runs>/jobs/<job>/<number>/`."""

    path: Path
    number: int
    """From 1; goes on counting over the runs of a plan."""

    @classmethod
    def of(cls, folder: Path, job: str, number: int) -> "AttemptFolder":
        """Return the folder of an attempt of a job, made where it is not there yet."""
        path = folder / "jobs" / job / str(number)
        path.mkdir(parents=True, exist_ok=True)
        return cls(path, number)

    @property
    def prompt(self) -> Path:
        """The prompt as the agent got it."""
        return self.path / "prompt.md"

    @property
    def log(self) -> Path:
        """All that the agent printed."""
        return self.path / "output.log"

    @property
    def checks_log(self) -> Path:
        """All that the job's checks printed."""
        return self.path / "checks.log"

    def outbox(self) -> Outbox:
        """Make the attempt's empty outbox."""
        return Outbox.fresh(self.path / "outbox")


def open_attempt(folder: Path, job: str) -> AttemptFolder:
    """Make the folder of a job's next attempt."""
    jobs = folder / "jobs" / job
    number = 1 + max(attempt_numbers(folder, job), default=0)
    path = jobs / str(number)
    path.mkdir(parents=True)
    return AttemptFolder(path, number)


def attempt_numbers(folder: Path, job: str) -> list[int]:
    """Return the numbers of a job's attempts so far, in order."""
    jobs = folder / "jobs" / job
    found = (entry.name for entry in jobs.iterdir()) if jobs.is_dir() else ()
    return sorted(int(name) for name in found if name.isdigit())
