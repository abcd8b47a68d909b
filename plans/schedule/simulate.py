"""How a plan would go: the real scheduling machine, driven by estimates in place of agents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush

from plans.model import Plan
from plans.schedule.frontier import Frontier, JobState
from plans.schedule.urgency import durations_s


@dataclass(frozen=True)
class Timeline:
    """When everything happens, in seconds on the clock of the simulation; only jobs that run are in it."""

    begin_s: float
    end_s: float
    starts: Mapping[str, float]
    ends: Mapping[str, float]
    slots: Mapping[str, int]
    """The slot (from 0) in which each job runs: the rows of a Gantt chart, never two jobs in one at a time."""
    waves: Mapping[str, tuple[float, float]]
    """When each wave opens and its last job ends."""

    @property
    def makespan_s(self) -> float:
        """How long it takes from the beginning (of the simulation) to the end."""
        return self.end_s - self.begin_s


def simulate(
    plan: Plan,
    *,
    durations: Mapping[str, float] | None = None,
    frontier: Frontier | None = None,
    now: float = 0.0,
) -> Timeline:
    """Work out when every job would start and end, if every attempt succeeds and every gate says GO.

    Preparing, committing and merging cost nothing. A path that a start condition waits for lands when a job ends that
    owns it by exactly that name, else once nothing else is left to wait for.

    Args:
        plan: the plan.
        durations: seconds for jobs; where it has none, the plan's estimates (`durations_s`).
        frontier: a run to go on with from its present state (it is left as it is); None: a run from the beginning.
        now: the present moment, on the clock of that run.
    """
    return _Simulation(plan, {**durations_s(plan), **(durations or {})}, frontier, now).run()


@dataclass
class _Slots:
    """Slots by number, the lowest free one first."""

    count: int = 0
    free: list[int] = field(default_factory=list[int])

    def take(self) -> int:
        if self.free:
            return heappop(self.free)
        self.count += 1
        return self.count - 1

    def give_back(self, slot: int) -> None:
        heappush(self.free, slot)


class _Simulation:
    def __init__(self, plan: Plan, durations: Mapping[str, float], frontier: Frontier | None, now: float) -> None:
        self._plan, self._durations, self._now, self._begin = plan, durations, now, now
        self._frontier = Frontier(plan) if frontier is None else frontier.copy()
        self._place = {job: place for place, job in enumerate(plan.jobs)}
        self._running: list[tuple[float, int, str]] = []
        self._starts: dict[str, float] = {}
        self._ends: dict[str, float] = {}
        self._slot_of: dict[str, int] = {}
        self._slots = _Slots()

    def run(self) -> Timeline:
        if not self._frontier.wave_open(self._plan.waves[0].id):
            self._frontier.start(self._now)
        self._take_over()
        while not self._frontier.over:
            self._start_jobs()
            if not (self._decide_gates() or self._go_on()):
                self._break_up()
        return Timeline(
            begin_s=self._begin,
            end_s=max(self._ends.values(), default=self._now),
            starts=self._starts,
            ends=self._ends,
            slots=self._slot_of,
            waves=self._wave_spans(),
        )

    def _take_over(self) -> None:
        """Go on with the jobs that run already: those at work until their time is up, the others end at once."""
        for job in self._in_state(JobState.RUNNING):
            if self._frontier.holds_slot(job):
                started = self._frontier.started_at(job)
                self._track(job, self._now if started is None else started, self._now + self._left_s(job))
            elif not self._frontier.waits_for_slot(job):
                self._frontier.finished(job, self._now, ok=True)

    def _left_s(self, job: str) -> float:
        """Return the seconds a running job still needs: at its own pace where it has progress, else by estimate."""
        started, part = self._frontier.started_at(job), self._frontier.part_done(job)
        spent = 0.0 if started is None else self._now - started
        return spent * (1 - part) / part if part else max(self._durations[job] - spent, 0.0)

    def _start_jobs(self) -> None:
        for job in self._frontier.startable(self._now):
            self._frontier.started(job, self._now)
            self._track(job, self._now, self._now + self._durations[job])

    def _track(self, job: str, start: float, end: float) -> None:
        self._starts[job], self._slot_of[job] = start, self._slots.take()
        heappush(self._running, (end, self._place[job], job))

    def _decide_gates(self) -> bool:
        """Let every gate pass whose wave is over; tell whether there was one."""
        frontier = self._frontier
        over = [w.id for w in self._plan.waves if frontier.wave_open(w.id) and frontier.wave_over(w.id)]
        due = [wave for wave in over if frontier.gate(wave) is None]
        for wave in due:
            frontier.gate_decided(wave, self._now, passed=True)
        return bool(due)

    def _go_on(self) -> bool:
        """Go to the next moment at which something happens; tell whether there is one."""
        wake = self._frontier.wake_at(self._now)
        moments = [*(end for end, _, _ in self._running[:1]), *(() if wake is None else (wake,))]
        if not moments:
            return False
        self._now = min(moments)
        while self._running and self._running[0][0] <= self._now:
            _, _, job = heappop(self._running)
            self._ends[job] = self._now
            self._slots.give_back(self._slot_of[job])
            self._frontier.finished(job, self._now, ok=True)
            if self._frontier.wanted_paths:
                self._land(self._plan.owned_by(self._plan.jobs[job]).writes)
        return True

    def _land(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._frontier.path_landed(path, self._now)

    def _break_up(self) -> None:
        """End the waiting where nothing happens by itself: paths land, jobs of a stopped run are given up."""
        wanted = self._frontier.wanted_paths
        self._land(wanted)
        for job in () if wanted else self._in_state(JobState.RUNNING):
            self._frontier.abandoned(job, self._now, "the run was stopped")
        self._frontier.nothing_lands(self._now)

    def _in_state(self, state: JobState) -> list[str]:
        return [job for job in self._plan.jobs if self._frontier.state(job) is state]

    def _wave_spans(self) -> Mapping[str, tuple[float, float]]:
        opened = ((wave, self._frontier.wave_opened_at(wave.id)) for wave in self._plan.waves)
        return {
            wave.id: (at, max((self._ends[job.id] for job in wave.jobs if job.id in self._ends), default=at))
            for wave, at in opened
            if at is not None
        }
