"""How long jobs are thought to take, and which are the most urgent: those with the longest path still ahead."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from statistics import median

from plans.model import Plan
from plans.schedule.graph import order_edges, topological


def durations_s(plan: Plan) -> Mapping[str, float]:
    """Return seconds for every job: the middle of its estimate, else the median of the known ones, else 1."""
    known = {job.id: job.estimate.middle.total_seconds() for job in plan.jobs.values() if job.estimate}
    usual = median(known.values()) if known else 1.0
    return {job: known.get(job, usual) for job in plan.jobs}


def remaining_s(plan: Plan, lengths_s: Mapping[str, float]) -> Mapping[str, float]:
    """Return for every job the longest chain of jobs from its start to the plan's end, in seconds, itself included.

    Args:
        plan: the plan; jobs on a cycle, or behind one, count by their own length alone.
        lengths_s: seconds for every job.
    """
    ahead, _ = _paths(plan, lengths_s)
    return {job: ahead.get(job, lengths_s[job]) for job in plan.jobs}


def critical_path(plan: Plan, lengths_s: Mapping[str, float]) -> tuple[str, ...]:
    """Return a longest chain of jobs through the plan: no number of slots makes it shorter than that."""
    ahead = remaining_s(plan, lengths_s)
    _, next_on_path = _paths(plan, lengths_s)
    node: str | None = max(plan.jobs, key=lambda job: ahead[job])
    path: list[str] = []
    while node is not None:
        path.append(node)
        node = next_on_path.get(node)
    return tuple(node for node in path if node in plan.jobs)


def by_urgency(plan: Plan, ended: Collection[str] = ()) -> tuple[str, ...]:
    """Return the jobs, the longest remaining path first, ties in plan order; ended jobs lengthen no path."""
    lengths = {job: 0.0 if job in ended else length for job, length in durations_s(plan).items()}
    ahead = remaining_s(plan, lengths)
    return tuple(sorted(plan.jobs, key=lambda job: -ahead[job]))


def _paths(plan: Plan, lengths_s: Mapping[str, float]) -> tuple[Mapping[str, float], Mapping[str, str]]:
    """Return for every node (jobs and gates) the length of the longest path from it, and the next node on that path."""
    edges = order_edges(plan)
    followers: defaultdict[str, list[str]] = defaultdict(list)
    for edge in edges:
        followers[edge.before].append(edge.after)
    ahead: dict[str, float] = {}
    next_on_path: dict[str, str] = {}
    for node in reversed(topological(edges)):
        known = [follower for follower in followers[node] if follower in ahead]
        if known:
            next_on_path[node] = max(known, key=lambda follower: ahead[follower])
        ahead[node] = lengths_s.get(node, 0.0) + (ahead[next_on_path[node]] if known else 0.0)
    return ahead, next_on_path
