"""Small plans that fight for slots, tracks, agents and locks, and a driver that runs them in random ways."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from random import Random

from hypothesis import strategies as st

from plans.agent import Agent
from plans.durations import Estimate
from plans.model import Contingency, Job, Limits, Plan, Start, Track, Wave
from plans.schedule.frontier import Frontier, JobState

TRACKS = ("x", "y", "z")
FINAL = frozenset({JobState.DONE, JobState.FAILED, JobState.SKIPPED})
LOST = frozenset({JobState.FAILED, JobState.SKIPPED})


def _leaves(jobs: list[str]) -> st.SearchStrategy[Start]:
    return st.one_of(
        st.builds(Start, after=st.integers(0, 20).map(lambda s: timedelta(seconds=s))),
        st.builds(Start, progress=st.sampled_from(TRACKS), percent=st.sampled_from([0.0, 30.0, 50.0, 100.0])),
        st.builds(Start, done=st.sampled_from(jobs)),
        st.builds(Start, exists=st.sampled_from(["a.txt", "/b.txt"])),
    )


def starts(jobs: list[str]) -> st.SearchStrategy[Start]:
    parts = st.lists(_leaves(jobs), max_size=3).map(tuple)
    return _leaves(jobs) | st.builds(Start, all=parts) | st.builds(Start, any=parts)


@st.composite
def contended_plans(draw: st.DrawFn, *, conditions: bool = True, max_jobs: int = 9, one_wave: bool = False) -> Plan:
    """A plan without cycles: jobs need only earlier ones; start conditions may ask for anything, even in vain."""
    names = [f"j{n}" for n in range(draw(st.integers(1, max_jobs)))]
    maybe = st.none() | starts(names) if conditions else st.none()
    jobs: list[Job] = []
    for name in names:
        needs = tuple(draw(st.lists(st.sampled_from(names[: len(jobs)]), unique=True, max_size=2))) if jobs else ()
        covered = draw(st.lists(st.sampled_from(needs), max_size=1)) if needs else []
        jobs.append(
            Job(
                id=name,
                track=draw(st.sampled_from([*TRACKS, None, None])),
                agent=draw(st.sampled_from([None, "slow"])),
                run=draw(st.sampled_from([None, None, ("make",)])),
                needs=needs,
                locks=tuple(draw(st.lists(st.sampled_from(["db", "net"]), unique=True, max_size=2))),
                contingency=tuple(Contingency(if_failed=need, instead="mock it") for need in covered),
                estimate=draw(st.none() | st.integers(1, 20).map(_seconds)),
                start=draw(maybe),
            )
        )
    cuts = [] if one_wave or len(jobs) < 2 else sorted(draw(st.sets(st.integers(1, len(jobs) - 1), max_size=3)))
    spans = zip([0, *cuts], [*cuts, len(jobs)], strict=True)
    waves = [draw(_waves(f"w{n}", tuple(jobs[a:b]))) for n, (a, b) in enumerate(spans)]
    return Plan(
        version=1,
        name="contended",
        agents={
            "default": Agent(kind="scripted", max_parallel=draw(st.sampled_from([None, 1, 2]))),
            "slow": Agent(kind="scripted", max_parallel=draw(st.sampled_from([None, 1]))),
        },
        limits=Limits(jobs=draw(st.integers(1, 4))),
        tracks=tuple(Track(id=track, start=draw(maybe), optional=draw(st.booleans())) for track in TRACKS),
        waves=tuple(waves),
    )


def _seconds(count: int) -> Estimate:
    return Estimate(low=timedelta(seconds=count), high=timedelta(seconds=count))


def _waves(name: str, jobs: tuple[Job, ...]) -> st.SearchStrategy[Wave]:
    return st.builds(
        Wave,
        id=st.just(name),
        jobs=st.just(jobs),
        mode=st.sampled_from(["parallel", "parallel", "serial"]),
        max_parallel=st.sampled_from([None, None, 1, 2]),
        barrier=st.booleans(),
        fail_fast=st.sampled_from([False, False, False, True]),
    )


class Driver:
    """Runs a plan in a random way, phase by phase, and checks every decision against its own records."""

    def __init__(
        self, plan: Plan, random: Random, frontier: Frontier | None = None, *, checks_conditions: bool = True
    ) -> None:
        self.plan, self.random, self.frontier = plan, random, frontier or Frontier(plan)
        self.checks_conditions = checks_conditions
        self.now = 0.0
        self.log: list[tuple[float, str, str]] = []
        self.prepared: set[str] = set()
        self.holding: set[str] = set()
        self.committing: set[str] = set()
        self.gates: dict[str, bool] = {}
        self.retry_at: dict[str, float] = {}
        self.paused: dict[str, float] = {}
        self.ended: dict[str, JobState] = {}
        self.parts: dict[str, float] = {}
        self.stopped = False
        self.opened_at: dict[str, float] = {}
        self.landed: set[str] = set()
        self.met: set[tuple[int, str]] = set()
        self.entered: set[tuple[str, str]] = set()
        self._note_ended()

    def run(self, steps: int) -> None:
        """Take random steps, then finish in an orderly way."""
        self.start()
        actions = (self.begin, self.begin, self.start_prepared, self.start_any, self.free, self.finish)
        rare = (self.retry, self.progress, self.pause, self._land, self._pass_time, self.decide)
        for _ in range(steps):
            self.random.choice(self.random.choice((actions, actions, rare)))()
            self.look()
        self.run_on()

    def start(self) -> None:
        self.frontier.start(self.now)
        self.look()

    def run_on(self) -> None:
        """Do everything that can be done; fails where nothing can and jobs still wait."""
        while not self.frontier.over:
            assert self._orderly_step(), f"nothing can happen, and yet {self.frontier.counts()}"
            self.look()

    def stop(self) -> None:
        self.frontier.stop(self.now, "enough")
        self.stopped = True

    def occupied(self) -> set[str]:
        return self.prepared | self.holding | self.committing

    def _orderly_step(self) -> bool:
        for job in self.frontier.upcoming(self.now, 2):
            self.begun(job)
        startable = self.frontier.startable(self.now, among=sorted(self.prepared))
        for job in startable:
            self.started(job)
        running = sorted(self.holding | self.committing)
        for job in running[:1]:
            self.end(job, ok=self.random.random() < 0.8)
        for job in sorted(self.prepared):
            if self.stopped or self.frontier.doomed(self.plan.wave_of[job].id):
                self.frontier.abandoned(job, self.now, "not any more")
                self.prepared.discard(job)
        if startable or running or self.decide():
            return True
        wake = self.frontier.wake_at(self.now)
        if wake is not None:
            assert wake > self.now
            self.now = wake
            return True
        before = self.frontier.counts()
        self.frontier.nothing_lands(self.now)
        return self.frontier.counts() != before

    def begin(self) -> None:
        for job in self.frontier.upcoming(self.now, self.random.randint(0, 3))[:2]:
            self.begun(job)

    def start_prepared(self) -> None:
        among = [job for job in sorted(self.prepared) if self.random.random() < 0.7]
        for job in self.frontier.startable(self.now, among):
            assert job in among
            self.started(job)

    def start_any(self) -> None:
        for job in self.frontier.startable(self.now):
            if self.random.random() < 0.7:
                self.started(job)

    def free(self) -> None:
        for job in self._some(self.holding):
            self.frontier.slot_freed(job, self.now)
            self.holding.discard(job)
            self.committing.add(job)
            self.log.append((self.now, "freed", job))

    def finish(self) -> None:
        for job in self._some(self.occupied()):
            self.end(job, ok=self.random.random() < 0.7)

    def retry(self) -> None:
        for job in self._some(self.holding | self.committing):
            at = self.now + self.random.randint(0, 10)
            self.frontier.retry_later(job, self.now, at)
            self.holding.discard(job)
            self.committing.discard(job)
            self.prepared.add(job)
            self.retry_at[job] = at
            self.parts[job] = 0.0

    def progress(self) -> None:
        for job in self._some(self.occupied()):
            percent = self.random.choice([-5, 25, 50, 100, 130])
            self.frontier.progressed(job, self.now, percent)
            self.parts[job] = min(max(percent / 100, 0), 1)

    def pause(self) -> None:
        agent = self.random.choice(["default", "slow"])
        until = self.now + self.random.randint(1, 10)
        self.paused[agent] = max(until, self.paused.get(agent, 0.0))
        self.frontier.pause_agent(agent, self.now, until)

    def _land(self) -> None:
        for path in self._some(set(self.frontier.wanted_paths)):
            self.frontier.path_landed(path, self.now)
            self.landed.add(path)

    def _pass_time(self) -> None:
        self.now += self.random.randint(0, 8)

    def decide(self) -> bool:
        over = [w.id for w in self.plan.waves if self.frontier.wave_open(w.id) and self.frontier.wave_over(w.id)]
        due = [wave for wave in over if wave not in self.gates]
        for wave in due[:1]:
            assert self.frontier.gate(wave) is None
            self.gates[wave] = self.random.random() < 0.9
            self.frontier.gate_decided(wave, self.now, passed=self.gates[wave])
        return bool(due)

    def _some(self, jobs: set[str]) -> list[str]:
        return [self.random.choice(sorted(jobs))] if jobs else []

    def begun(self, job: str) -> None:
        self._check_order(job)
        self.frontier.begun(job, self.now)
        self.prepared.add(job)
        self.log.append((self.now, "begun", job))

    def started(self, job: str) -> None:
        if job not in self.prepared:
            self._check_order(job)
        assert self.retry_at.get(job, self.now) <= self.now
        agent = self.agent_of(job)
        assert agent is None or self.paused.get(agent, 0.0) <= self.now
        self.frontier.started(job, self.now)
        self.prepared.discard(job)
        self.holding.add(job)
        self._check_limits()
        self.log.append((self.now, "started", job))

    def end(self, job: str, *, ok: bool) -> None:
        self.frontier.finished(job, self.now, ok=ok, reason="" if ok else "it broke")
        for phase in (self.prepared, self.holding, self.committing):
            phase.discard(job)
        self.log.append((self.now, "done" if ok else "failed", job))

    def agent_of(self, job: str) -> str | None:
        found = self.plan.jobs[job]
        return None if found.run else self.plan.agent_name(found)

    def _check_limits(self) -> None:
        jobs = [self.plan.jobs[job] for job in self.holding]
        assert len(jobs) <= self.plan.limits.jobs
        for wave, count in Counter(self.plan.wave_of[job.id].id for job in jobs).items():
            limit = next(w.max_parallel for w in self.plan.waves if w.id == wave)
            assert limit is None or count <= limit
        for agent, count in Counter(self.agent_of(job.id) for job in jobs).items():
            limit = None if agent is None else self.plan.agents[agent].max_parallel
            assert limit is None or count <= limit
        assert all(count == 1 for count in Counter(lock for job in jobs for lock in job.locks).values())

    def _check_order(self, name: str) -> None:
        self.look()
        job, wave = self.plan.jobs[name], self.plan.wave_of[name]
        assert not self.stopped
        assert all(self.gates.get(w.id) for w in self._waves_before(wave) if w.barrier)
        covered = {c.if_failed for c in job.contingency}
        for need in job.needs:
            assert self.ended[need] is JobState.DONE or (need in covered and self.ended[need] in LOST)
        order = list(self.plan.jobs)
        for other in (self.plan.jobs[o] for o in order[: order.index(name)]):
            same_line = other.lane == job.lane or (wave.mode == "serial" and self.plan.wave_of[other.id] is wave)
            assert not same_line or other.id in self.ended
        if self.checks_conditions:
            track = self.plan.lanes[job.lane].start if (job.lane, wave.id) not in self.entered else None
            assert all(start is None or self._is_met(start, wave) for start in (job.start, track))
        self.entered.add((job.lane, wave.id))

    def _waves_before(self, wave: Wave) -> Iterator[Wave]:
        for other in self.plan.waves:
            if other is wave:
                return
            yield other

    def _note_ended(self) -> None:
        for job in self.plan.jobs:
            state = self.frontier.state(job)
            assert self.ended.get(job, state) is state, f"{job} ended twice"
            if state in FINAL:
                self.ended[job] = state
            assert (state is JobState.RUNNING) == (job in self.occupied())
            assert self.frontier.holds_slot(job) == (job in self.holding)

    def look(self) -> None:
        """Check that the states and the records agree, and note which leaves of conditions hold by now."""
        self._note_ended()
        for wave in self.plan.waves:
            if self.frontier.wave_open(wave.id):
                self.opened_at.setdefault(wave.id, self.now)
            given = (*(job.start for job in wave.jobs), *(track.start for track in self.plan.tracks))
            starts = (part for start in given for part in _parts(start))
            self.met.update((id(start), wave.id) for start in starts if self._holds(start, wave))

    def _is_met(self, start: Start, wave: Wave) -> bool:
        if start.all is not None:
            return all(self._is_met(part, wave) for part in start.all)
        if start.any is not None:
            return any(self._is_met(part, wave) for part in start.any)
        return (id(start), wave.id) in self.met or self._holds(start, wave)

    def _holds(self, start: Start, wave: Wave) -> bool:
        if start.after is not None:
            at = self.opened_at.get(wave.id)
            return at is not None and self.now >= at + start.after.total_seconds()
        if start.all is not None or start.any is not None:
            return False
        if start.exists is not None:
            return start.exists.lstrip("/") in self.landed
        if start.done is not None:
            return self.ended.get(start.done) is JobState.DONE
        in_wave = [job for job in wave.jobs if job.lane == start.progress]
        jobs = in_wave or [job for job in self.plan.jobs.values() if job.lane == start.progress]
        shares: Mapping[JobState | None, float] = {JobState.DONE: 1.0}
        done = [shares.get(self.ended[j.id], 0.0) if j.id in self.ended else self.parts.get(j.id, 0.0) for j in jobs]
        return sum(done) >= (start.percent or 0) / 100 * len(jobs) - 1e-6


def _parts(start: Start | None) -> Iterator[Start]:
    if start is not None:
        yield start
        for part in (*(start.all or ()), *(start.any or ())):
            yield from _parts(part)
