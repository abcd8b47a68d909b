"""Events as sentences, for terminals and logs."""

from collections.abc import Callable

from tasks.events import Event

_SENTENCES = {
    "run.started": "{run}: {jobs} job(s) to do, {cached} done before; {address}",
    "wave.started": "wave {subject} begins: {jobs} job(s), on {target:.10}",
    "job.started": "▶ {subject} (agent {agent}, attempt {attempt})",
    "job.completed": "✔ {subject} in {duration_s} s, commit {commit:.10}",
    "merge.landed": "⇒ track {subject} landed, merge {commit:.10}",
    "gate.asked": "? {question}: answer in the UI, or `planwave approve {run}` (or reject)",
    "gate.decided": "◆ gate of {subject}: {decision} by {by} {said}",
    "run.finished": "{run}: {outcome}",
}
_OTHER = "✘ {kind} {subject}: {said}"


def describe(event: Event, address: Callable[[str], str]) -> str:
    """Give an event as a sentence.

    Args:
        event: the event.
        address: gives the page of a flow run in the UI.
    """
    kind, payload = event.name.removeprefix("planwave."), event.payload
    fields = {
        **payload,
        "kind": kind,
        "subject": event.subject,
        "run": event.run,
        "address": address(str(payload.get("flow_run", ""))),
        "said": " ".join(str(payload.get("reason") or payload.get("note") or "").split()),
    }
    return _SENTENCES.get(kind, _OTHER).format_map(fields).rstrip()
