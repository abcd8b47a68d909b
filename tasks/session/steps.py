"""Steps of a run, and the states that they end in; an engine (`tasks.session.run_log`) carries them out and shows them.

What a state means to planwave is decided by its kind and by what the session knows, never by its words: these are for
people. An engine shows them under names that its filters and automations know, our word first in the message.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tasks.gist import gist

LONGEST = 4000
"""Of a message, in characters: pages and lists show it whole."""

Good = Literal["GO", "LeftOut", "Postponed", "DryRun"]
Bad = Literal["NO-GO", "NotLanded", "Incomplete", "Refused"]


class Kind(StrEnum):
    """What a state is, by the name that Prefect and its users have for it."""

    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


@dataclass(frozen=True)
class StepState:
    """How a step, a wave or a run ended. An engine may give one with more to it: what it knows the step by."""

    kind: Kind
    message: str = ""
    """For people; our word first, where there is one."""
    shown_as: str = ""
    """What the state is called where it has a name of its own, as *Cached* has."""

    @property
    def name(self) -> str:
        """What the state is called."""
        return self.shown_as or self.kind.value


@dataclass(frozen=True)
class Step:
    """One step of a run, as whoever looks on sees it.

    Attributes:
        label: what it is, one word for all steps of its sort.
        name: what it is shown as.
        do: does it, each time anew; an error that it raises ends the step alone.
        after: states of the steps that it stands on, for the edges of the graph.
        tags: what it is found by.
        retries: how often it may be done again.
        may_retry: asked after each failure whether it is.
    """

    label: Literal["job", "merge", "gate"]
    name: str
    do: Callable[[], Awaitable[StepState]]
    after: Sequence[StepState] = ()
    tags: Sequence[str] = ()
    retries: int = 0
    may_retry: Callable[[], bool] = lambda: False


def completed(message: str = "", *, word: Good | None = None, shown_as: str = "") -> StepState:
    """Return a completed state, which a word may say how."""
    return StepState(Kind.COMPLETED, _worded(word, message), shown_as)


def failed(message: str, *, word: Bad | None = None) -> StepState:
    """Return a failed state, which a word may say how."""
    return StepState(Kind.FAILED, _worded(word, message))


def failed_by(word: str, said: str) -> StepState:
    """Return the failed state of an error, by the word of its kind, where it has one, and what may be shown of it."""
    return StepState(Kind.FAILED, _worded(word, said))


def cancelled(message: str) -> StepState:
    """Return the state of what was stopped."""
    return StepState(Kind.CANCELLED, message)


def why_ended(state: StepState) -> str:
    """Return why a step or a wave ended that nobody expected to end so, in a sentence; its own log has all of it."""
    return gist(state.message) if state.message else f"it ended as {state.name}"


def _worded(word: str | None, message: str) -> str:
    return ": ".join(part for part in (word, message) if part)[:LONGEST]
