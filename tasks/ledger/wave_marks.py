"""What git remembers of waves: the commit each started from, and what its gate decided.

Both are refs of the hub, `refs/planwave/<plan>/wave/<wave>` and `refs/planwave/<plan>/gate/<wave>`, so that a run that
goes on neither moves the ground under a half-done wave nor asks a person twice.
"""

import hashlib
from collections.abc import Mapping

from plans.model import Plan, Wave
from tasks.git.trees import tree_of
from tasks.hub.hub import Hub
from tasks.ledger.ledger import commit_with_trailers, read_ledger


def wave_start(hub: Hub, wave: str) -> str | None:
    """Return the commit that a wave started from, or None when it never did."""
    return hub.ref(_mark(hub, "wave", wave))


def mark_wave_start(hub: Hub, wave: str) -> str:
    """Record the target's present tip as the start of a wave, unless one is recorded; give the recorded one."""
    recorded = wave_start(hub, wave)
    if recorded is None:
        recorded = hub.target_tip()
        hub.move_ref(_mark(hub, "wave", wave), recorded, None)
    return recorded


def move_wave_start(hub: Hub, wave: str, commit: str) -> None:
    """Let what is left of a wave stand on another commit."""
    mark = _mark(hub, "wave", wave)
    hub.move_ref(mark, commit, hub.ref(mark))


def start_before_landings(hub: Hub, wave: str, start: str) -> str:
    """Return the start of a wave, or where it was before the base was taken in, if that has landings of the wave too.

    The mark moves there: what was taken in is taken in again by the next run.
    """
    landings = [merge.commit for merge in read_ledger(hub).merges if merge.wave == wave]
    if not landings or not hub.contains(start, landings[0]):
        return start
    before = hub.git.text("rev-parse", f"{landings[0]}^1")
    move_wave_start(hub, wave, before)
    return before


def forget_gates(hub: Hub) -> None:
    """Have every gate asked again: the ground of all waves has changed."""
    for ref in hub.refs(hub.ref_name("gate") + "/"):
        hub.drop_ref(ref)


def forget_after(hub: Hub, plan: Plan, wave: str) -> None:
    """Drop the starts of the waves after one, and the gates from it on: there is work to do again before them."""
    ids = [w.id for w in plan.waves]
    place = ids.index(wave)
    stale = [_mark(hub, "wave", w) for w in ids[place + 1 :]] + [_mark(hub, "gate", w) for w in ids[place:]]
    present = {**hub.refs(hub.ref_name("wave") + "/"), **hub.refs(hub.ref_name("gate") + "/")}
    for ref in stale:
        if ref in present:
            hub.drop_ref(ref)


def gate_digest(wave: Wave, job_digests: Mapping[str, str]) -> str:
    """Return what a gate's decision holds for: the jobs of the wave as they are, and the gate's own text."""
    gate = "" if wave.gate is None else wave.gate.model_dump_json()
    text = "\n".join([gate, *(job_digests[job.id] for job in wave.jobs)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def gate_passed(hub: Hub, wave: Wave, digest: str) -> bool:
    """Return whether the gate said GO to the wave as it is now."""
    commit = hub.ref(_mark(hub, "gate", wave.id))
    if commit is None:
        return False
    body = hub.git.text("show", "-s", "--format=%(trailers:key=Plan-Gate-Digest,valueonly)", commit)
    return body.strip() == digest


def record_gate(hub: Hub, wave: Wave, *, digest: str, by: str, note: str) -> None:
    """Remember that the gate said GO: a commit beside the target's tip, with who decided and why."""
    tip = hub.target_tip()
    message = f"Gate of {wave.name}: GO\n\n{note}".rstrip()
    trailers = {"Plan-Id": hub.plan.name, "Plan-Wave": wave.id, "Plan-Gate-Digest": digest, "Plan-Gate-By": by}
    tree = tree_of(hub.git, tip)
    commit = commit_with_trailers(hub, tree=tree, parents=(tip,), message=message, trailers=trailers)
    gate = _mark(hub, "gate", wave.id)
    hub.move_ref(gate, commit, hub.ref(gate))


def _mark(hub: Hub, kind: str, wave: str) -> str:
    return hub.ref_name(kind, wave)
