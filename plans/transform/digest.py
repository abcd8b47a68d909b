"""Digests of what determines a result: an edited plan runs again just what changed, and what follows from it."""

import json
from collections.abc import Mapping
from hashlib import sha256

from plans.model import Check, Job, Plan
from plans.schedule.graph import Edge, topological

_LENGTH = 16


def job_digests(plan: Plan) -> Mapping[str, str]:
    """Return a digest for every job, 16 hexadecimal figures: equal as long as its result should be.

    It covers what the job itself says (id, title, prompt, steps, criteria, pipeline, command), what it owns (with its
    track), and the digests of the jobs that come before it (`stands_on`). It leaves out who does it (its agents), what
    only says when and how patiently to run it (estimate, timeouts, retries, locks, start, contingency, done), the names
    of its track and wave, where the plan starts, and the plan's goal and context: a better wording of those must not
    run everything again.
    """
    before = stands_on(plan)
    edges = [Edge(other, job, "needs") for job, others in before.items() for other in others]
    ordered = dict.fromkeys((*topological(edges), *plan.jobs))
    digests: dict[str, str] = {}
    for job in ordered:
        digests[job] = _digest([_definition(plan, plan.jobs[job]), [digests.get(other, "") for other in before[job]]])
    return {job: digests[job] for job in plan.jobs}


def stands_on(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """Return the jobs on whose results each job builds, sorted: those it needs, and the one before it on its track."""
    last: dict[str, str] = {}
    found: dict[str, tuple[str, ...]] = {}
    for job in plan.jobs.values():
        before = {need for need in job.needs if need in plan.jobs} | (
            {last[job.lane]} if job.lane in last else set[str]()
        )
        found[job.id] = tuple(sorted(before))
        last[job.lane] = job.id
    return found


def built_on(plan: Plan, job: str) -> frozenset[str]:
    """Return the jobs that build on a job's result, however far behind it."""
    before, found = stands_on(plan), {job}
    while more := {other for other, on in before.items() if other not in found and not found.isdisjoint(on)}:
        found |= more
    return frozenset(found - {job})


def _definition(plan: Plan, job: Job) -> Mapping[str, object]:
    owns = plan.owned_by(job)
    return {
        "id": job.id,
        "title": job.title,
        "prompt": job.prompt,
        "steps": job.steps,
        "criteria": [list(c.check) if isinstance(c, Check) else c for c in job.criteria],
        "owns": [sorted(set(owns.create)), sorted(set(owns.modify)), sorted(set(owns.read))],
        "pipeline": job.pipeline,
        "run": job.run,
    }


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:_LENGTH]
