"""Start conditions beyond `needs`: circuits whose inputs turn true once, and never back.

A job's own condition holds back the job; a track's holds back its jobs in each wave, until it was true once. Where a
job of the track and wave is done from the beginning, the condition held in an earlier run and is not asked again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import NamedTuple

from plans.model import Start
from plans.schedule.board import Board, JobState
from plans.schedule.layout import Layout

_ROUNDING = 1e-9


class Condition(NamedTuple):
    """A start condition, the wave whose opening starts its clocks, and the jobs it holds back."""

    start: Start
    wave: int
    jobs: tuple[int, ...]


class StartConditions:
    """Every start condition of a plan that is still to be met, and the jobs it holds back.

    Methods that tell it what happened give the jobs that one condition less holds back now (a job twice, where two
    conditions of it came true).
    """

    def __init__(self, layout: Layout, done: AbstractSet[int], left_out: AbstractSet[int]) -> None:
        """Collect the conditions.

        Args:
            layout: the plan's tables.
            done: jobs that are done from the beginning.
            left_out: jobs that will not run; progress of a track is measured without them.
        """
        self._layout = layout
        self._circuit = _Circuit()
        self._conditions: dict[int, Condition] = {}
        self._clocks: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
        self._timers: list[tuple[float, int]] = []
        self._done: defaultdict[str, list[int]] = defaultdict(list)
        self._exists: defaultdict[str, list[int]] = defaultdict(list)
        self._shares: dict[tuple[str, int | None], _Share] = {}
        self._sizes = _lane_sizes(layout, left_out)
        for condition in _to_be_met(layout, done):
            self._conditions[self._add(condition.start, condition.wave, None)] = condition
        for share in self._shares.values():
            self._fire(share.reach(0.0))

    def copy(self) -> "StartConditions":
        """Return conditions that stand alike and go their own way."""
        twin = object.__new__(StartConditions)
        twin.__dict__.update(self.__dict__)
        twin._circuit, twin._timers, twin._exists = self._circuit.copy(), self._timers.copy(), self._exists.copy()
        twin._shares = {key: replace(share, waiting=share.waiting.copy()) for key, share in self._shares.items()}
        return twin

    def holding_back(self) -> list[int]:
        """Return for every job how many conditions hold it back."""
        counts = [0] * len(self._layout.jobs)
        for node, condition in self._conditions.items():
            for job in () if self._circuit.is_on(node) else condition.jobs:
                counts[job] += 1
        return counts

    def wave_opened(self, wave: int, now: float) -> None:
        """Start the clocks of a wave."""
        for seconds, node in self._clocks[wave]:
            heappush(self._timers, (now + seconds, node))

    def time_passed(self, now: float) -> list[int]:
        """Look at the clocks."""
        due: list[int] = []
        while self._timers and self._timers[0][0] <= now:
            due.append(heappop(self._timers)[1])
        return self._fire(due)

    def next_time(self, board: Board) -> float | None:
        """Return the moment at which the next clock runs out that anybody still waits for."""
        while self._timers and not self._is_wanted(self._circuit.root(self._timers[0][1]), board):
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def path_landed(self, path: str) -> list[int]:
        """Say that a path is on the target."""
        return self._fire(self._exists.pop(_rooted(path), []))

    def progressed(self, job: int, more: float) -> list[int]:
        """Say that so much more of a job (of 1; less than 0 where an attempt was in vain) is done."""
        return self._fire([node for share in self._shares_of(job) for node in share.reach(more)])

    def ended(self, job: int, state: JobState) -> list[int]:
        """Say that a job ended; how much of it was done, `progressed` has said."""
        if state is JobState.DONE:
            return self._fire(self._done[self._layout.jobs[job].id])
        for share in self._shares_of(job):
            share.lost += 1
        return []

    def hopeless(self, board: Board, *, landings: bool) -> list[int]:
        """Return the jobs whose condition can no longer be met, however well everything goes.

        Args:
            board: the states of the jobs.
            landings: whether paths may still land on the target.
        """
        open_ = [(node, found) for node, found in self._conditions.items() if self._is_wanted(node, board)]
        lost = [found for node, found in open_ if not self._may_hold(node, found, board, landings=landings)]
        return [job for condition in lost for job in condition.jobs]

    def wanted_paths(self, board: Board) -> tuple[str, ...]:
        """Return the paths that jobs still wait for, without a leading slash."""
        roots = {path: [self._circuit.root(node) for node in nodes] for path, nodes in self._exists.items()}
        return tuple(path for path, nodes in roots.items() if any(self._is_wanted(node, board) for node in nodes))

    def _add(self, start: Start, wave: int, parent: int | None) -> int:
        """Build the circuit of a condition and of its parts; give its node."""
        node = self._circuit.add(parent, inputs=1 if start.all is None else len(start.all))
        for part in start.all or start.any or ():
            self._add(part, wave, node)
        if start.all == () and parent is not None:
            self._circuit.turn_on(parent)
        if start.after is not None:
            self._clocks[wave].append((start.after.total_seconds(), node))
        if start.done is not None:
            self._done[start.done].append(node)
        if start.exists is not None:
            self._exists[_rooted(start.exists)].append(node)
        if start.progress is not None and start.percent is not None:
            heappush(self._share(start.progress, wave).waiting, (start.percent, node))
        return node

    def _fire(self, nodes: list[int]) -> list[int]:
        """Turn inputs on; give the jobs of the conditions that come true."""
        roots = [self._circuit.turn_on(node) for node in nodes]
        return [job for root in roots if root in self._conditions for job in self._conditions[root].jobs]

    def _share(self, track: str, wave: int) -> "_Share":
        """Return the share that a condition means: of the track's jobs in the wave, or in the plan if it has none."""
        key = (track, wave) if (track, wave) in self._sizes else (track, None)
        return self._shares.setdefault(key, _Share(self._sizes.get(key, 0)))

    def _shares_of(self, job: int) -> list["_Share"]:
        track, wave = self._layout.jobs[job].lane, self._layout.wave[job]
        return [self._shares[key] for key in ((track, wave), (track, None)) if key in self._shares]

    def _is_wanted(self, node: int, board: Board) -> bool:
        waits = (board.states[job] is JobState.WAITING for job in self._conditions[node].jobs)
        return not self._circuit.is_on(node) and any(waits)

    def _may_hold(self, node: int, condition: Condition, board: Board, *, landings: bool) -> bool:
        def may(start: Start) -> bool:
            if start.all is not None:
                return all(may(part) for part in start.all)
            if start.any is not None:
                return any(may(part) for part in start.any)
            if start.done is not None:
                job = self._layout.number.get(start.done)
                return job is not None and board.states[job] not in {JobState.FAILED, JobState.SKIPPED}
            if start.exists is not None:
                return landings or _rooted(start.exists) not in self._exists
            if start.progress is not None and start.percent is not None:
                return self._share(start.progress, condition.wave).may_reach(start.percent)
            return True

        return self._circuit.is_on(node) or may(condition.start)


