"""The plan: one typed model behind every way of writing a plan (format version 1).

The models check the shape of one value each. What ties values together (names that must exist, cycles, overlapping
ownership) is checked by `plans.lint`, which reports everything at once; the answers of `Plan` (its methods and
properties) hold for a plan that passed it.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from plans.agent import Agent
from plans.durations import Duration, EstimateText
from plans.values import Argv, Base, Count, Id, NewBranch, Percent, PlanModel, Slug

OutOfScope = Literal["fail", "allow", "ask"]


class Defaults(PlanModel):
    """What holds for every job that does not say otherwise."""

    agent: Id = "default"
    timeout: Duration = timedelta(hours=2)
    """The longest an attempt may take."""
    stall_timeout: Duration | None = None
    """The longest an attempt may go without any output; absent: no limit."""
    retries: Annotated[int, Field(ge=0, le=100)] = 0
    """How many more attempts a failed job gets."""
    retry_delay: Duration = timedelta(seconds=10)
    """How long to wait before the next attempt."""
    out_of_scope: OutOfScope = "fail"
    """What becomes of an attempt that changed paths it does not own; `ask` is not acted on yet."""
    sandbox: bool = False
    """Run agents where only the workspace and the outbox can be written; not acted on yet."""


class Limits(PlanModel):
    """Limits of the whole run."""

    jobs: Count = 8
    """Agents at work at once."""
    cost_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """No job is started once the run has cost so much, in US dollars; not acted on yet."""
    tokens: Count | None = None
    """No job is started once the run has used so many tokens; not acted on yet."""


class Owns(PlanModel):
    """The paths that a job or track may touch: gitignore patterns rooted at the repository."""

    create: tuple[str, ...] = ()
    modify: tuple[str, ...] = ()
    read: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[str, ...]:
        """The patterns of everything that may be written."""
        return (*self.create, *self.modify)


class Start(PlanModel):
    """A condition for starting, beyond `needs`: exactly one of its kinds."""

    after: Duration | None = None
    """This long after the wave started."""
    progress: Id | None = None
    """A track: so many `percent` of its jobs in the wave are done."""
    percent: Percent | None = None
    done: Id | None = None
    """A job that is done."""
    exists: str | None = None
    """A path that has landed on the target."""
    all: tuple["Start", ...] | None = None
    any: tuple["Start", ...] | None = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        kinds = (self.after, self.progress, self.done, self.exists, self.all, self.any)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("a start condition is exactly one of: after, progress, done, exists, all, any")
        if (self.progress is None) != (self.percent is None):
            raise ValueError("`progress` (a track) and `percent` go together")
        return self


class Track(PlanModel):
    """A lane: one branch, one workspace, one job at a time, in plan order."""

    id: Id
    title: str | None = None
    branch: NewBranch | None = None
    """Its branch; absent: `planwave/<plan>/track/<id>`."""
    owns: Owns = Owns()
    """Paths that every job of the track owns."""
    optional: bool = False
    """Its failures do not make the wave's gate say NO-GO."""
    start: Start | None = None
    """When its first job may start, beyond `needs`."""


class Check(PlanModel):
    """A program that judges by its exit status."""

    check: Argv
    """The program and its arguments; it stands in the tree it judges."""
    timeout: Duration = timedelta(minutes=30)


Criterion = str | Check
"""Something that must hold: a sentence to be judged, or a check to be run."""

Role = Literal["plan", "implement", "validate"]


class Contingency(PlanModel):
    """What a job does instead, when something did not go as planned."""

    if_failed: Id | None = None
    """A job that this one needs: when it fails, this one starts all the same."""
    if_ahead: bool = False
    """When time is left."""
    instead: str
    """The instructions that apply then."""

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.if_failed is None) == (not self.if_ahead):
            raise ValueError("a contingency says when it applies: `if_failed: JOB` or `if_ahead: true`")
        return self


