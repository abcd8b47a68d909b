"""What happens in a run, told to whoever listens in this process; `run_log` tells those who look on elsewhere."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tasks.session.listeners import Listeners

Scalar = str | int | float | bool | None
Payload = Mapping[str, Scalar | list[str]]


@dataclass(frozen=True)
class Event:
    """One thing that happened: `planwave.job.started`, `planwave.gate.decided` ..."""

    name: str
    subject: str
    """The id of the job, track, wave or run it is about."""
    run: str
    """The run's name."""
    payload: Payload = field(default_factory=dict[str, Scalar])
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def kind(self) -> str:
        """What it is about: `job`, `merge`, `gate`, `wave`, `base` or `run`."""
        return self.name.split(".")[1]


Listener = Callable[[Event], None]
_listeners = Listeners[Event]()


def listening(listener: Listener) -> AbstractContextManager[None]:
    """Let `listener` hear every event of this process for the block, in order, on a thread of its own."""
    return _listeners.listening(listener)


def hear(event: Event) -> None:
    """Tell the listeners of one event; waits for none of them."""
    _listeners.tell(event)
