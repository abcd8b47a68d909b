"""What comes before what in a plan: by `needs`, by tracks, by serial waves and by barriers between waves."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from plans.model import Job, Plan, Wave

Why = Literal["needs", "track", "serial", "wave"]

_CLOSER_LOOKS = 25


class Edge(NamedTuple):
    """One node comes before another: jobs by id, gates of waves by `gate_node`."""

    before: str
    after: str
    why: Why


def gate_node(wave: Wave) -> str:
    """Return the node that stands for a barrier wave's gate; no job can have its name.

    It keeps the edges of barriers linear: jobs of the wave -> gate -> jobs behind it.
    """
    return f"gate:{wave.id}"


def order_edges(plan: Plan) -> tuple[Edge, ...]:
    """Return every edge of a plan, each once.

    Names in `needs` that no job has are ignored, and so are later jobs of an id already taken: the lint reports both.
    An edge of `needs` that a contingency covers counts all the same, for the job waits until the other one has ended.
    """
    wave_jobs = _distinct_jobs(plan)
    jobs = [job for _, members in wave_jobs for job in members]
    known = {job.id for job in jobs}
    needs = (Edge(need, job.id, "needs") for job in jobs for need in dict.fromkeys(job.needs) if need in known)
    serial = (members for wave, members in wave_jobs if wave.mode == "serial")
    return (
        *needs,
        *(edge for members in _by_track(jobs).values() for edge in _chain(members, "track")),
        *(edge for members in serial for edge in _chain(members, "serial")),
        *_barriers(wave_jobs),
    )


def topological(edges: Sequence[Edge]) -> tuple[str, ...]:
    """Return the nodes of the edges, each after all those before it; nodes on a cycle, or behind one, are missing."""
    missing: dict[str, int] = {}
    followers: defaultdict[str, list[str]] = defaultdict(list)
    for edge in edges:
        missing.setdefault(edge.before, 0)
        missing[edge.after] = missing.get(edge.after, 0) + 1
        followers[edge.before].append(edge.after)
    queue = deque(node for node, count in missing.items() if not count)
    found: list[str] = []
    while queue:
        node = queue.popleft()
        found.append(node)
        for follower in followers[node]:
            missing[follower] -= 1
            if not missing[follower]:
                queue.append(follower)
    return tuple(found)


def find_cycle(edges: Sequence[Edge]) -> tuple[Edge, ...] | None:
    """Return the edges of one whole cycle, each starting where the one before it ends, or None where there is none.

    It is a shortest one through one of the edges looked at closer (a few dozen, so that time stays linear), and it
    starts with an edge of `needs` if it has one: every other edge follows the plan's order, so a plan's cycle has.
    """
    settled = set(topological(edges))
    rest = [edge for edge in edges if edge.before not in settled and edge.after not in settled]
    if not rest:
        return None
    some = _walk_back(rest)
    followers: defaultdict[str, list[Edge]] = defaultdict(list)
    for edge in rest:
        followers[edge.before].append(edge)
    looked_at = ([edge for edge in some if edge.why == "needs"] or list(some))[:_CLOSER_LOOKS]
    return min((_shortest_through(edge, followers) for edge in looked_at), key=len)


class Order:
    """Answers "does this job end before that one starts?" for any two jobs.

    It holds when jobs run: a job that is skipped no longer holds back the next one of its track. In a plan with a
    cycle, jobs on the cycle and behind it count as ordered with nothing.
    """

    def __init__(self, plan: Plan) -> None:
        edges = order_edges(plan)
        nodes = topological(edges)
        self._index: Mapping[str, int] = {node: index for index, node in enumerate(nodes)}
        self._earlier = self._closure(edges)

    def before(self, first: str, second: str) -> bool:
        """Return whether the second of two jobs waits, through any chain, for the end of the first."""
        at, by = self._index.get(first), self._index.get(second)
        return at is not None and by is not None and bool(self._earlier[by] >> at & 1)

    def ordered(self, one: str, other: str) -> bool:
        """Return whether two jobs can never run at the same time, for one waits for the end of the other."""
        return self.before(one, other) or self.before(other, one)

    def _closure(self, edges: Sequence[Edge]) -> list[int]:
        """Return for each node a mask of the nodes before it: one bit each, 12 MB for 10,000 jobs at worst."""
        direct: list[list[int]] = [[] for _ in self._index]
        for edge in edges:
            if edge.after in self._index:
                direct[self._index[edge.after]].append(self._index[edge.before])
        masks: list[int] = []
        for sources in direct:
            mask = 0
            for source in sources:
                mask |= masks[source] | 1 << source
            masks.append(mask)
        return masks


def _distinct_jobs(plan: Plan) -> list[tuple[Wave, list[Job]]]:
    seen: dict[str, Job] = {}
    return [(wave, [job for job in wave.jobs if seen.setdefault(job.id, job) is job]) for wave in plan.waves]


def _by_track(jobs: Iterable[Job]) -> Mapping[str, list[Job]]:
    lanes: defaultdict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        lanes[job.lane].append(job)
    return lanes


def _chain(jobs: Iterable[Job], why: Why) -> Iterator[Edge]:
    return (Edge(before.id, after.id, why) for before, after in pairwise(jobs))


def _barriers(wave_jobs: Sequence[tuple[Wave, Sequence[Job]]]) -> Iterator[Edge]:
    """Tie the jobs of every wave to the gate of the last barrier before them; that gate waits for the ones before."""
    last_gate: str | None = None
    for wave, jobs in wave_jobs:
        if last_gate is not None:
            yield from (Edge(last_gate, job.id, "wave") for job in jobs)
        if wave.barrier and jobs:
            last_gate = gate_node(wave)
            yield from (Edge(job.id, last_gate, "wave") for job in jobs)


def _walk_back(edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """Return some cycle, by walking back from an edge until a node comes again: each node has one before it."""
    into = {edge.after: edge for edge in edges}
    node, path, position = edges[0].before, list[Edge](), dict[str, int]()
    while node not in position:
        position[node] = len(path)
        path.append(into[node])
        node = into[node].before
    return tuple(reversed(path[position[node] :]))


def _shortest_through(edge: Edge, followers: Mapping[str, Sequence[Edge]]) -> tuple[Edge, ...]:
    """Return a shortest cycle that starts with an edge, which is on some cycle: breadth first from its end."""
    came_by: dict[str, Edge] = {edge.after: edge}
    queue = deque([edge.after])
    while edge.before not in came_by:
        node = queue.popleft()
        for step in followers.get(node, ()):
            if step.after not in came_by:
                came_by[step.after] = step
                queue.append(step.after)
    path = [came_by[edge.before]]
    while path[-1] != edge:
        path.append(came_by[path[-1].before])
    return tuple(reversed(path))
