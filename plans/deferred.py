"""Parts of the plan format that this version reads and checks, but does not act on yet."""

from collections.abc import Iterator

from plans.model import Plan


def not_acted_on(plan: Plan) -> tuple[str, ...]:
    """Name every such part that a plan uses, in the plan format's words."""
    return tuple(dict.fromkeys([*_of_jobs(plan), *_of_waves(plan), *_of_plan(plan)]))


def _of_jobs(plan: Plan) -> Iterator[str]:
    for job in plan.jobs.values():
        if job.pipeline != ("implement",):
            yield "pipeline (jobs are implemented in one go)"
        if job.roles:
            yield "roles"
        if job.out_of_scope == "ask":
            yield "out_of_scope: ask (it is `fail`)"


def _of_waves(plan: Plan) -> Iterator[str]:
    for wave in plan.waves:
        if wave.gate is not None and wave.gate.decide == "agent":
            yield "gate decide: agent (its checks decide)"


def _of_plan(plan: Plan) -> Iterator[str]:
    if plan.limits.cost_usd is not None:
        yield "limits.cost_usd"
    if plan.limits.tokens is not None:
        yield "limits.tokens"
    if plan.defaults.sandbox:
        yield "defaults.sandbox"
    if plan.defaults.out_of_scope == "ask":
        yield "out_of_scope: ask (it is `fail`)"
    if plan.merge.on_conflict not in {"stop", "skip"}:
        yield f"merge.on_conflict: {plan.merge.on_conflict} (it is `stop`)"
