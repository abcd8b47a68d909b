"""Events as sentences, for terminals and logs."""

from collections.abc import Callable

from plans.text.one_line import one_line
from plans.text.plural import counted
from tasks.session.events import Event

_SENTENCES = {
    "run.started": "{run}: {to_do} to do, {cached} done before; {address}",
    "run.warned": "! {warning}",
    "base.taken_in": "⇐ {subject} has moved to {commit:.10}: taken in, merge {merge:.10}",
    "wave.started": "wave {subject} begins: {to_do}, on {target:.10}",
    "job.replayed": "↻ {subject} made anew from {old:.10}, commit {commit:.10}",
    "job.started": "▶ {subject} (agent {agent}, attempt {attempt})",
    "job.completed": "✔ {subject} in {duration_s} s, commit {commit:.10}",
    "merge.landed": "⇒ track {subject} landed, merge {commit:.10}",
    "gate.asked": "? {question}: answer in the UI, or `planwave approve {run}` (or reject)",
    "job.failed": "✘ {subject} failed{because}",
    "job.retried": "↻ {subject} failed, and is tried again{because}",
    "job.postponed": "… {subject} waits for its agent{because}",
    "job.stopped": "✘ {subject} was stopped{because}",
    "merge.failed": "✘ track {subject} did not land{because}",
    "gate.decided": "◆ gate of {subject}: {decision}, said by {by}{because}",
    "run.finished": "{run}: {outcome}",
}
_WHO = {"checks": "planwave's checks", "answer": "a person", "deadline": "the deadline"}
_OTHER = "✘ {kind} {subject}{because}"


def describe(event: Event, address: Callable[[str], str]) -> str:
    """Return an event as a sentence.

    Args:
        event: the event.
        address: gives the page of a flow run in the UI.
    """
    kind, payload = event.name.removeprefix("planwave."), event.payload
    said = one_line(str(payload.get("reason") or payload.get("note") or ""))
    fields = {
        **payload,
        "kind": kind,
        "to_do": counted(int(str(payload.get("jobs") or 0)), "job"),
        "subject": event.subject,
        "run": event.run,
        "address": address(str(payload.get("flow_run", ""))),
        "by": _WHO.get(str(payload.get("by")), payload.get("by")),
        "question": one_line(str(payload.get("question") or "")),
        "because": f": {said}" if said else "",
    }
    return _SENTENCES.get(kind, _OTHER).format_map(fields).rstrip()
