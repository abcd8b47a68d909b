"""Digests of what determines a result: an edited plan runs again just what changed, and what follows from it."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

from plans.graph import Edge, topological
from plans.model import Check, Job, Plan

_LENGTH = 16


def job_digests(plan: Plan) -> Mapping[str, str]:
    """Give a digest for every job, 16 hexadecimal figures: equal as long as its result should be.

    It covers what the job itself says (id, title, prompt, steps, criteria, roles, command), what it owns (with its
    track), the names of its agents and what those run, and the digests of the jobs it needs. It leaves out what only
    says when and how patiently to run it (estimate, timeouts, retries, locks, start, contingency, done), and the plan's
    goal and context: a better wording of those must not run everything again.
    """
    known = {job.id: tuple(sorted(need for need in set(job.needs) if need in plan.jobs)) for job in plan.jobs.values()}
    edges = [Edge(need, job, "needs") for job, needs in known.items() for need in needs]
    ordered = dict.fromkeys((*topological(edges), *plan.jobs))
    digests: dict[str, str] = {}
    for job in ordered:
        digests[job] = _digest([_definition(plan, plan.jobs[job]), [digests.get(need, "") for need in known[job]]])
    return {job: digests[job] for job in plan.jobs}


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
        "agent": None if job.run is not None else _agent(plan, plan.agent_name(job)),
        "roles": {role: _agent(plan, name) for role, name in sorted(job.roles.items())},
    }


def _agent(plan: Plan, name: str) -> Sequence[object]:
    agent = plan.agents.get(name)
    return [name] if agent is None else [name, agent.run, agent.script]


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:_LENGTH]
