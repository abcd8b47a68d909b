"""What the plan format has and this version does not act on: said before a run, never found out from the bill."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, get_args

from plans.agent import Agent, AgentKind
from plans.document import Document, Path
from plans.errors import Problem, Severity
from plans.model import Plan

RUNNABLE: frozenset[AgentKind] = frozenset({"command", "scripted"})
"""The kinds of agents that this version can run."""
EVERYTHING = "all"
"""In place of a name: whatever is not acted on."""
CODE = "unsupported"
"""The kind of problem, for those who look for these."""
_KINDS: frozenset[str] = frozenset(get_args(AgentKind))
_ONLY_OF = {"run": "command", "script": "scripted"}
_UNREAD = ("model", "url", "token")
"""Fields of agents that none of the kinds above looks at."""


class Unsupported(NamedTuple):
    """A field, or a kind of agent, that a plan uses and that is not acted on."""

    name: str
    """By what it is ignored: the field's path, or the kind of agent."""
    message: str
    path: Path
    """Where the plan says it (first)."""

    def is_named(self, names: Sequence[str]) -> bool:
        """Return whether it is among some names: whole, or by its last part (`cost_usd` for `limits.cost_usd`)."""
        last = self.name.rpartition(".")[2]
        given = {part.strip() for name in names for part in name.split(",")}
        return not given.isdisjoint({self.name, last, EVERYTHING})


def unsupported_problems(document: Document, plan: Plan, ignored: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Say what of a plan is not acted on: errors where a person wrote YAML, warnings where a reader took it from prose.

    Args:
        document: the plan as it was read.
        plan: the plan as it is to be run, with another agent perhaps; its waves and jobs stand where the document has
            them.
        ignored: what is not told, by the names of fields and of kinds of agents.
    """
    severity: Severity = "error" if document.form == "yaml" else "warning"
    return tuple(
        Problem(
            found.message, document.lines.line(*found.path), hint=_hint(found, severity), severity=severity, code=CODE
        )
        for found in find_unsupported(plan)
        if not found.is_named(ignored)
    )


def _hint(found: Unsupported, severity: Severity) -> str:
    if severity == "warning":
        return "the plan runs without it" if found.name not in _KINDS else "name another agent with `--agent`"
    way_out = f"`--ignore-unsupported {found.name}`"
    if found.name in _KINDS:
        return f"use another agent, in the plan or by `--agent`; {way_out} accepts it while no job that runs needs it"
    return f"take it out of the plan, or say {way_out} to go on without it"


def not_acted_on(plan: Plan) -> tuple[str, ...]:
    """Say of everything in a plan that is not acted on what becomes of it, a line each."""
    return tuple(found.message for found in find_unsupported(plan))


def find_unsupported(plan: Plan) -> tuple[Unsupported, ...]:
    """Return everything that a plan uses and this version does not act on, each once."""
    return (*_of_plan(plan), *_of_agents(plan), *_of_jobs(plan), *_of_waves(plan))


def cannot_run(kind: AgentKind) -> str:
    """Say that a kind of agent cannot be run, and which can."""
    able = " and ".join(f"'{name}'" for name in sorted(RUNNABLE))
    return f"this version cannot run agents of kind {kind!r}; it runs {able}"


def _field(name: str, instead: str, *path: str | int, count: str = "") -> Unsupported:
    return Unsupported(name, f"{name}{count}: this version does not act on it: {instead}", path)


def _of_plan(plan: Plan) -> Iterator[Unsupported]:
    if plan.limits.cost_usd is not None:
        yield _field("limits.cost_usd", "a run that costs more is not stopped", "limits", "cost_usd")
    if plan.limits.tokens is not None:
        yield _field("limits.tokens", "a run that uses more is not stopped", "limits", "tokens")
    if plan.defaults.sandbox:
        instead = "agents can write wherever the user can, also outside their workspaces"
        yield _field("defaults.sandbox", instead, "defaults", "sandbox")
    if plan.merge.on_conflict not in {"stop", "skip"}:
        instead = f"agent {plan.merge.on_conflict!r} is not asked, a conflict stops the landings"
        yield _field("merge.on_conflict", instead, "merge", "on_conflict")


def _of_agents(plan: Plan) -> Iterator[Unsupported]:
    """Look at the agents that do anything."""
    at_work = dict.fromkeys(plan.agent_name(job) for job in plan.jobs.values() if job.run is None and not job.done)
    told: set[AgentKind] = set()
    for name, agent in ((name, plan.agents[name]) for name in at_work if name in plan.agents):
        if agent.kind in RUNNABLE:
            yield from _unread_of(name, agent)
        elif agent.kind not in told:
            told.add(agent.kind)
            yield Unsupported(agent.kind, f"agent {name!r}: {cannot_run(agent.kind)}", ("agents", name, "kind"))


def _unread_of(name: str, agent: Agent) -> Iterator[Unsupported]:
    given = [field for field in _UNREAD if getattr(agent, field) is not None]
    given += [field for field, kind in _ONLY_OF.items() if getattr(agent, field) and agent.kind != kind]
    for field in given:
        message = f"agents.{field}: an agent of kind {agent.kind!r}, as {name!r} is, does not look at it"
        yield Unsupported(f"agents.{field}", message, ("agents", name, field))


def _of_jobs(plan: Plan) -> Iterator[Unsupported]:
    asks = "out_of_scope: ask"
    uses: dict[str, list[Path]] = {}
    if plan.defaults.out_of_scope == "ask":
        uses.setdefault(asks, []).append(("defaults", "out_of_scope"))
    for at, wave in enumerate(plan.waves):
        for place, job in enumerate(wave.jobs):
            given = {"pipeline": job.pipeline != ("implement",), "roles": job.roles, asks: job.out_of_scope == "ask"}
            for name in (name for name, is_used in given.items() if is_used and not job.done):
                uses.setdefault(name, []).append(("waves", at, "jobs", place, name.partition(":")[0]))
    for name, paths in uses.items():
        count = f" (in {len(paths)} places)" if len(paths) > 1 else ""
        yield _field(name.partition(":")[0], _OF_JOBS[name.partition(":")[0]], *paths[0], count=count)


_OF_JOBS = {
    "pipeline": "a job is implemented in one go, and nothing else plans or validates it",
    "roles": "the job's agent does everything",
    "out_of_scope": "nobody is asked, the attempt fails",
}


def _of_waves(plan: Plan) -> Iterator[Unsupported]:
    gates = ((at, wave.gate) for at, wave in enumerate(plan.waves) if wave.gate is not None)
    judged = sorted((bool(gate.checks), at) for at, gate in gates if gate.decide == "agent")
    for has_checks, at in judged[:1]:
        instead = "no agent judges, the checks alone decide" if has_checks else "without checks it says GO unjudged"
        yield _field("gate.decide", f"{instead} (`agent`)", "waves", at, "gate", "decide")
