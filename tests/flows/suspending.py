"""What the *Suspend* and *Resume* of a run's page ask of the server."""

from tests.flows.commands import Planwave


def suspend(planwave: Planwave, flow_run: str, *, force: bool = False) -> str:
    """Suspend a flow run, as the pages do: that of `/v2` by force. Give what the server says to it."""
    details = {"pause_timeout": "2999-01-01T00:00:00Z", "pause_reschedule": True}
    state = {"type": "PAUSED", "name": "Suspended", "state_details": details}
    return str(planwave.post(f"/flow_runs/{flow_run}/set_state", {"state": state, "force": force}).json()["status"])


def resume(planwave: Planwave, flow_run: str) -> str:
    """Resume a flow run; give what the server says to it."""
    return str(planwave.post(f"/flow_runs/{flow_run}/resume", {}).json()["status"])