@dataclass
class _Share:
    """How much of a track is done, and which inputs wait for how much of it."""

    total: int
    reached: float = 0.0
    lost: int = 0
    """Jobs that ended without being done."""
    waiting: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    """A heap of (percentage, node)."""

    def reach(self, more: float) -> list[int]:
        """Add to what is done; give the nodes that come true. With no job at all there is nothing to wait for."""
        self.reached += more
        nodes: list[int] = []
        while self.waiting and self.reached >= self._needed(self.waiting[0][0]):
            nodes.append(heappop(self.waiting)[1])
        return nodes

    def may_reach(self, percent: float) -> bool:
        """Return whether a percentage is reached if every job that has not ended gets done."""
        return self.total - self.lost >= self._needed(percent)

    def _needed(self, percent: float) -> float:
        return percent / 100 * self.total - _ROUNDING


class _Circuit:
    """Nodes that turn on when enough of their inputs did; leaves have one input, from outside."""

    def __init__(self) -> None:
        self._parents: list[int | None] = []
        self._roots: list[int] = []
        self._missing: list[int] = []

    def copy(self) -> "_Circuit":
        twin = _Circuit()
        twin._parents, twin._roots, twin._missing = self._parents, self._roots, self._missing.copy()
        return twin

    def add(self, parent: int | None, *, inputs: int) -> int:
        node = len(self._parents)
        self._parents.append(parent)
        self._roots.append(node if parent is None else self._roots[parent])
        self._missing.append(inputs)
        return node

    def root(self, node: int) -> int:
        return self._roots[node]

    def is_on(self, node: int) -> bool:
        return self._missing[node] <= 0

    def turn_on(self, node: int) -> int | None:
        """Return one input to a node, and on upwards as nodes turn on; give the root if that turns on."""
        at: int | None = node
        while at is not None:
            self._missing[at] -= 1
            if self._missing[at] != 0:
                return None
            node, at = at, self._parents[at]
        return node


def _to_be_met(layout: Layout, done: AbstractSet[int]) -> Iterator[Condition]:
    lanes: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for n, job in enumerate(layout.jobs):
        lanes[job.lane, layout.wave[n]].append(n)
        if job.start is not None and n not in done:
            yield Condition(job.start, layout.wave[n], (n,))
    for (lane, wave), jobs in lanes.items():
        track = layout.plan.lanes.get(lane)
        if track is not None and track.start is not None and done.isdisjoint(jobs):
            yield Condition(track.start, wave, tuple(jobs))


def _lane_sizes(layout: Layout, left_out: AbstractSet[int]) -> Mapping[tuple[str, int | None], int]:
    """Return how many jobs each track has in each wave, and (wave None) in the plan, those left out not counted."""
    sizes: defaultdict[tuple[str, int | None], int] = defaultdict(int)
    for n, job in enumerate(layout.jobs):
        for key in ((job.lane, layout.wave[n]), (job.lane, None)):
            sizes[key] += n not in left_out
    return sizes


def _rooted(path: str) -> str:
    """Return a path as git does: from the repository's root, without a leading slash."""
    return path.removeprefix("./").lstrip("/")
