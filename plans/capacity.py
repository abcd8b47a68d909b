"""The limits of a run and what is in use of them: the plan's slots, waves, agents and locks."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
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
        """Give limits in the same use that go their own way."""
        twin = object.__new__(Capacity)
        twin._limits, twin._plan = self._limits, self._plan
        twin._used, twin._paused_until = self._used.copy(), self._paused_until.copy()
        return twin

    def claim(self, job: Job) -> Claim:
        """Give what a job holds while it has a slot. A lock that no other job names limits nothing within a run."""
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
        """Give the later moments at which pauses end."""
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
        """Tell whether one more fits, each limit being larger by some slack; a paused agent has no room but that."""
        return all(self._taken[name] < self._room(name) + slack for name in claim)

    def choose(
        self,
        queues: Iterable[tuple[Claim, Sequence[int]]],
        *,
        slack: int = 0,
        most: float = inf,
        but: Collection[int] = (),
    ) -> list[int]:
        """Take what fits, the lowest number of all the sorted queues first.

        What does not fit once will not fit later in the same selection, so a queue is left at its first refusal.
        """
        heads = [(queue[0], 0, claim, queue) for claim, queue in queues if queue and self.fits(claim, slack)]
        heapify(heads)
        chosen: list[int] = []
        while heads and len(chosen) < most:
            number, place, claim, queue = heappop(heads)
            if number not in but:
                if not self.fits(claim, slack):
                    continue
                self.reserve(claim)
                chosen.append(number)
            if place + 1 < len(queue):
                heappush(heads, (queue[place + 1], place + 1, claim, queue))
        return chosen

    def _room(self, name: str) -> float:
        return 0 if name in self._paused else self._limits.get(name, inf) - self._used.get(name, 0)


class Queues:
    """Numbers that wait, in a sorted queue for each claim."""

    def __init__(self, members: Iterable[tuple[int, Claim]] = ()) -> None:
        self._queues: defaultdict[Claim, list[int]] = defaultdict(list)
        for number, claim in members:
            self.add(number, claim)

    def __iter__(self) -> Iterator[tuple[Claim, Sequence[int]]]:
        return iter(self._queues.items())

    def copy(self) -> "Queues":
        """Give queues of the same members that go their own way."""
        twin = Queues()
        twin._queues.update((claim, queue.copy()) for claim, queue in self._queues.items())
        return twin

    def add(self, number: int, claim: Claim) -> None:
        """Put a number in its queue."""
        insort(self._queues[claim], number)

    def remove(self, number: int, claim: Claim) -> None:
        """Take a number out of its queue; an empty queue goes too, so that only live ones are looked at."""
        queue = self._queues[claim]
        del queue[bisect_left(queue, number)]
        if not queue:
            del self._queues[claim]
