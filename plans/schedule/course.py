"""How a run goes as far as order goes: needs, turns, waves, gates, start conditions; no slots."""

from collections.abc import Collection, Iterable, Mapping

from plans.schedule.board import Board, JobState
from plans.schedule.layout import Layout
from plans.schedule.start_conditions import StartConditions
from plans.schedule.waves import Waves

_IDLE = frozenset({JobState.WAITING, JobState.READY})


class Course:
    """States of jobs that follow from one another, by number.

    Attributes:
        board: the state of every job.
        waves: which waves are open.
        changes: every change of a state (job, from, to) in order, for whoever follows the course; they clear it.
    """

    def __init__(self, layout: Layout, done: Collection[str], left_out: Mapping[str, str]) -> None:
        """Set up a course on which nothing happened but what is known from the beginning; no wave is open."""
        self._layout = layout
        self.board, self.waves = Board(layout), Waves(layout)
        finished = frozenset(n for n, job in enumerate(layout.jobs) if job.done or job.id in done)
        out = sorted((layout.number[job], reason) for job, reason in left_out.items() if job in layout.number)
        self.board.end((n, JobState.DONE, "") for n in sorted(finished))
        self.board.end((n, JobState.SKIPPED, reason) for n, reason in out)
        self.board.news.clear()
        skipped = frozenset(n for n, state in enumerate(self.board.states) if state is JobState.SKIPPED)
        self._conditions = StartConditions(layout, finished, skipped)
        for n in sorted(finished):
            self._conditions.progressed(n, 1.0)
            self._conditions.ended(n, JobState.DONE)
        self.board.hold_back(self._conditions.holding_back())
        self._parts: dict[int, float] = {}
        self.changes: list[tuple[int, JobState, JobState]] = []

    def copy(self) -> "Course":
        """Return a course in the same state that goes its own way."""
        twin = object.__new__(Course)
        twin._layout, twin.board, twin.waves = self._layout, self.board.copy(), self.waves.copy()
        twin._conditions, twin._parts, twin.changes = self._conditions.copy(), self._parts.copy(), self.changes.copy()
        return twin

    def part_done(self, job: int) -> float:
        """Return the share (0 to 1) of a running job that is done, as far as it said."""
        return self._parts.get(job, 0.0)

    def wanted_paths(self) -> tuple[str, ...]:
        """Return the paths on the target that jobs wait for."""
        return self._conditions.wanted_paths(self.board)

    def next_time(self) -> float | None:
        """Return the moment at which the next start condition may come true by itself."""
        return self._conditions.next_time(self.board)

    def open_waves(self, now: float) -> None:
        """Open every wave that nothing holds back any more."""
        for wave in self.waves.open_next(now):
            self._conditions.wave_opened(wave, now)
            self._unblock(self._layout.wave_jobs[wave])

    def path_landed(self, path: str) -> None:
        """Say that a path is on the target."""
        self._unblock(self._conditions.path_landed(path))

    def reach(self, job: int, part: float) -> None:
        """Set the share of a job that is done."""
        self._unblock(self._conditions.progressed(job, part - self.part_done(job)))
        self._parts[job] = part

    def skip(self, jobs: Iterable[int], reason: str) -> None:
        """Skip those of some jobs that have not begun."""
        self.board.end([(n, JobState.SKIPPED, reason) for n in jobs if self.board.states[n] in _IDLE])

    def pass_time(self, now: float, *, landings: bool = True) -> None:
        """Bring everything up to a moment: what follows from clocks, from changes of state, and from dead ends.

        Args:
            now: the moment.
            landings: whether paths may still land on the target.
        """
        self._unblock(self._conditions.time_passed(now))
        while True:
            while self.board.news:
                self._follow_up(*self.board.news.popleft())
            dead_ends = self._dead_ends(landings=landings)
            if not dead_ends:
                return
            self.skip(dead_ends, "its start condition can no longer be met")

    def _follow_up(self, job: int, before: JobState, state: JobState) -> None:
        self.changes.append((job, before, state))
        if not state.is_final:
            return
        self.reach(job, 1.0 if state is JobState.DONE else 0.0)
        del self._parts[job]
        self._unblock(self._conditions.ended(job, state))
        if state is JobState.FAILED:
            self._fail_fast(job)

    def _fail_fast(self, job: int) -> None:
        """Doom the wave of a failed job, if it is `fail_fast` and the job's track is not optional."""
        number = self._layout.wave[job]
        wave, track = self._layout.plan.waves[number], self._layout.plan.lanes[self._layout.jobs[job].lane]
        if wave.fail_fast and not track.optional:
            self.waves.doomed.add(number)
            self.skip(self._layout.wave_jobs[number], f"wave {wave.id} stops at its first failure")

    def _dead_ends(self, *, landings: bool) -> list[int]:
        """Return waiting jobs to give up on, where nothing runs or is ready in the open waves.

        First those whose condition can never be met; then, where nothing comes from outside and the rest can only be
        waiting for one another, the first one with a condition.
        """
        if self.board.counts[JobState.READY] or self.board.counts[JobState.RUNNING]:
            return []
        open_ = (w for w in range(len(self.waves.opened)) if self.board.unended[w])
        waiting = [n for w in open_ for n in self._layout.wave_jobs[w] if self.board.states[n] is JobState.WAITING]
        if not waiting:
            return []
        lost = set(self._conditions.hopeless(self.board, landings=landings)).intersection(waiting)
        if lost or self._something_comes(landings=landings):
            return sorted(lost)
        held = self._conditions.holding_back()
        return [next((n for n in waiting if held[n]), waiting[0])]

    def _something_comes(self, *, landings: bool) -> bool:
        """Return whether a clock, a gate's decision or a landing may still change something."""
        gate = self.waves.waits_for_gate()
        if gate is not None and not self.board.unended[gate]:
            return True
        return self.next_time() is not None or (landings and bool(self.wanted_paths()))

    def _unblock(self, jobs: Iterable[int]) -> None:
        for job in jobs:
            self.board.unblock(job)