class Job(PlanModel):
    """What one agent carries out in one go; it ends in at most one commit on its track's branch."""

    id: Id
    title: str | None = None
    track: Id | None = None
    """Its track; absent: a track of its own, with the job's id."""
    agent: Id | None = None
    """Who does it, a name from `agents`; absent: `defaults.agent`."""
    run: Argv | None = None
    """The job's own command, in place of an agent."""
    prompt: str = ""
    """The instructions; title, steps and criteria are added to them."""
    steps: tuple[str, ...] = ()
    """Its checklist: units of progress, not of execution."""
    needs: tuple[Id, ...] = ()
    """Jobs that must be done first."""
    start: Start | None = None
    owns: Owns = Owns()
    locks: tuple[Id, ...] = ()
    """Names held by at most one job at a time, across all runs on the Prefect server."""
    pipeline: Annotated[tuple[Role, ...], Field(min_length=1)] = ("implement",)
    """What is done, one after another; not acted on yet: a job is implemented in one go."""
    roles: Mapping[Role, Id] = {}
    """Agent per role, where it differs from `agent`; not acted on yet."""
    criteria: tuple[Criterion, ...] = ()
    estimate: EstimateText | None = None
    """How long it should take: a duration or a range."""
    timeout: Duration | None = None
    stall_timeout: Duration | None = None
    retries: Annotated[int, Field(ge=0, le=100)] | None = None
    retry_delay: Duration | None = None
    out_of_scope: OutOfScope | None = None
    may_change_nothing: bool = False
    """An attempt that changes nothing is done, also where the job owns paths to create."""
    contingency: tuple[Contingency, ...] = ()
    done: bool = False
    """The document says it is finished: never run."""

    @property
    def name(self) -> str:
        """Its title, or its id where it has none."""
        return self.title or self.id

    @property
    def lane(self) -> str:
        """The id of the track it runs on."""
        return self.track or self.id

    @property
    def checks(self) -> tuple[Check, ...]:
        """The criteria that planwave runs by itself."""
        return tuple(c for c in self.criteria if isinstance(c, Check))


class Gate(PlanModel):
    """The GO/NO-GO checkpoint at the end of a wave."""

    question: str = ""
    checks: tuple[Check, ...] = ()
    """Run on the target's tree before anybody decides."""
    decide: Literal["checks", "human", "agent"] = "checks"
    """Who says GO; `agent` is not acted on yet: the checks decide."""
    timeout: Duration = timedelta(hours=24)
    """How long a person has to answer."""
    on_timeout: Literal["go", "no-go"] = "no-go"
    no_go: Literal["stop", "continue", "rollback"] = "stop"
    """On NO-GO: end the run, go on all the same, or put the target back to before the wave and end the run."""


class Claims(PlanModel):
    """What the document says of itself; checked against what it lists."""

    waves: int | None = None
    tracks: int | None = None
    agents: int | None = None
    jobs: int | None = None
    serial: EstimateText | None = None
    """Time one agent would take for everything."""
    parallel: EstimateText | None = None
    """Time the plan should take."""


class Wave(PlanModel):
    """A group of jobs behind a barrier."""

    id: Id
    title: str | None = None
    mode: Literal["parallel", "serial"] = "parallel"
    """`serial`: jobs one after another in plan order."""
    max_parallel: Count | None = None
    barrier: bool = True
    """False: the next wave need not wait for this one, only for `needs`."""
    fail_fast: bool = False
    """A failed job stops the wave at once, in place of letting the others finish."""
    jobs: Annotated[tuple[Job, ...], Field(min_length=1)]
    gate: Gate | None = None
    """Absent: GO when every job is done and landed, else NO-GO and the run ends."""
    claims: Claims = Claims()

    @property
    def name(self) -> str:
        """Its title, or its id where it has none."""
        return self.title or self.id


