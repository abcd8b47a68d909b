"""Order: nothing waits for itself, and merges land in an order that needs allow."""

from collections.abc import Iterator, Sequence

from plans.errors import Problem
from plans.lint.names import merge_order, starts
from plans.lint.subject import PlacedJob, Rule, Subject
from plans.schedule.graph import Edge, gate_node


def cycles(subject: Subject) -> Iterator[Problem]:
    """No job waits, through whatever chain, for itself."""
    return (_cycle_problem(subject, cycle) for cycle in subject.cycles)


def _cycle_problem(subject: Subject, cycle: Sequence[Edge]) -> Problem:
    gates = {gate_node(wave): f"(gate of {wave.id})" for wave in subject.plan.waves}
    nodes = [*(edge.before for edge in cycle), cycle[0].before]
    whole = " -> ".join(gates.get(node, node) for node in nodes)
    reasons = "; ".join(_reason(subject, edge) for edge in cycle)
    line = next((_need_line(subject, edge) for edge in cycle if edge.why == "needs"), None)
    return Problem(f"a cycle: {whole}: {reasons}", line=line, hint="take one of these needs out", code="cycle")


def _reason(subject: Subject, edge: Edge) -> str:
    match edge.why:
        case "needs":
            line = _need_line(subject, edge)
            return f"{edge.after!r} needs {edge.before!r}" + ("" if line is None else f" (line {line})")
        case "track":
            return f"{edge.after!r} comes after {edge.before!r} on track {subject.jobs[edge.after].job.lane!r}"
        case "serial":
            return f"{edge.after!r} comes after {edge.before!r} in serial wave {subject.jobs[edge.after].wave.id!r}"
        case "wave" if edge.before in subject.jobs:
            return f"{edge.before!r} is in wave {subject.jobs[edge.before].wave.id!r}"
        case "wave":
            return f"{edge.after!r} is in a later wave, {subject.jobs[edge.after].wave.id!r}"


def _need_line(subject: Subject, edge: Edge) -> int | None:
    placed = subject.jobs[edge.after]
    return placed.line(subject, "needs", placed.job.needs.index(edge.before))


def starts_after_itself(subject: Subject) -> Iterator[Problem]:
    """No job's start waits for a job that waits for it."""
    owners = {f"job {placed.job.id!r}": placed.job.id for placed in subject.placed}
    owners |= {f"track {placed.job.lane!r}": placed.job.id for placed in reversed(subject.placed)}
    for owner, start, path in starts(subject):
        waiting = owners.get(owner)
        if start.done is None or waiting is None or "any" in path:
            continue
        if waiting == start.done or subject.order.before(waiting, start.done):
            message = f"the start of {owner} waits for job {start.done!r}"
            message += " itself" if waiting == start.done else f", which waits for job {waiting!r}"
            yield Problem(message, line=subject.line(*path, "done"), code="cycle")


def merge_against_needs(subject: Subject) -> Iterator[Problem]:
    """What a track's jobs need lands before the track or with it.

    Landing a track lands the work of others that it was built on, so the other order would land it untested.
    """
    tier = {track: int(str(path[2])) for track, path in merge_order(subject)}
    line = {track: subject.line(*path) for track, path in merge_order(subject)}
    told: set[tuple[str, str]] = set()
    for placed, needed in _needs_across_tracks(subject):
        pair = (placed.job.lane, needed.job.lane)
        if pair in told or pair[0] not in tier or tier[pair[0]] >= tier.get(pair[1], len(tier)):
            continue
        told.add(pair)
        message = (
            f"track {pair[0]!r} is to be merged before track {pair[1]!r}, "
            f"but its job {placed.job.id!r} needs {needed.job.id!r} of that track"
        )
        hint = f"name {pair[1]!r} before {pair[0]!r}, or both in one tier"
        yield Problem(message, line=line[pair[0]], hint=hint, code="merge-order")


def _needs_across_tracks(subject: Subject) -> Iterator[tuple[PlacedJob, PlacedJob]]:
    """Yield each job with each that it needs on another track and that lands in the same round of merges."""
    one_round = subject.plan.merge.when == "end"
    for placed in subject.jobs.values():
        for need in placed.job.needs:
            needed = subject.jobs.get(need)
            if needed is None or needed.job.lane == placed.job.lane or needed.job.done or placed.job.done:
                continue
            if one_round or needed.wave.id == placed.wave.id:
                yield placed, needed


RULES: tuple[Rule, ...] = (cycles, starts_after_itself, merge_against_needs)
