"""One run while it lives: the plan, the hub, what it found when it was opened, and the record of what came since."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from plans.model import Job, Plan
from plans.schedule.frontier import Frontier
from plans.text.fenced import plain
from plans.text.masking import Mask
from tasks.hub.hub import Hub, plan_mark
from tasks.ledger.ledger import JobRecord
from tasks.ledger.settle import Settled
from tasks.programs.stop import StopSignal
from tasks.session.events import Event, Scalar, hear
from tasks.session.facts import Fact, Warned
from tasks.session.listeners import told
from tasks.session.record import Record
from tasks.session.run_log import RunLog
from tasks.session.sentences import describe
from tasks.session.settings import RunSettings
from tasks.session.slots import Slots
from tasks.workspace.workspaces import Workspaces


@dataclass(frozen=True)
class Found:
    """How the plan stood when the run was opened, and what of it the run was asked for."""

    before: Settled
    """What earlier runs left, in git."""
    cached: frozenset[str]
    """Jobs that an earlier run finished, or that the document calls done."""
    replays: Mapping[str, JobRecord]
    """Work of before, by job, that is to be made anew in place of running the job."""
    unasked: frozenset[str]
    """Those among them that must not run if that fails: nobody asked for them, or the document calls them done."""
    left_out: Mapping[str, str]
    """Jobs that the run was not asked to do, with the reason."""
    needs: Mapping[str, tuple[str, ...]]
    """The jobs that each job needs, as the whole document has it, also where a mode has it do without."""


@dataclass(frozen=True)
class Session:
    """The parts of one run; those that change are changed on the run's event loop only.

    Git holds what is done and Prefect what is running: nothing here outlives the process, and all of it can be made
    again by opening the run anew.
    """

    plan: Plan
    settings: RunSettings
    engine: RunLog
    """What carries out and shows the steps."""
    hub: Hub
    run: str
    """The run's name: the plan's name and the number of the try."""
    folder: Path
    """Logs, outboxes and reports of this plan on this repository."""
    found: Found
    stop: StopSignal
    """With a part of its own for each wave that fails fast."""
    slots: Slots
    workspaces: Workspaces
    mask: Mask
    """Hides what the agents are passed by name, and what looks like a key."""
    record: Record
    """What has happened since, and what follows from it."""

    @property
    def frontier(self) -> Frontier:
        """What decides who may start."""
        return self.slots.frontier

    @property
    def mark(self) -> str:
        """What marks every process of this run; without its last part, those of every run of the plan."""
        return f"{plan_mark(self.hub)}/{self.run}"

    def now(self) -> float:
        """Return the seconds since the run began."""
        return self.slots.now()

    def note(self, fact: Fact) -> None:
        """Add what has happened to the run's record; what git has to hold of it, it holds by now."""
        self.record.note(fact)

    def tell(self, name: str, subject: str, **payload: Scalar | list[str]) -> None:
        """Tell the world of an event of this run, which git and the record hold by now."""
        event = Event(name=f"planwave.{name}", subject=subject, run=self.run, payload=payload)
        told(self.engine.tell, event)
        hear(event)
        if event.kind not in {"job", "merge"}:
            # Of those, the task runs say as much by their states; a line of log costs the server 5 ms.
            self.engine.log.info("%s", describe(event, self._page))

    def _page(self, flow_run: str) -> str:
        return self.engine.page(UUID(flow_run)) if flow_run else ""

    def said(self, error: Exception) -> str:
        """Return an error as it may be shown to anybody: it may quote what a program printed."""
        return self.shown(str(error))

    def shown(self, text: str) -> str:
        """Return what a program printed as it may be shown to anybody."""
        return self.mask.hide(plain(text))

    def warn(self, text: str) -> None:
        """Tell of something that the user should know, now and in the report."""
        shown = self.shown(text)
        self.note(Warned(shown))
        self.tell("run.warned", self.run, warning=shown)

    @property
    def digests(self) -> Mapping[str, str]:
        """Every job's digest, as the whole document has it."""
        return self.found.before.today.digests

    @property
    def all_passed(self) -> bool:
        """Whether every wave's gate let the run pass."""
        return all(self.frontier.gate(wave.id) for wave in self.plan.waves)

    @property
    def target(self) -> str:
        """The name of the branch that merges land on."""
        return self.plan.target_branch

    def agent_label(self, job: Job) -> str:
        """Return who does a job, in a word: its agent's name, or its own command's."""
        return self.plan.agent_name(job) if job.run is None else job.run[0]

    def stop_of(self, job: Job) -> StopSignal:
        """Return the signal that ends a job: its wave's where the wave fails fast, else the run's."""
        return self.stop.of(self.plan.wave_of[job.id].id)
