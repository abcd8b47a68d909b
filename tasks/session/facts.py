"""What can be noted of a run: small facts, each of something that has happened and that nothing undoes.

A fact is noted when git holds what it says, and before anybody is told (`tasks.session.record`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from plans.schedule.landing_order import Landing
from plans.schedule.objections import Asked, GateStand
from tasks.ledger.ledger import JobRecord
from tasks.session.steps import StepState


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


@dataclass(frozen=True)
class RunBegan:
    """The run was opened."""

    flow_run: UUID


@dataclass(frozen=True)
class WaveBegan:
    """A wave began."""

    wave: str
    flow_run: UUID
    """Whose cancelling stops the run too."""


@dataclass(frozen=True)
class WaveOpened:
    """It is settled on which commit of the target a wave's jobs stand."""

    wave: str
    commit: str


@dataclass(frozen=True)
class JobTakenUp:
    """An attempt of a job is about to be made: what the attempt before came to is over."""

    job: str


@dataclass(frozen=True)
class ReplayTried:
    """A job's work of before was to be made anew: it is tried once."""

    job: str


@dataclass(frozen=True)
class JobReplayed:
    """A job's work of before was made anew, on its track."""

    job: str
    commit: str


@dataclass(frozen=True)
class AgentStarted:
    """A job's agent is at work."""

    job: str
    attempt: int
    """The number of its folder: it counts on over the runs of a plan."""


@dataclass(frozen=True)
class JobDone:
    """A job's commit is on its track."""

    record: JobRecord


@dataclass(frozen=True)
class JobRetried:
    """An attempt failed, and another one follows."""

    job: str
    reason: str


@dataclass(frozen=True)
class JobPostponed:
    """A job's agent could do nothing; the same attempt is made later, in a step of its own."""

    job: str
    reason: str


@dataclass(frozen=True)
class JobLost:
    """A job failed for good."""

    job: str
    reason: str


@dataclass(frozen=True)
class JobStopped:
    """A job was stopped, with its wave or the run."""

    job: str
    reason: str


@dataclass(frozen=True)
class Rescued:
    """What a failed attempt left is kept under a ref."""

    job: str
    ref: str


@dataclass(frozen=True)
class StepEnded:
    """A job's step or a landing's came to its end, as whoever looks on sees it."""

    step: str
    state: StepState


@dataclass(frozen=True)
class TrackSettled:
    """A landing came to its end: how the track stands now."""

    wave: str | None
    """The round of landings; None: the one at the end of the plan."""
    track: str
    landed: Landed
    told: bool = False
    """Whether people are told why it did not land."""


@dataclass(frozen=True)
class BaseTakenIn:
    """The base as it is now is on the target."""

    commit: str


@dataclass(frozen=True)
class RolledBack:
    """The target was put back to where a wave had found it."""

    wave: str
    gone: frozenset[str]
    """The landings that it does not hold any more."""


@dataclass(frozen=True)
class GateChecked:
    """What planwave's own checks said of a wave's gate."""

    wave: str
    verdict: Verdict


@dataclass(frozen=True)
class GateAsked:
    """A person is asked."""

    wave: str
    asked: Asked


@dataclass(frozen=True)
class GateAnswered:
    """Nobody is asked any more: there is an answer, the time is over, or the run was stopped."""

    wave: str


@dataclass(frozen=True)
class GoKept:
    """A gate's GO is remembered in git, so that a run that goes on does not ask again."""

    wave: str


@dataclass(frozen=True)
class GateDecided:
    """A gate was decided, or the wave ended by an error before it could be."""

    wave: str
    stand: GateStand
    by: str = ""
    """As the verdict says; empty: nobody did, for there was an error."""


@dataclass(frozen=True)
class Published:
    """The user's repository has what there was to publish, but for what was refused."""

    refused: Mapping[str, str]


@dataclass(frozen=True)
class NotPublished:
    """A branch, or a remote, could not be brought up to date."""

    name: str
    reason: str


@dataclass(frozen=True)
class Warned:
    """Something that the user should know, in the report too."""

    text: str


@dataclass(frozen=True)
class RunClosing:
    """Nothing more is begun."""


@dataclass(frozen=True)
class RunEnded:
    """The run is over."""

    outcome: Literal["Completed", "Cancelled", "Suspended", "Incomplete", "NO-GO"]
    message: str


JobEnd = JobDone | JobLost | JobStopped
JobFact = JobTakenUp | ReplayTried | JobReplayed | AgentStarted | JobRetried | JobPostponed | JobEnd | Rescued
LandingFact = TrackSettled | BaseTakenIn | RolledBack | Published | NotPublished
GateFact = GateChecked | GateAsked | GateAnswered | GoKept | GateDecided
RunFact = RunBegan | WaveBegan | WaveOpened | StepEnded | Warned | RunClosing | RunEnded
Fact = JobFact | LandingFact | GateFact | RunFact
