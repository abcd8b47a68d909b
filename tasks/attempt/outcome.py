"""What can come of one attempt of a job: one variant for each thing that the caller must do."""

from dataclasses import dataclass

from tasks.errors import JobFailed, QuotaExhausted, TaskError
from tasks.ledger.ledger import JobRecord


@dataclass(frozen=True)
class Done:
    """The job is done: its commit is on its track."""

    record: JobRecord


@dataclass(frozen=True)
class Again:
    """The attempt failed, and another one follows when a slot is free and the delay is over."""

    error: JobFailed


@dataclass(frozen=True)
class Later:
    """The agent can do nothing now; the same attempt is made again later, in a task run of its own."""

    error: QuotaExhausted
    delay_s: float


@dataclass(frozen=True)
class Lost:
    """The job failed for good."""

    error: TaskError


@dataclass(frozen=True)
class Halted:
    """The run was stopped; what the attempt left is kept."""

    reason: str


Outcome = Done | Again | Later | Lost | Halted
