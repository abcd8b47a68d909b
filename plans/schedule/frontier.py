"""The one machine that decides what runs when: it drives the real run, the simulation and the tests of both.

Events go in (`begun`, `started`, `finished` ...), decisions come out (`upcoming`, `startable`). It knows no clock:
every call is given the time, in seconds, which never goes back. The same events give the same decisions.
"""

from collections.abc import Collection, Iterable, Mapping

from plans.model import Contingency, Plan
from plans.schedule.board import JobState
from plans.schedule.capacity import Capacity, Queues
from plans.schedule.course import Course
from plans.schedule.layout import layout
from plans.schedule.urgency import by_urgency

__all__ = ["Frontier", "JobState"]

_LOST = frozenset({JobState.FAILED, JobState.SKIPPED})


class Frontier:
    """The state of every job of a run, and who may go next.

    A job is prepared before it takes a slot: `begun` occupies its track, `started` takes a slot under every limit,
    `slot_freed` gives that back while its commit is still being made, and `finished` ends it. A phase that there is not
    may be left out. Calls that do not fit a job's state are mistakes of the caller (`ValueError`).

    A wave opens once every barrier wave before it has passed its gate. What can never start is skipped, so that a run
    always ends; only where a path may still land on the target, `nothing_lands` has to say that none will.

    Attributes:
        plan: what is run.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        done: Collection[str] = (),
        left_out: Mapping[str, str] | None = None,
        jobs_limit: int | None = None,
    ) -> None:
        """Set up a run in which nothing has started.

        Args:
            plan: what is run; names in it that mean nothing are ignored.
            done: jobs that are done from the beginning, besides those the plan itself calls done.
            left_out: jobs that are not to run, with the reason; what needs them is skipped too, unless covered.
            jobs_limit: slots; None: as many as the plan says.
        """
        self.plan = plan
        self._layout = layout(plan)
        self._course = Course(self._layout, frozenset(done), left_out or {})
        self._left_out = frozenset(left_out or ())
        self._capacity = Capacity(plan, plan.limits.jobs if jobs_limit is None else jobs_limit)
        self._claims = tuple(self._capacity.claim(job) for job in self._layout.jobs)
        ended = {job for job, n in self._layout.number.items() if self._course.board.states[n].is_final}
        self._by_rank = tuple(self._layout.number[job] for job in by_urgency(plan, ended))
        self._rank = {job: rank for rank, job in enumerate(self._by_rank)}
        self._ready = Queues()
        self._prepared: set[int] = set()
        self._holding: set[int] = set()
        self._retry_at: dict[int, float] = {}
        self._started_at: dict[int, float] = {}
        self._stopped = False
        self._cut_off: frozenset[int] = frozenset()

    def copy(self) -> "Frontier":
        """Return a frontier in the same state that goes its own way, to look ahead with."""
        twin = object.__new__(Frontier)
        twin.__dict__.update(self.__dict__)
        twin._course, twin._capacity, twin._ready = self._course.copy(), self._capacity.copy(), self._ready.copy()
        twin._prepared, twin._holding = self._prepared.copy(), self._holding.copy()
        twin._retry_at, twin._started_at = self._retry_at.copy(), self._started_at.copy()
        return twin

    def state(self, job: str) -> JobState:
        """Return where a job stands."""
        return self._course.board.states[self._layout.number[job]]

    def was_left_out(self, job: str) -> bool:
        """Return whether a job is skipped because nobody asked for it."""
        return job in self._left_out and self.state(job) is JobState.SKIPPED

    def reason(self, job: str) -> str:
        """Return why a job failed or was skipped; empty for others."""
        return self._course.board.reasons.get(self._layout.number[job], "")

    def was_cut_off(self, job: str) -> bool:
        """Return whether a job was skipped because everything was stopped before it began."""
        return self._layout.number[job] in self._cut_off

    def holds_slot(self, job: str) -> bool:
        """Return whether a job holds a slot now."""
        return self._layout.number[job] in self._holding

    def waits_for_slot(self, job: str) -> bool:
        """Return whether a job was begun and has no slot yet, or none again until its next attempt."""
        return self._layout.number[job] in self._prepared

    def started_at(self, job: str) -> float | None:
        """Return when a job last took a slot."""
        return self._started_at.get(self._layout.number[job])

    def part_done(self, job: str) -> float:
        """Return the share (0 to 1) of a running job that is done, as far as it said."""
        return self._course.part_done(self._layout.number[job])

    def covers(self, job: str) -> tuple[Contingency, ...]:
        """Return the contingencies of a job that apply because of jobs that failed or were skipped."""
        given = self.plan.jobs[job].contingency
        numbers = ((c, self._layout.number.get(c.if_failed)) for c in given if c.if_failed is not None)
        return tuple(c for c, n in numbers if n is not None and self._course.board.states[n] in _LOST)

    def counts(self) -> Mapping[JobState, int]:
        """Return how many jobs are in each state."""
        return {state: self._course.board.counts[state] for state in JobState}

    def wave_open(self, wave: str) -> bool:
        """Return whether a wave has opened."""
        return self.wave_opened_at(wave) is not None

    def wave_opened_at(self, wave: str) -> float | None:
        """Return when a wave opened."""
        number = self._layout.wave_number[wave]
        return self._course.waves.opened[number] if number < len(self._course.waves.opened) else None

    def wave_over(self, wave: str) -> bool:
        """Return whether every job of a wave has ended."""
        return not self._course.board.unended[self._layout.wave_number[wave]]

    def gate(self, wave: str) -> bool | None:
        """Return what the gate of a wave decided (True: GO), or None where it has not."""
        return self._course.waves.gates.get(self._layout.wave_number[wave])

    def doomed(self, wave: str) -> bool:
        """Return whether a job of a `fail_fast` wave failed, so that its running jobs should be stopped."""
        return self._layout.wave_number[wave] in self._course.waves.doomed

    @property
    def over(self) -> bool:
        """Whether every job has ended."""
        return not any(self._course.board.unended)

    @property
    def wanted_paths(self) -> tuple[str, ...]:
        """The paths on the target that jobs wait for: `path_landed` says when one is there."""
        return self._course.wanted_paths()

    def upcoming(self, now: float, ahead: int) -> tuple[str, ...]:
        """Return the ready jobs whose workspaces should be prepared now, the most urgent first; say `begun` for each.

        They are those that fit into the free slots beside the jobs begun already, and so many more that up to `ahead`
        jobs stand prepared for the next slots that become free (of a busy agent, wave or lock no more than it admits).
        """
        self._pass_time(now)
        selection, waiting = self._capacity.selection(now), self._queues(self._prepared, now)
        placed = set(selection.choose(waiting))
        at_once = selection.choose(self._ready)
        behind = [(rank, claim) for rank, claim in waiting if rank not in placed]
        for _, claim in behind:
            selection.reserve(claim)
        later = selection.choose(self._ready, slack=ahead, most=ahead - len(behind), but=set(at_once))
        return self._names([*at_once, *later])

    def startable(self, now: float, among: Collection[str] | None = None) -> tuple[str, ...]:
        """Return jobs that may take a slot now, the most urgent first: all of them together break no limit.

        Args:
            now: the time.
            among: the jobs to choose from (those whose workspaces are prepared); None: all that are ready or begun.
        """
        self._pass_time(now)
        waiting, ready = self._queues(self._prepared, now), self._ready
        if among is not None:
            numbers = {self._layout.number[job] for job in among}
            waiting = self._queues(numbers & self._prepared, now)
            ready = self._queues((n for n in numbers if self._course.board.states[n] is JobState.READY), now)
        return self._names(self._capacity.selection(now).choose(waiting, ready))

    def wake_at(self, now: float) -> float | None:
        """Return the next moment at which time alone may let something start; None: only events can."""
        self._pass_time(now)
        if self._stopped:
            return None
        clock = self._course.next_time()
        retries = (at for at in self._retry_at.values() if at > now)
        return min((*retries, *self._capacity.resumes(now), *(() if clock is None else (clock,))), default=None)

    def start(self, now: float) -> None:
        """Open the first wave, and those behind it that need not wait."""
        if self._course.waves.opened:
            raise ValueError("the run has started already")
        self._course.open_waves(now)
        self._pass_time(now)

    def begun(self, job: str, now: float) -> None:
        """Say that a job is being prepared: it occupies its track from now on.

        Raises:
            ValueError: it is not ready.
        """
        self._pass_time(now)
        number = self._layout.number[job]
        if self._course.board.states[number] is not JobState.READY:
            raise ValueError(f"job {job!r} is {self._course.board.states[number]}, not ready")
        self._course.board.move(number, JobState.RUNNING)
        self._prepared.add(number)
        self._pass_time(now)

    def started(self, job: str, now: float) -> None:
        """Say that a job takes a slot.

        Raises:
            ValueError: it was not begun and is not ready, has a slot, waits for a retry, or a limit is reached.
        """
        if self.state(job) is not JobState.RUNNING:
            self.begun(job, now)
        number = self._running(job)
        if number not in self._prepared or not self._may_start(number, now):
            raise ValueError(f"job {job!r} may not start now")
        self._capacity.take(self._claims[number])
        self._prepared.discard(number)
        self._retry_at.pop(number, None)
        self._holding.add(number)
        self._started_at[number] = now

    def slot_freed(self, job: str, now: float) -> None:
        """Say that a job's agent ended and its commit is still to be made: others may have the slot.

        Raises:
            ValueError: it has no slot.
        """
        number = self._running(job)
        if number not in self._holding:
            raise ValueError(f"job {job!r} holds no slot")
        self._free_slot(number)
        self._pass_time(now)

    def finished(self, job: str, now: float, *, ok: bool, reason: str = "") -> None:
        """Say that a job ended, done or failed for good; whatever it holds becomes free.

        Raises:
            ValueError: it was not begun, or has ended.
        """
        self._end(job, now, JobState.DONE if ok else JobState.FAILED, reason)

    def abandoned(self, job: str, now: float, reason: str) -> None:
        """Say that a begun job will not be carried out after all: it counts as skipped.

        Raises:
            ValueError: it was not begun, or has ended.
        """
        self._end(job, now, JobState.SKIPPED, reason)

    def retry_later(self, job: str, now: float, at: float) -> None:
        """Say that an attempt was in vain: the job keeps its track, gives back its slot and may start again at a time.

        Raises:
            ValueError: it was not begun, or has ended.
        """
        number = self._running(job)
        self._free_slot(number)
        self._prepared.add(number)
        self._retry_at[number] = at
        self._course.reach(number, 0.0)
        self._pass_time(now)

    def progressed(self, job: str, now: float, percent: float) -> None:
        """Say how much of a running job is done; news of a job that does not run are late, and ignored."""
        number = self._layout.number[job]
        if self._course.board.states[number] is JobState.RUNNING:
            self._course.reach(number, min(max(percent / 100, 0.0), 1.0))
        self._pass_time(now)

    def pause_agent(self, agent: str, now: float, until: float) -> None:
        """Let no job of an agent start before a moment (its quota is used up); those that run go on."""
        self._capacity.pause(agent, until)
        self._pass_time(now)

    def path_landed(self, path: str, now: float) -> None:
        """Say that a path is on the target; also at the beginning, for those of `wanted_paths` that are there."""
        self._course.path_landed(path)
        self._pass_time(now)

    def nothing_lands(self, now: float) -> None:
        """Say that nothing is on its way to the target: what could only wait for a path to land is skipped."""
        self._pass_time(now, landings=False)

    def gate_decided(self, wave: str, now: float, *, passed: bool) -> None:
        """Say what the gate of a wave decided: GO opens what waits behind it, NO-GO skips the waves not open yet.

        Where the plan goes on after a NO-GO (`no_go: continue`), say that it passed.

        Raises:
            ValueError: the wave is not open, has jobs that have not ended, or its gate has decided already.
        """
        number = self._layout.wave_number[wave]
        if not self.wave_open(wave) or not self.wave_over(wave) or number in self._course.waves.gates:
            raise ValueError(f"the gate of wave {wave!r} cannot decide now")
        self._course.waves.gates[number] = passed
        if passed:
            self._course.open_waves(now)
        else:
            self._course.skip(
                (n for w in self._course.waves.unopened() for n in self._layout.wave_jobs[w]), f"wave {wave}: NO-GO"
            )
        self._pass_time(now)

    def stop(self, now: float, reason: str) -> None:
        """Offer nothing any more: what has not begun is skipped, what has begun is for the caller to end."""
        self._stopped = True
        states, jobs = self._course.board.states, range(len(self._layout.jobs))
        before = [n for n in jobs if not states[n].is_final]
        self._course.skip(jobs, reason)
        self._cut_off |= {n for n in before if states[n] is JobState.SKIPPED}
        self._pass_time(now)

    def _pass_time(self, now: float, *, landings: bool = True) -> None:
        """Bring the course up to a moment, and the offers and slots up to the course."""
        self._course.pass_time(now, landings=landings)
        for job, before, state in self._course.changes:
            if before is JobState.READY:
                self._ready.remove(self._rank[job], self._claims[job])
            if state is JobState.READY:
                self._ready.add(self._rank[job], self._claims[job])
            if state.is_final:
                self._free_slot(job)
                self._prepared.discard(job)
                self._retry_at.pop(job, None)
        self._course.changes.clear()

    def _end(self, job: str, now: float, state: JobState, reason: str) -> None:
        self._course.board.end([(self._running(job), state, reason)])
        self._pass_time(now)

    def _running(self, job: str) -> int:
        number = self._layout.number[job]
        if self._course.board.states[number] is not JobState.RUNNING:
            raise ValueError(f"job {job!r} is {self._course.board.states[number]}, not running")
        return number

    def _free_slot(self, job: int) -> None:
        if job in self._holding:
            self._holding.discard(job)
            self._capacity.give_back(self._claims[job])

    def _may_start(self, job: int, now: float) -> bool:
        wave = self._layout.wave[job]
        return not self._stopped and wave not in self._course.waves.doomed and self._retry_at.get(job, now) <= now

    def _queues(self, jobs: Iterable[int], now: float) -> Queues:
        """Put those of some jobs that may start now, as far as they go, into queues."""
        return Queues((self._rank[n], self._claims[n]) for n in jobs if self._may_start(n, now))

    def _names(self, ranks: Iterable[int]) -> tuple[str, ...]:
        return tuple(self._layout.jobs[self._by_rank[rank]].id for rank in ranks)
