"""What happens in a run, told to whoever listens in this process; `tasks.engine` tells Prefect of it."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

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


Listener = Callable[[Event], None]
_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Generator[None]:
    """Let `listener` hear every event of this process, in order, on the thread of the run's event loop."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def hear(event: Event) -> None:
    """Tell the listeners of one event."""
    for listener in tuple(_listeners):
        listener(event)
