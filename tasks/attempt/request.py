"""What a run asks for when it wants an attempt made, and what it is told of it; both can be sent to another machine.

Whoever makes attempts is an `AttemptRunner`; while it does, it asks its `Client`.
"""

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Protocol, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict

from plans.agent import Agent
from plans.model import Check, Owns
from tasks.errors import JobFailed, QuotaExhausted, Stopped, TaskError, details_of, word_of
from tasks.ledger.ledger import JobRecord
from tasks.programs.stop import StopSignal


def _sendable(text: str) -> str:
    return text.encode(errors="replace").decode()


Text = Annotated[str, BeforeValidator(_sendable)]
"""What programs and paths had a part in, and so may hold what no message can."""


class _Letter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AttemptRequest(_Letter):
    """One attempt of a job, with all that the run has decided about it.

    Whoever makes it has the plan and the hub's commits too: what nobody owns, and may so be granted, is for the plan
    to say.
    """

    job: str
    title: str
    """Heads the commit's message."""
    track: str
    wave: str
    run: str
    """The run's name."""
    digest: str
    """Of the job as the document has it."""
    attempt: int
    """The number of its folder, from 1; counts on over the runs of a plan."""
    mark: str
    """By which everything that the attempt starts is found."""
    parent: str
    """The commit to start from."""
    tip: str | None
    """Where the track's branch is, which the job's commit moves; None: it has none yet."""
    without: tuple[str, ...] = ()
    """Jobs that it needs and does without."""
    prompt: Text
    agent: Agent
    """Its settings; of the environment variables that its programs may see, it has the names alone."""
    agent_label: str
    """Who does the job, in a word."""
    command: tuple[str, ...] | None = None
    """The job's own command, in place of the agent's."""
    owns: Owns
    """The paths that the job may touch."""
    checks: tuple[Check, ...] = ()
    """What must pass in the workspace before its work is taken."""
    timeout_s: float
    stall_timeout_s: float | None = None


class Failure(_Letter):
    """Why an attempt did not do its job."""

    kind: Literal["failed", "postponed", "stopped", "broken"]
    """`broken`: it is nothing of the agent's, but of git, of the machine or of what the job stands on."""
    reason: Text
    word: str = ""
    """What a person reads first of it, where it has one."""
    details: Text = ""
    """What a program said in full; often nothing."""
    may_retry: bool = False
    reset_at: datetime | None = None
    """Of one that is postponed: when to try again; None: the agent did not say."""

    @property
    def in_full(self) -> str:
        """All of it, for a log."""
        return f"{self.reason}\n{self.details}" if self.details else self.reason

    @classmethod
    def of(cls, job: str, error: TaskError | OSError) -> Self:
        """Return what an error means for an attempt of a job."""
        if isinstance(error, Stopped):
            return cls(kind="stopped", reason=error.reason)
        if isinstance(error, OSError):
            # Of the machine: a log that cannot be written, or no process or file left to be had.
            return cls(kind="broken", reason=f"{job}: {error}")
        failure = cls(kind="broken", reason=str(error), word=word_of(error), details=details_of(error))
        if isinstance(error, QuotaExhausted):
            return failure.model_copy(update={"kind": "postponed", "reset_at": error.reset_at})
        if isinstance(error, JobFailed):
            return failure.model_copy(update={"kind": "failed", "may_retry": error.may_retry})
        return failure


class AttemptReport(_Letter):
    """What came of an attempt: the job's commit, or why there is none."""

    job: str
    attempt: int
    result: JobRecord | Failure
    """The job's commit, which its track's branch holds by now; or why there is none."""
    rescue: str | None = None
    """The ref that keeps what a failed attempt left, where it left anything."""
    cost_usd: float | None = None
    tokens: int | None = None
    duration_s: float = 0.0
    """How long the agent was at work."""
    log: Text = ""
    """Where all that it printed is; empty: it printed nothing."""
    warnings: tuple[Text, ...] = ()
    """What the user should know though the job is done."""
    problems: tuple[Text, ...] = ()
    """What could not be read of what the agent left in its outbox."""

    @property
    def commit(self) -> str | None:
        """The job's commit, where it is done."""
        return None if isinstance(self.result, Failure) else self.result.commit


class Client(Protocol):
    """Whoever asked for an attempt, while it is made."""

    @property
    def stop(self) -> StopSignal:
        """What ends the attempt."""
        ...

    def place(self, request: AttemptRequest, log: Path) -> AbstractAsyncContextManager[Callable[[str], None]]:
        """Wait until the agent may start, and hold its place for the block; gives what hears each line it prints.

        Raises:
            Stopped: the attempt was stopped before there was a place.
        """
        ...


class AttemptRunner(Protocol):
    """Makes attempts, any number at once; it decides nothing about the run."""

    async def run(self, request: AttemptRequest, client: Client) -> AttemptReport:
        """Make one attempt to its end; what can go wrong is in the report, and what was left is kept."""
        ...

    @property
    def at_work(self) -> Collection[str]:
        """The jobs whose agents are at work now."""
        ...

    def finished_steps(self, job: str) -> int:
        """Return how many of its steps the agent of a job says it has finished; 0 where it is not at work."""
        ...
