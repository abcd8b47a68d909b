"""A run as people look at it: a frozen picture of every wave, job and track."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from plans.schedule.objections import Asked, GateStand

Standing = Literal["waiting", "ready", "running", "done", "failed", "skipped"]
_MARKS: Mapping[Standing, str] = {
    "waiting": "·", "ready": "○", "running": "▶", "done": "✔", "failed": "✘", "skipped": "⊘",
}  # fmt: skip


@dataclass(frozen=True)
class JobView:
    """One job, as it stands now."""

    id: str
    title: str
    wave: str
    track: str
    agent: str
    standing: Standing
    reason: str = ""
    """Why it failed or was skipped, or how it came to be done (`cached`)."""
    attempts: int = 0
    estimate_s: float | None = None
    duration_s: float | None = None
    cost_usd: float | None = None
    tokens: int | None = None
    commit: str | None = None

    @property
    def mark(self) -> str:
        """One character that says how it stands."""
        return _MARKS[self.standing]


@dataclass(frozen=True)
class WaveView:
    """One wave: its jobs and what its gate said."""

    id: str
    title: str
    jobs: tuple[JobView, ...]
    stand: GateStand | None = None
    """How its gate stands; None: nothing is known yet."""

    @property
    def gate(self) -> str:
        """How its gate stands, in a line, or nothing yet."""
        return "" if self.stand is None else self.stand.word

    @property
    def asked(self) -> Asked | None:
        """What its gate asks a person now."""
        return None if self.stand is None else self.stand.asked

    @property
    def percent(self) -> float:
        """The share of its jobs that are done, 0 to 100."""
        return percent_done(self.jobs)


@dataclass(frozen=True)
class LandingView:
    """One track's way to the target."""

    wave: str
    """The wave it lands after; empty: at the end of the plan."""
    track: str
    branch: str
    landing: str
    """A word of `plans.schedule.landing_order.Landing`."""
    commit: str | None = None
    """The merge on the target."""
    reason: str = ""


@dataclass(frozen=True)
class RunView:
    """A whole run."""

    run: str
    title: str
    waves: tuple[WaveView, ...]
    landings: tuple[LandingView, ...]
    target: str
    elapsed_s: float
    eta_s: float | None = None
    """Seconds until the end, as the simulation of what is left says."""
    serial_s: float | None = None
    """What the jobs took one after another, measured; None before any is done."""
    kept: tuple[str, ...] = ()
    """Commands that fetch what failed attempts left."""
    warnings: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    waited_s: float = 0.0
    """How much of `elapsed_s` it only waited for people's answers."""
    is_over: bool = False
    """Whether nothing more will happen."""

    @property
    def jobs(self) -> tuple[JobView, ...]:
        """Every job, in plan order."""
        return tuple(job for wave in self.waves for job in wave.jobs)


def percent_done(jobs: Iterable[JobView]) -> float:
    """Return the share of jobs that are done, 0 to 100; 100 for none."""
    counts = Counter(job.standing for job in jobs)
    total = sum(counts.values())
    return 100.0 * counts["done"] / total if total else 100.0
