"""Gaps: what is left out where it is likely to be missed (warnings)."""

from collections.abc import Iterator

from plans.errors import Problem
from plans.lint.names import merge_order
from plans.lint.subject import Rule, Subject, warning

_NEED_NO_WORDS = frozenset({"command", "scripted"})
"""Kinds of agents that do what they do, whatever the prompt says."""


def without_merge_place(subject: Subject) -> Iterator[Problem]:
    """Where there is a merge order, every track has a place in it."""
    ordered = {track for track, _ in merge_order(subject)}
    told = set[str]()
    declared = {track.id: at for at, track in enumerate(subject.plan.tracks)}
    for placed in subject.jobs.values() if ordered else ():
        lane = placed.job.lane
        if lane in ordered or lane in told or placed.job.done:
            continue
        told.add(lane)
        line = subject.line("tracks", declared[lane], "id") if lane in declared else placed.line(subject, "id")
        message = f"track {lane!r} has no place in the merge order, so it lands after those that have"
        yield warning(message, line, code="merge-order")


def without_estimate(subject: Subject) -> Iterator[Problem]:
    """Where some jobs have an estimate, all have."""
    jobs = [placed for placed in subject.placed if not placed.job.done]
    if not any(placed.job.estimate for placed in jobs):
        return
    for placed in jobs:
        if placed.job.estimate is None:
            message = f"job {placed.job.id!r} has no estimate, though others have"
            hint = "until it has one, the median of the others stands in"
            yield warning(message, placed.line(subject, "id"), hint=hint, code="no-estimate")


def without_words(subject: Subject) -> Iterator[Problem]:
    """A job says what is to be done."""
    plan = subject.plan
    for placed in subject.placed:
        job = placed.job
        agent = plan.agents.get(plan.agent_name(job))
        silent = agent is not None and agent.kind in _NEED_NO_WORDS
        if not (silent or job.done or job.title or job.prompt.strip() or job.run or job.steps):
            message = f"job {job.id!r} does not say what is to be done"
            hint = "give it a `prompt`, a `title`, `steps` or its own command in `run`"
            yield warning(message, placed.line(subject, "id"), hint=hint, code="no-words")


def gates_before_landings(subject: Subject) -> Iterator[Problem]:
    """A gate's checks judge what the wave brought."""
    if subject.plan.merge.when != "end":
        return
    for at, wave in enumerate(subject.plan.waves):
        if wave.gate is not None and wave.gate.checks:
            message = (
                f"the gate of wave {wave.id!r} runs its checks on the target, "
                "where nothing has landed yet, for all tracks land at the end"
            )
            hint = "check the work by `criteria` of jobs or by `merge.checks`, or let tracks land with their waves"
            yield warning(message, subject.line("waves", at, "gate", "checks"), hint=hint, code="gate-checks")


RULES: tuple[Rule, ...] = (without_merge_place, without_estimate, without_words, gates_before_landings)
