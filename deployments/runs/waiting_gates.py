"""The gates that wait for a person's answer, and answering them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deployments.runs.find import NoSuchRun, find_flow_run
from deployments.server.api import Api, FlowRun
from tasks.errors import TaskError


@dataclass(frozen=True)
class WaitingGate:
    """A wave whose gate asks a person."""

    run: FlowRun
    """The run of the plan."""
    wave: FlowRun
    """The run that is paused: the wave's."""

    @property
    def wave_id(self) -> str:
        """The wave's id in the plan."""
        return str(self.wave.parameters.get("wave", self.wave.name))

    def __str__(self) -> str:
        return f"{self.run.name}: wave {self.wave_id!r} ({self.wave.name})"


class NothingWaits(TaskError):
    """No gate waits for an answer."""

    hint = "`planwave status` says how the runs stand"

    def __init__(self, named: str | None, wave: str | None) -> None:
        which = "no gate" if wave is None else f"no gate of a wave {wave!r}"
        super().__init__(f"{which} waits for an answer" + (f" in {named!r}" if named else ""))


class ManyWait(TaskError):
    """Several gates wait, and nothing says which is meant."""

    hint = "name the run, and the wave with --wave ID"

    def __init__(self, gates: Sequence[WaitingGate]) -> None:
        self.gates = tuple(gates)
        super().__init__("\n".join([f"{len(gates)} gates wait for an answer", *(f"  - {gate}" for gate in gates)]))


def one_waiting_gate(api: Api, named: str | None, wave: str | None) -> WaitingGate:
    """Return the gate that a person means.

    Args:
        api: the server.
        named: a run or a plan; None: whichever run's gate waits.
        wave: the id of the wave; None: there is but one that waits.

    Raises:
        NoSuchRun: there is no such run.
        NothingWaits: no such gate waits.
        ManyWait: more than one does.
    """
    gates = [gate for run in _asked(api, named) for gate in _waiting(api, run) if wave in {None, gate.wave_id}]
    if not gates:
        raise NothingWaits(named, wave)
    if len(gates) > 1:
        raise ManyWait(gates)
    return gates[0]


def _asked(api: Api, named: str | None) -> Sequence[FlowRun]:
    if named is None:
        return api.living_runs()
    run = find_flow_run(api, named)
    if run is None:
        raise NoSuchRun(named)
    return [run]


def _waiting(api: Api, run: FlowRun) -> Iterator[WaitingGate]:
    """Yield what waits in a run; the id of a wave's own run is taken for the run too."""
    found = [run, *api.waves(run.id)]
    return (WaitingGate(run, wave) for wave in found if wave.asks)
