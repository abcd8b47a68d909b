"""What happens in a run, told to Prefect (so that automations can react) and to whoever listens in this process."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from prefect.context import FlowRunContext
from prefect.events import emit_event

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


def tell(event: Event) -> None:
    """Tell Prefect and the listeners of one event.

    The resource is `planwave.<job|track|wave|run>.<run>.<subject>`, so that an automation can match on any part of it.
    """
    kind = event.name.split(".")[1]
    resource = {
        "prefect.resource.id": f"planwave.{kind}.{event.run}.{event.subject}",
        "prefect.resource.name": event.subject,
        "planwave.run": event.run,
    }
    emit = partial(emit_event, event.name, resource, event.at, _related(), dict(event.payload))
    # Out of the run's context: from there, Prefect adds the flow, the task run and every tag, each a row to be stored.
    Context().run(emit)
    for listener in tuple(_listeners):
        listener(event)


def _related() -> list[dict[str, str]]:
    """Name the flow run that an event belongs to, on whose page it is shown."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return []
    return [{"prefect.resource.id": f"prefect.flow-run.{context.flow_run.id}", "prefect.resource.role": "flow-run"}]
