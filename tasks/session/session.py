"""One run while it lives: the plan, the hub, the Frontier, and what came of each job so far."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from plans.model import Job, Plan, Wave
from plans.schedule.frontier import Frontier, JobState
from plans.schedule.landing_order import Landing
from plans.schedule.objections import GateStand
from plans.text.fenced import plain
from plans.text.masking import Mask
from tasks.agents.outbox import Outbox
from tasks.agents.protocol import JobWork
from tasks.hub.hub import Hub, plan_mark
from tasks.ledger.ledger import JobRecord
from tasks.ledger.settle import Settled
from tasks.programs.stop import StopSignal
from tasks.session.events import Event, Listener, Scalar, hear
from tasks.session.listeners import told
from tasks.session.questions import Questions
from tasks.session.run_log import RunLog
from tasks.session.sentences import describe
from tasks.session.settings import RunSettings
from tasks.session.slots import Slots
from tasks.session.steps import StepState
from tasks.session.turns import Turns
from tasks.workspace.workspace import Pool, Workspace


@dataclass(frozen=True)
class Landed:
    """How a track stands on its way to the target, in one round of landings."""

    landing: Landing
    commit: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a gate said."""

    go: bool
    by: str
    """`checks`, `auto`, `deadline`, or `answer` for a person's."""
    note: str = ""
    evidence: tuple[str, ...] = ()
    """Lines of Markdown: what was checked, with what result."""

    @property
    def stand(self) -> GateStand:
        """How the gate stands that said it."""
        return GateStand("GO" if self.go else "NO-GO", self.note)


