"""States of steps as Prefect's, by names that its filters and automations know; and back."""

from collections.abc import Mapping
from dataclasses import dataclass

from prefect.client.schemas.objects import State, StateType
from prefect.states import Cancelled, Failed

from tasks.session.steps import Kind, StepState

_KINDS: Mapping[StateType, Kind] = {
    StateType.COMPLETED: Kind.COMPLETED,
    StateType.CANCELLED: Kind.CANCELLED,
    StateType.CANCELLING: Kind.CANCELLED,
}


@dataclass(frozen=True)
class ShownState(StepState):
    """A state that Prefect has shown, which edges of its graph can start from."""

    state: State[object] | None = None


def as_prefect(state: StepState) -> State[None]:
    """Return a step's state as Prefect takes it from a flow or a task."""
    match state.kind:
        case Kind.COMPLETED:
            return State[None](type=StateType.COMPLETED, name=state.name, message=state.message)
        case Kind.FAILED:
            return Failed(message=state.message)
        case Kind.CANCELLED:
            return Cancelled(message=state.message)


def shown(state: State[object]) -> ShownState:
    """Return the state of a step that Prefect has ended; whatever is not well or stopped has failed: a crash, say."""
    kind = _KINDS.get(state.type, Kind.FAILED)
    name = state.name or ""
    return ShownState(kind, state.message or "", "" if name == kind.value else name, state)