class Merge(PlanModel):
    """How the tracks' work lands on the target."""

    order: tuple[Id | tuple[Id, ...], ...] = ()
    """Tracks; a nested list is a tier whose members may land in any order. Tracks that are not named come last."""
    when: Literal["wave", "end"] = "wave"
    """After each wave, or once at the end."""
    checks: tuple[Check, ...] = ()
    """Run on the merged tree before the target moves."""
    on_conflict: str = "stop"
    """`stop`, `skip` (land the others without it), or an agent's name, which gets a resolver job (not acted on yet)."""
    on_failed_check: Literal["stop", "skip"] = "stop"
    push: str | None = None
    """A remote's name: target and tracks are pushed there after each landing."""


class Mode(PlanModel):
    """A named way of running the plan ("Option A")."""

    title: str | None = None
    tracks: tuple[Id, ...] | None = None
    """Only these tracks; absent: all."""
    max_parallel: Count | None = None


class Plan(PlanModel):
    """The whole document: waves of jobs, tracks, a merge order, gates."""

    version: Literal[1]
    name: Slug
    """Branch names and run names derive from it."""
    title: str | None = None
    goal: str = ""
    context: str = ""
    """Free text given to every agent."""
    base: Base = None
    """Where tracks start; absent: the repository's current branch."""
    target: NewBranch | None = None
    """The integration branch; absent: `planwave/<name>/target`."""
    agents: Mapping[Id, Agent] = {}
    defaults: Defaults = Defaults()
    limits: Limits = Limits()
    frozen: tuple[str, ...] = ()
    """Paths that nobody may touch."""
    tracks: tuple[Track, ...] = ()
    modes: Mapping[Id, Mode] = {}
    waves: Annotated[tuple[Wave, ...], Field(min_length=1)]
    merge: Merge = Merge()
    criteria: tuple[Criterion, ...] = ()
    """Of the whole plan, listed in the final report."""
    claims: Claims = Claims()

    @property
    def target_branch(self) -> str:
        """The branch that merges land on."""
        return self.target or f"planwave/{self.name}/target"

    @cached_property
    def jobs(self) -> Mapping[str, Job]:
        """Every job by id, in plan order."""
        return {job.id: job for wave in self.waves for job in wave.jobs}

    @cached_property
    def wave_of(self) -> Mapping[str, Wave]:
        """The wave of every job, by the job's id."""
        return {job.id: wave for wave in self.waves for job in wave.jobs}

    @cached_property
    def lanes(self) -> Mapping[str, Track]:
        """Every track by id: the declared ones first, then one for each job that names none."""
        declared = {track.id: track for track in self.tracks}
        alone = (job for job in self.jobs.values() if job.track is None and job.id not in declared)
        return {**declared, **{job.id: Track(id=job.id, title=job.title) for job in alone}}

    def branch(self, track: str) -> str:
        """Return the branch of a track, by the track's id."""
        return self.lanes[track].branch or f"planwave/{self.name}/track/{track}"

    @cached_property
    def _by_lane(self) -> Mapping[str, tuple[Job, ...]]:
        lanes: dict[str, list[Job]] = {}
        for job in self.jobs.values():
            lanes.setdefault(job.lane, []).append(job)
        return {lane: tuple(jobs) for lane, jobs in lanes.items()}

    def jobs_on(self, track: str) -> tuple[Job, ...]:
        """Return the jobs of a track, in plan order."""
        return self._by_lane.get(track, ())

    @cached_property
    def needed_by(self) -> Mapping[str, tuple[Job, ...]]:
        """The jobs that name each job in their `needs`, by its id, in plan order; absent: none."""
        users: dict[str, list[Job]] = {}
        for job in self.jobs.values():
            for need in dict.fromkeys(job.needs):
                users.setdefault(need, []).append(job)
        return {need: tuple(jobs) for need, jobs in users.items()}

    def owned_by(self, job: Job) -> Owns:
        """Return what a job owns: its own patterns and its track's."""
        track = self.lanes[job.lane].owns
        return Owns(
            create=(*job.owns.create, *track.create),
            modify=(*job.owns.modify, *track.modify),
            read=(*job.owns.read, *track.read),
        )

    def agent_name(self, job: Job) -> str:
        """Return the name of the agent that does a job."""
        return job.agent or self.defaults.agent
