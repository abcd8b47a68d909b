"""Choosing what of a plan is run, and by whom."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import get_args

from pydantic import ValidationError

from plans.agent import Agent, AgentKind
from plans.deferred import RUNNABLE, cannot_run
from plans.errors import PlanError, Problem
from plans.model import Claims, Job, Plan, Start, Wave
from plans.text.suggest import did_you_mean
from plans.transform.rewrite import changed_jobs, changed_plan

NOT_ASKED_FOR = "not among what was asked for"
_KINDS: tuple[AgentKind, ...] = get_args(AgentKind)
_RESOLVER_WORDS = frozenset({"stop", "skip"})


def choose_mode(plan: Plan, name: str) -> Plan:
    """Return the plan cut down to one of its modes: its tracks, and as many jobs at once as it says.

    What needs a job that is left out must be able to do without: because that job is done already, or because a
    contingency says what to do instead (its instructions then join the job's own). The same goes for start conditions.
    The merge order keeps the tracks that are left; the other modes and the document's claims go.

    Raises:
        PlanError: there is no such mode, it names an unknown track or leaves no job, or a job cannot do without one
            that is left out.
    """
    mode = plan.modes.get(name)
    if mode is None:
        raise _unknown(plan, "mode", [name], plan.modes)
    limits = plan.limits if mode.max_parallel is None else plan.limits.model_copy(update={"jobs": mode.max_parallel})
    if mode.tracks is None:
        return changed_plan(plan, limits=limits)
    unknown = [track for track in mode.tracks if track not in plan.lanes]
    if unknown:
        raise _unknown(plan, "track", unknown, plan.lanes)
    cut = _Cut(plan, frozenset(mode.tracks))
    waves = cut.waves()
    problems = [*cut.problems, *([] if waves else [Problem(f"mode {name!r} leaves no job", code="empty-mode")])]
    if problems:
        raise PlanError(plan.name, problems)
    return changed_plan(plan, limits=limits, waves=waves, **cut.tracks(), modes={}, claims=Claims())


def left_out(plan: Plan, only: Sequence[str]) -> Mapping[str, str]:
    """Return the jobs that are not meant by names of waves, tracks and jobs, each with the reason; no names: none.

    Raises:
        PlanError: a name means nothing in this plan.
    """
    if not only:
        return {}
    waves = {wave.id: {job.id for job in wave.jobs} for wave in plan.waves}
    known = {*waves, *plan.lanes, *plan.jobs}
    unknown = [name for name in only if name not in known]
    if unknown:
        raise _unknown(plan, "wave, track or job", unknown, known)
    by_wave = {job for name in only for job in waves.get(name, ())}
    names = set(only)
    meant = {job.id for job in plan.jobs.values() if job.id in by_wave or {job.id, job.lane} & names}
    return {job: NOT_ASKED_FOR for job in plan.jobs if job not in meant}


def with_agent(plan: Plan, agent: str) -> Plan:
    """Return the plan with one agent for everything that agents do: every job, every role, the resolving of conflicts.

    Args:
        plan: the plan; jobs with a command of their own keep it.
        agent: one of the plan's agents, else a kind of agent that needs no settings.

    Raises:
        PlanError: it is neither.
    """
    agents = plan.agents if agent in plan.agents else {**plan.agents, agent: _agent_of_kind(plan, agent)}
    waves = changed_jobs(plan, lambda _: {"agent": None, "roles": {}})
    merge = plan.merge
    if merge.on_conflict not in _RESOLVER_WORDS:
        merge = merge.model_copy(update={"on_conflict": agent})
    defaults = plan.defaults.model_copy(update={"agent": agent})
    return changed_plan(plan, agents=agents, defaults=defaults, waves=waves, merge=merge)


def is_rehearsal(plan: Plan, agent: str | None) -> bool:
    """Return whether a run does nothing real: somebody chose an agent for everything, and it is a scripted one."""
    return agent is not None and agent in plan.agents and plan.agents[agent].kind == "scripted"


def as_rehearsal(plan: Plan) -> Plan:
    """Return a plan under a name of its own, with branches of its own, so that its work is never taken for the real."""
    tracks = tuple(track.model_copy(update={"branch": None}) for track in plan.tracks)
    merge = plan.merge.model_copy(update={"push": None})
    # A name holds a hundred characters.
    short = plan.name if len(plan.name) <= 88 else f"{plan.name[:71]}{sha256(plan.name.encode()).hexdigest()[:16]}"
    return changed_plan(plan, name=f"{short}--rehearsal", target=None, tracks=tracks, merge=merge)


def require_agents(plan: Plan, jobs: Iterable[str]) -> None:
    """Make sure that the agents of some jobs are known and can be run, before any of them is started.

    Raises:
        PlanError: an agent is not among the plan's (`default`, which people's documents leave to who runs them), or it
            is of a kind that this version cannot run.
    """
    needed: dict[str, list[str]] = {}
    for job in (plan.jobs[name] for name in jobs):
        if job.run is None:
            needed.setdefault(plan.agent_name(job), []).append(job.id)
    problems = [problem for agent, names in needed.items() for problem in _unfit(plan, agent, names)]
    if problems:
        raise PlanError(plan.name, problems)


def _unfit(plan: Plan, agent: str, jobs: Sequence[str]) -> Iterator[Problem]:
    if agent not in plan.agents:
        message = f"the plan does not say who does {_some(jobs)}: it has no agent {agent!r}"
        hint = "name a kind of agent with --agent (such as scripted, which only rehearses), or list it under `agents`"
        yield Problem(message, hint=hint, code="no-agent")
    elif plan.agents[agent].kind not in RUNNABLE:
        message = f"agent {agent!r} cannot do {_some(jobs)}: {cannot_run(plan.agents[agent].kind)}"
        yield Problem(message, hint="name an agent that can be run with --agent", code="no-agent")


def _some(names: Sequence[str]) -> str:
    return f"job {names[0]!r}" if len(names) == 1 else f"{len(names)} jobs, from {names[0]!r} on"


class _Cut:
    """A plan without some of its tracks.

    Attributes:
        problems: why it cannot be cut so, as far as `waves` found.
    """

    def __init__(self, plan: Plan, kept: Collection[str]) -> None:
        self._plan, self._kept = plan, kept
        self.problems: list[Problem] = []

    def waves(self) -> tuple[Wave, ...]:
        """Return the waves that still have jobs, with those jobs."""
        cut = (
            (wave, tuple(self._job(job) for job in wave.jobs if job.lane in self._kept)) for wave in self._plan.waves
        )
        return tuple(wave.model_copy(update={"jobs": jobs, "claims": Claims()}) for wave, jobs in cut if jobs)

    def tracks(self) -> Mapping[str, object]:
        """Return the fields of a plan that list tracks."""
        tiers = ((entry,) if isinstance(entry, str) else entry for entry in self._plan.merge.order)
        kept = (tuple(track for track in tier if track in self._kept) for tier in tiers)
        order = tuple(tier[0] if len(tier) == 1 else tier for tier in kept if tier)
        tracks = (track for track in self._plan.tracks if track.id in self._kept)
        cut = (track.model_copy(update={"start": self._start(track.start, f"track {track.id!r}")}) for track in tracks)
        return {"tracks": tuple(cut), "merge": self._plan.merge.model_copy(update={"order": order})}

    def _job(self, job: Job) -> Job:
        gone = {need for need in job.needs if self._is_gone(need)}
        missed = {need for need in gone if not self._plan.jobs[need].done}
        instead = {c.if_failed: c for c in job.contingency if c.if_failed in missed}
        for need in sorted(missed - instead.keys()):
            self._refuse(f"job {job.id!r} needs {need!r}, which is on track {self._plan.jobs[need].lane!r}")
        update = {
            "needs": tuple(need for need in job.needs if need not in gone),
            "contingency": tuple(c for c in job.contingency if c.if_failed not in gone),
            "prompt": "\n\n".join(text for text in (job.prompt, *(c.instead for c in instead.values())) if text),
            "start": self._start(job.start, f"job {job.id!r}"),
        }
        return job.model_copy(update=update)

    def _start(self, start: Start | None, who: str) -> Start | None:
        """Return what is left of a start condition; None: nothing to wait for."""
        left = True if start is None else self._pruned(start)
        if left is False:
            self._refuse(f"{who} starts after something")
        return left if isinstance(left, Start) else None

    def _pruned(self, start: Start) -> Start | bool:
        """Return a condition without what is left out: itself or a part of it, or whether it holds from now on."""
        if start.all is not None:
            parts = [self._pruned(part) for part in start.all]
            rest = tuple(part for part in parts if isinstance(part, Start))
            return False if False in parts else not rest or start.model_copy(update={"all": rest})
        if start.any is not None:
            parts = [self._pruned(part) for part in start.any]
            rest = tuple(part for part in parts if isinstance(part, Start))
            return True if True in parts else bool(rest) and start.model_copy(update={"any": rest})
        if start.done is not None and self._is_gone(start.done):
            return self._plan.jobs[start.done].done
        if start.progress is not None and start.progress in self._plan.lanes:
            return start.progress in self._kept and start
        return start

    def _is_gone(self, job: str) -> bool:
        return job in self._plan.jobs and self._plan.jobs[job].lane not in self._kept

    def _refuse(self, what: str) -> None:
        hint = "add the track to the mode, or say by a contingency (`if_failed`) what to do instead"
        self.problems.append(Problem(f"{what} that the mode leaves out", hint=hint, code="left-out"))


def _agent_of_kind(plan: Plan, kind: str) -> Agent:
    if kind not in _KINDS:
        raise _unknown(plan, "agent", [kind], [*plan.agents, *_KINDS])
    try:
        return Agent(kind=kind)
    except ValidationError as error:
        hint = f"name one under `agents`, with its settings, and choose it by that name (kind {kind!r} needs some)"
        problem = Problem(f"an agent of kind {kind!r} cannot do without settings", hint=hint, code="agent-settings")
        raise PlanError(plan.name, [problem]) from error


def _unknown(plan: Plan, what: str, names: Iterable[str], known: Iterable[str]) -> PlanError:
    candidates = list(known)
    listed = f"the plan has {', '.join(sorted(candidates)) or 'none'}"[:200]
    return PlanError(
        plan.name,
        [
            Problem(f"no {what} is named {name!r}", hint=did_you_mean(name, candidates) or listed, code="unknown-name")
            for name in names
        ],
    )