@dataclass
class Session:
    """The state of one run; changed only on the run's event loop.

    Git holds what is done and Prefect what is running: nothing here outlives the process, and all of it can be made
    again by opening the run anew.
    """

    plan: Plan
    settings: RunSettings
    engine: RunLog
    """What carries out and shows the steps."""
    hub: Hub
    stop: StopSignal
    frontier: Frontier
    slots: Slots
    pool: Pool
    """Workspaces for checks."""
    run: str
    """The run's name: the plan's name and the number of the try."""
    folder: Path
    """Logs, outboxes and reports of this plan on this repository."""
    began: float
    """When the run began, on the monotonic clock."""
    records: dict[str, JobRecord]
    """The commits of finished jobs, by job: the ledger's and this run's."""
    cached: frozenset[str]
    """Jobs that an earlier run finished."""
    before: Settled
    """Where the plan stood when the run started."""
    replays: dict[str, JobRecord]
    """Work of before, by job, that is to be made anew in place of running the job."""
    unasked: frozenset[str]
    """Those among them that must not run if that fails: nobody asked for them, or the document calls them done."""
    needs: Mapping[str, tuple[str, ...]]
    """The jobs that each job needs, as the whole document has it, also where a mode has it do without."""
    mask: Mask
    """Hides what the agents are passed by name, and what looks like a key."""
    wave_starts: dict[str, str] = field(default_factory=dict[str, str])
    """The target's commit on which each wave's jobs stand."""
    landings: dict[tuple[str | None, str], Landed] = field(default_factory=dict[tuple[str | None, str], Landed])
    """By round of landings (a wave's id, or None for the one at the end) and track."""
    gates: dict[str, GateStand] = field(default_factory=dict[str, GateStand])
    """How each wave's gate stands."""
    verdicts: dict[str, Verdict] = field(default_factory=dict[str, Verdict])
    """By wave: what planwave's own checks said, before anybody was asked."""
    attempts: dict[str, int] = field(default_factory=dict[str, int])
    """Attempts that each job has had in this run."""
    waits: dict[str, int] = field(default_factory=dict[str, int])
    """How often each job's agent said that it can do nothing now."""
    again: set[str] = field(default_factory=set[str])
    """Jobs whose last attempt failed and that get another one."""
    postponed: set[str] = field(default_factory=set[str])
    """Jobs whose agent could do nothing when it was last asked, and that are tried again in a task run of their own."""
    settled: set[str] = field(default_factory=set[str])
    """Jobs that this run brought to an end."""
    feedback: dict[str, str] = field(default_factory=dict[str, str])
    """Why each job's last attempt failed, for the next one's prompt."""
    states: dict[str, StepState] = field(default_factory=dict[str, StepState])
    """The states of the jobs and merges, for the edges of the graph in the UI."""
    flow_runs: list[UUID] = field(default_factory=list[UUID])
    """The flow runs whose cancelling stops this run."""
    rescued: dict[str, str] = field(default_factory=dict[str, str])
    """The ref that keeps what a job's last failed attempt left."""
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    """Jobs that this run was not asked to do, with the reason."""
    outboxes: dict[str, Outbox] = field(default_factory=dict[str, Outbox])
    """Of the jobs whose agents are at work."""
    target_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever moves the target, from looking where it is: waves without a barrier land beside one another."""
    some_started: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first agent is at work."""
    landed_some: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is something new to publish."""
    asked_some: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a gate asks a person something that the run's page does not show yet."""
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a wave's marks are put in order: waves without a barrier open together, and drop the same ones."""
    publishing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while branches are published: one at a time."""
    unpublished: dict[str, str] = field(default_factory=dict[str, str])
    """Branches, or a remote, that could not be brought up to date, with the reason."""
    turns: Turns = field(default_factory=Turns)
    """Of the jobs that say what they print."""
    warnings: list[str] = field(default_factory=list[str])
    wave_stops: dict[str, StopSignal] = field(default_factory=dict[str, StopSignal])
    """Of waves that fail fast: what ends their jobs alone."""
    workspaces: dict[str, Workspace] = field(default_factory=dict[str, Workspace])
    spare: list[Workspace] = field(default_factory=list[Workspace])
    """Of tracks that are through: recycling a folder costs a fraction of making one, on some disks a tenth."""
    started_at: dict[str, float] = field(default_factory=dict[str, float])
    """When each job's agent was last started, in seconds since the run began."""
    ended_at: dict[str, float] = field(default_factory=dict[str, float])
    """When each job that this run began was brought to an end."""

    record: Listener = lambda _: None
    """Writes events down, before anybody is told of them."""
    questions: Questions = field(default_factory=Questions)
    """When people were asked something."""
    is_over: bool = False
    """Whether the run is being closed: nothing more will happen."""

    @property
    def mark(self) -> str:
        """What marks every process of this run; without its last part, those of every run of the plan."""
        return f"{plan_mark(self.hub)}/{self.run}"

    def now(self) -> float:
        """Give the seconds since the run began."""
        return time.monotonic() - self.began

    def tell(self, name: str, subject: str, **payload: Scalar | list[str]) -> None:
        """Record an event of this run, which git and the session hold by now, and then tell the world of it."""
        event = Event(name=f"planwave.{name}", subject=subject, run=self.run, payload=payload)
        self.record(event)
        told(self.engine.tell, event)
        hear(event)
        if event.kind not in {"job", "merge"}:
            # Of those, the task runs say as much by their states; a line of log costs the server 5 ms.
            self.engine.log.info("%s", describe(event, self._page))

    def _page(self, flow_run: str) -> str:
        return self.engine.page(UUID(flow_run)) if flow_run else ""

    def said(self, error: Exception) -> str:
        """Give an error as it may be shown to anybody: it may quote what a program printed."""
        return self.shown(str(error))

    def shown(self, text: str) -> str:
        """Give what a program printed as it may be shown to anybody."""
        return self.mask.hide(plain(text))

    def warn(self, text: str) -> None:
        """Tell of something that the user should know, now and in the report."""
        shown = self.shown(text)
        self.warnings.append(shown)
        self.tell("run.warned", self.run, warning=shown)

    @property
    def digests(self) -> Mapping[str, str]:
        """Every job's digest, as the whole document has it."""
        return self.before.today.digests

    def workspace(self, track: str) -> Workspace:
        """Give the workspace of a track, from its first job to its last."""
        if track not in self.workspaces:
            workspace = self.workspaces[track] = Workspace(self.hub, track)
            with suppress(IndexError):
                other = self.spare.pop()
                if not workspace.take_over(other):
                    self.spare.append(other)
        return self.workspaces[track]

    def spare_workspace(self, track: str) -> None:
        """Let another track have the workspace of a track whose last job is done."""
        over = all(self.frontier.state(job.id) is JobState.DONE for job in reversed(self.plan.jobs_on(track)))
        if over and track in self.workspaces:
            self.spare.append(self.workspaces.pop(track))

    def may_retry(self, job: Job) -> bool:
        """Tell whether a job whose attempt failed gets another one."""
        retries = self.plan.defaults.retries if job.retries is None else job.retries
        return self.attempts.get(job.id, 0) <= retries and not self.stop.requested

    @property
    def all_passed(self) -> bool:
        """Whether every wave's gate let the run pass."""
        return all(self.frontier.gate(wave.id) for wave in self.plan.waves)

    @property
    def target(self) -> str:
        """The name of the branch that merges land on."""
        return self.plan.target_branch

    @property
    def waves(self) -> Mapping[str, Wave]:
        """Every wave by its id."""
        return {wave.id: wave for wave in self.plan.waves}

    def agent_label(self, job: Job) -> str:
        """Give who does a job, in a word: its agent's name, or its own command's."""
        return self.plan.agent_name(job) if job.run is None else job.run[0]

    def stop_of(self, job: Job) -> StopSignal:
        """Give the signal that ends a job: its wave's where the wave fails fast, else the run's."""
        return self.wave_stops.get(self.plan.wave_of[job.id].id, self.stop)

    def agent_started(self, job: Job, work: JobWork) -> None:
        """Take note that an agent is at work."""
        self.some_started.set()
        self.outboxes[job.id] = work.outbox
        self.attempts[job.id] = self.attempts.get(job.id, 0) + 1
        self.started_at[job.id] = self.now()
        self.tell(
            "job.started",
            job.id,
            agent=self.agent_label(job),
            track=job.lane,
            attempt=work.attempt,
            needs=list(job.needs),
            estimate_s=job.estimate.middle.total_seconds() if job.estimate else None,
        )
