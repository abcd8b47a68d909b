"""What can come of one attempt of a job: one variant for each thing that the caller must do."""

from dataclasses import dataclass

from tasks.attempt.request import Failure
from tasks.ledger.ledger import JobRecord


@dataclass(frozen=True)
class Done:
    """The job is done: its commit is on its track."""

    record: JobRecord


@dataclass(frozen=True)
class Again:
    """The attempt failed, and another one follows when a slot is free and the delay is over."""

    failure: Failure


@dataclass(frozen=True)
class Later:
    """The agent can do nothing now; the same attempt is made again later, in a task run of its own."""

    failure: Failure
    delay_s: float


@dataclass(frozen=True)
class Lost:
    """The job failed for good."""

    failure: Failure


@dataclass(frozen=True)
class Halted:
    """The run was stopped; what the attempt left is kept."""

    reason: str


Outcome = Done | Again | Later | Lost | Halted
