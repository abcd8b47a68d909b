"""What follows from the facts of a run, kept up to date as they come: each fact is looked at once, when it is noted."""

from dataclasses import dataclass, field
from uuid import UUID

from plans.render.idle import Span
from plans.schedule.landing_order import Landing
from plans.schedule.objections import GateStand
from tasks.ledger.ledger import JobRecord
from tasks.session.facts import (
    AgentStarted,
    Fact,
    GateAnswered,
    GateAsked,
    GateChecked,
    GateDecided,
    JobDone,
    JobLost,
    JobPostponed,
    JobRetried,
    JobStopped,
    JobTakenUp,
    Landed,
    NotPublished,
    Published,
    ReplayTried,
    Rescued,
    RolledBack,
    RunBegan,
    RunClosing,
    StepEnded,
    TrackSettled,
    Verdict,
    Warned,
    WaveBegan,
    WaveOpened,
)
from tasks.session.steps import StepState


@dataclass
class Jobs:
    """What came of the jobs so far.

    Attributes:
        done: the commits of finished jobs, by job: those of before the run, and this run's.
        attempts: how many each job has had in this run; one that was postponed spends none.
        postponements: how often each job's agent said that it can do nothing now.
        again: jobs whose last attempt failed and that get another one.
        postponed: jobs whose agent could do nothing when it was last asked, and that are tried again.
        settled: jobs that this run brought to an end.
        feedback: why each job's last attempt failed, for the next one's prompt.
        rescued: the ref that keeps what a job's last failed attempt left.
        replayed: jobs whose work of before was tried to be made anew.
        started_at: when each job's agent was last started, in seconds since the run began.
        ended_at: when each job that this run began was brought to an end.
    """

    done: dict[str, JobRecord] = field(default_factory=dict[str, JobRecord])
    attempts: dict[str, int] = field(default_factory=dict[str, int])
    postponements: dict[str, int] = field(default_factory=dict[str, int])
    again: set[str] = field(default_factory=set[str])
    postponed: set[str] = field(default_factory=set[str])
    settled: set[str] = field(default_factory=set[str])
    feedback: dict[str, str] = field(default_factory=dict[str, str])
    rescued: dict[str, str] = field(default_factory=dict[str, str])
    replayed: set[str] = field(default_factory=set[str])
    started_at: dict[str, float] = field(default_factory=dict[str, float])
    ended_at: dict[str, float] = field(default_factory=dict[str, float])

    def take(self, fact: Fact, at: float) -> None:
        """Take in the next fact, of that moment."""
        match fact:
            case JobTakenUp(job):
                self.again.discard(job)
                self.postponed.discard(job)
            case ReplayTried(job):
                self.replayed.add(job)
            case AgentStarted(job):
                self.attempts[job] = self.attempts.get(job, 0) + 1
                self.started_at[job] = at
            case Rescued(job, ref):
                self.rescued[job] = ref
            case JobRetried(job, reason):
                self.again.add(job)
                self.feedback[job] = reason
            case JobPostponed(job):
                self.postponed.add(job)
                self.attempts[job] = max(0, self.attempts.get(job, 0) - 1)
                self.postponements[job] = self.postponements.get(job, 0) + 1
            case JobDone() | JobLost() | JobStopped():
                self._end(fact, at)
            case _:
                pass

    def _end(self, fact: JobDone | JobLost | JobStopped, at: float) -> None:
        job = fact.record.job if isinstance(fact, JobDone) else fact.job
        self.settled.add(job)
        self.ended_at[job] = at
        if isinstance(fact, JobDone):
            self.done[job] = fact.record
        elif isinstance(fact, JobLost):
            self.feedback[job] = fact.reason


@dataclass
class Landings:
    """How the tracks stand on their way to the target, and the target on its way to the user.

    Attributes:
        tracks: by round of landings (a wave's id, or None for the one at the end) and track.
        unpublished: branches, or a remote, that could not be brought up to date, with the reason.
    """

    tracks: dict[tuple[str | None, str], Landed] = field(default_factory=dict[tuple[str | None, str], Landed])
    unpublished: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, fact: Fact) -> None:
        """Take in the next fact."""
        match fact:
            case TrackSettled(wave, track, landed):
                self.tracks[wave, track] = landed
            case RolledBack(wave, gone):
                back = Landed(Landing.BLOCKED, reason=f"rolled back by the NO-GO of wave {wave!r}")
                self.tracks.update({place: back for place, landed in self.tracks.items() if landed.commit in gone})
            case Published(refused):
                self.unpublished = dict(refused)
            case NotPublished(name, reason):
                self.unpublished[name] = reason
            case _:
                pass


@dataclass
class Gates:
    """How the gates stand.

    Attributes:
        stands: each wave's, that was asked or decided.
        checked: by wave, what planwave's own checks said, before anybody was asked.
        asked: from when to when people were asked, in seconds since the run began; None: they still are.
    """

    stands: dict[str, GateStand] = field(default_factory=dict[str, GateStand])
    checked: dict[str, Verdict] = field(default_factory=dict[str, Verdict])
    asked: list[tuple[float, float | None]] = field(default_factory=list[tuple[float, float | None]])
    _open: dict[str, int] = field(default_factory=dict[str, int])

    def take(self, fact: Fact, at: float) -> None:
        """Take in the next fact, of that moment."""
        match fact:
            case GateChecked(wave, verdict):
                self.checked[wave] = verdict
            case GateAsked(wave, asked):
                self.stands[wave] = GateStand("waiting", asked=asked)
                self._open[wave] = len(self.asked)
                self.asked.append((at, None))
            case GateAnswered(wave):
                place = self._open.pop(wave)
                self.asked[place] = (self.asked[place][0], at)
            case GateDecided(wave, stand):
                self.stands[wave] = stand
            case _:
                pass

    def spans(self, now: float) -> list[Span]:
        """Return from when to when people were asked something; what still is open, until now."""
        return [(began, now if ended is None else ended) for began, ended in self.asked]


@dataclass
class Course:
    """How far the run has come.

    Attributes:
        wave_starts: the target's commit on which each wave's jobs stand.
        flow_runs: those whose cancelling stops the run: its own first, then its waves'.
        steps: how each job's step ended, and the last landing's, for the edges of the graph in the UI.
        warnings: what the user should know.
        is_over: whether the run is being closed: nothing more will happen.
    """

    wave_starts: dict[str, str] = field(default_factory=dict[str, str])
    flow_runs: list[UUID] = field(default_factory=list[UUID])
    steps: dict[str, StepState] = field(default_factory=dict[str, StepState])
    warnings: list[str] = field(default_factory=list[str])
    is_over: bool = False

    def take(self, fact: Fact) -> None:
        """Take in the next fact."""
        match fact:
            case RunBegan(flow_run) | WaveBegan(_, flow_run):
                self.flow_runs.append(flow_run)
            case WaveOpened(wave, commit):
                self.wave_starts[wave] = commit
            case StepEnded(step, state):
                self.steps[step] = state
            case Warned(text):
                self.warnings.append(text)
            case RunClosing():
                self.is_over = True
            case _:
                pass
