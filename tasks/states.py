"""The states that steps end in: names that Prefect's filters and automations know, our word first in the message.

What a state means to planwave is never read back from its name or message: the session knows.
"""

from typing import Literal

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks.errors import JobFailed, TaskError

LONGEST = 4000
"""Of a message, in characters: pages and lists show it whole."""

Good = Literal["GO", "LeftOut", "Postponed", "DryRun"]
Bad = Literal["NO-GO", "NotLanded", "Incomplete", "Refused"]


def completed(word: Good, message: str) -> State[None]:
    """Give a completed state that says in a word how."""
    return Completed(message=worded(word, message))


def failed(word: Bad, message: str) -> State[None]:
    """Give a failed state that says in a word how."""
    return Failed(message=worded(word, message))


def failed_by(error: TaskError, said: str) -> State[None]:
    """Give the failed state of an error, by the word of its kind and what may be shown of it."""
    word = error.word if isinstance(error, JobFailed) else type(error).__name__
    # An error of no kind of its own says it all.
    return Failed(message=worded("" if type(error) is TaskError else word, said))


def worded(word: str, message: str) -> str:
    """Put a word before a message."""
    return ": ".join(part for part in (word, message) if part)[:LONGEST]
