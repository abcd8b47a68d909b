"""The limits of a run and what is in use of them: the plan's slots, waves, agents and locks."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush, merge
from itertools import islice
from math import inf

from plans.model import Job, Plan

Claim = tuple[str, ...]
"""What a running job holds one of each: names of limits (`plan`, `wave:x`, `agent:x`, `lock:x`)."""

PLAN = "plan"


class Capacity:
    """How many jobs may hold each limit at once, and how many do."""

    def __init__(self, plan: Plan, jobs_limit: int) -> None:
        shared = Counter(lock for job in plan.jobs.values() for lock in dict.fromkeys(job.locks))
        self._limits: Mapping[str, int] = {
            PLAN: jobs_limit,
            **{f"wave:{wave.id}": wave.max_parallel for wave in plan.waves if wave.max_parallel is not None},
            **{f"agent:{name}": a.max_parallel for name, a in plan.agents.items() if a.max_parallel is not None},
            **{f"lock:{lock}": 1 for lock, users in shared.items() if users > 1},
        }
        self._used: Counter[str] = Counter()
        self._paused_until: dict[str, float] = {}
        self._plan = plan

    def copy(self) -> "Capacity":
        """Return limits in the same use that go their own way."""
        twin = object.__new__(Capacity)
        twin._limits, twin._plan = self._limits, self._plan
        twin._used, twin._paused_until = self._used.copy(), self._paused_until.copy()
        return twin

    def claim(self, job: Job) -> Claim:
        """Return what a job holds while it has a slot. A lock that no other job names limits nothing within a run."""
        names = [PLAN, f"wave:{self._plan.wave_of[job.id].id}", *(f"lock:{lock}" for lock in sorted(set(job.locks)))]
        agent = () if job.run is not None else (f"agent:{self._plan.agent_name(job)}",)
        return (*(name for name in names if name in self._limits), *agent)

    def take(self, claim: Claim) -> None:
        """Hold one of each.

        Raises:
            ValueError: a limit is reached already.
        """
        full = [name for name in claim if self._used[name] >= self._limits.get(name, inf)]
        if full:
            raise ValueError(f"no job may start now: {', '.join(full)} has reached its limit")
        self._used.update(claim)

    def give_back(self, claim: Claim) -> None:
        """Hold one of each less."""
        self._used.subtract(claim)

    def pause(self, agent: str, until: float) -> None:
        """Let nobody use an agent before a moment."""
        self._paused_until[f"agent:{agent}"] = max(until, self._paused_until.get(f"agent:{agent}", until))

    def resumes(self, now: float) -> Iterable[float]:
        """Return the later moments at which pauses end."""
        return (until for until in self._paused_until.values() if until > now)

    def selection(self, now: float) -> "Selection":
        """Start choosing who may start together."""
        paused = {name for name, until in self._paused_until.items() if until > now}
        return Selection(self._limits, self._used, paused)


class Selection:
    """Jobs chosen so that all of them together break no limit; the limits themselves stay as they are."""

    def __init__(self, limits: Mapping[str, int], used: Mapping[str, int], paused: Collection[str]) -> None:
        self._limits, self._used, self._paused = limits, used, paused
        self._taken: Counter[str] = Counter()

    def reserve(self, claim: Claim) -> None:
        """Count a claim as taken, whether or not it fits."""
        self._taken.update(claim)

    def fits(self, claim: Claim, slack: int = 0) -> bool:
        """Return whether one more fits, with so many more slots, and up to twice of what else is limited."""
        return all(self._taken[name] < self._room(name) + self._extra(name, slack) for name in claim)

    def choose(self, *sources: "Queues", slack: int = 0, most: float = inf, but: Collection[int] = ()) -> list[int]:
        """Take what fits, the lowest number of all queues first.

        What does not fit once will not fit later in the same selection, so a queue is left at its first refusal.
        """
        firsts = merge(*(source.firsts() for source in sources))
        heads = list(islice(firsts, 1))
        chosen: list[int] = []
        while heads and len(chosen) < most and self.fits((PLAN,), slack):
            number, place, claim, queue = heappop(heads)
            if place == 0:
                for first in islice(firsts, 1):
                    heappush(heads, first)
            if number not in but:
                if not self.fits(claim, slack):
                    continue
                self.reserve(claim)
                chosen.append(number)
            if place + 1 < len(queue):
                heappush(heads, (queue[place + 1], place + 1, claim, queue))
        return chosen

    def _extra(self, name: str, slack: int) -> float:
        return slack if name == PLAN else min(slack, self._limits.get(name, inf))

    def _room(self, name: str) -> float:
        return 0 if name in self._paused else self._limits.get(name, inf) - self._used.get(name, 0)


class Queues:
    """Numbers that wait, in a sorted queue for each claim."""

    def __init__(self, members: Iterable[tuple[int, Claim]] = ()) -> None:
        self._queues: defaultdict[Claim, list[int]] = defaultdict(list)
        self._firsts: list[tuple[int, Claim]] = []
        for number, claim in members:
            self.add(number, claim)

    def __iter__(self) -> Iterator[tuple[int, Claim]]:
        return ((number, claim) for claim, queue in self._queues.items() for number in queue)

    def firsts(self) -> Iterator[tuple[int, int, Claim, Sequence[int]]]:
        """Yield (its first number, 0, its claim, itself) for every queue, the lowest number first."""
        return ((number, 0, claim, self._queues[claim]) for number, claim in self._firsts)

    def copy(self) -> "Queues":
        """Return queues of the same members that go their own way."""
        return Queues(self)

    def add(self, number: int, claim: Claim) -> None:
        """Put a number in its queue."""
        queue = self._queues[claim]
        before = queue[:1]
        insort(queue, number)
        self._new_first(claim, before)

    def remove(self, number: int, claim: Claim) -> None:
        """Take a number out of its queue; an empty queue goes too, so that only live ones are looked at."""
        queue = self._queues[claim]
        before = queue[:1]
        del queue[bisect_left(queue, number)]
        self._new_first(claim, before)
        if not queue:
            del self._queues[claim]

    def _new_first(self, claim: Claim, before: list[int]) -> None:
        now = self._queues[claim][:1]
        if now == before:
            return
        for number in before:
            del self._firsts[bisect_left(self._firsts, (number, claim))]
        for number in now:
            insort(self._firsts, (number, claim))
