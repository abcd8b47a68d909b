"""Mending what a plan leaves open: jobs that would clash are put in order."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from graphlib import TopologicalSorter
from heapq import heappop, heappush

from plans.document import Document
from plans.lint.owners import Owner
from plans.lint.paths import read_clashes, write_clashes
from plans.lint.subject import Subject
from plans.model import Plan
from plans.schedule.graph import order_edges
from plans.transform.rewrite import changed_jobs, changed_plan


def with_clashes_ordered(document: Document) -> Document:
    """Let a job that may write what another writes or creates at the same time wait for it.

    Who reads waits for who creates. Of two who write, the later one in the merge order waits for the other, else the
    later one in the plan. A plan with cycles is given as it is: its errors have to be mended first.
    """
    while True:
        subject = Subject(document)
        if subject.cycles or len(subject.jobs) != len(subject.placed):
            return document
        seen = _ordered(document, _reads(subject))
        after = seen if not Subject(seen).cycles else document
        if after is document:
            after = _ordered(document, _edges(subject))
        if after is document:
            return document
        document = after


def _ordered(document: Document, edges: Iterator[tuple[str, str]]) -> Document:
    added = _first_of_each(edges)
    return replace(document, plan=_with_needs(document.plan, added)) if added else document


def _reads(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield pairs of a creator and a reader of what it creates."""
    for found in read_clashes(subject):
        yield from _pairs(subject, found.other, found.one)


def _edges(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield pairs of jobs that may clash: the second is to wait for the first.

    All go along one order of the whole plan, so that none closes a cycle.
    """
    place = _one_order(subject)
    for found in (*write_clashes(subject), *read_clashes(subject)):
        for pair in _pairs(subject, found.one, found.other):
            first, second = sorted(pair, key=place.__getitem__)
            yield first, second


def _pairs(subject: Subject, one: Owner, other: Owner) -> Iterator[tuple[str, str]]:
    """Yield the jobs of two owners that may run at the same time."""
    for mine in one.jobs:
        for theirs in other.jobs:
            if not subject.order.ordered(mine.job.id, theirs.job.id):
                yield mine.job.id, theirs.job.id


def _one_order(subject: Subject) -> Mapping[str, int]:
    """Return every job a place: after what it waits for, then as the plan's merge order and the plan itself have it."""
    rank: dict[str, int] = {}
    for at, tier in enumerate(subject.plan.merge.order):
        rank.update(dict.fromkeys((tier,) if isinstance(tier, str) else tier, at))
    wish = {
        job: (rank.get(placed.job.lane, len(rank)), number) for number, (job, placed) in enumerate(subject.jobs.items())
    }
    sorter = TopologicalSorter[str](dict.fromkeys(wish, ()))
    for edge in order_edges(subject.plan):
        sorter.add(edge.after, edge.before)
    sorter.prepare()
    place: dict[str, int] = {}
    ready: list[tuple[tuple[int, int], str]] = []
    while sorter.is_active():
        for node in sorter.get_ready():
            heappush(ready, (wish.get(node, (-1, -1)), node))
        node = heappop(ready)[1]
        place[node] = len(place)
        sorter.done(node)
    return place


def _first_of_each(edges: Iterator[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for before, after in edges:
        needs = found.setdefault(after, [])
        if before not in needs:
            needs.append(before)
    return {after: tuple(before) for after, before in found.items()}


def _with_needs(plan: Plan, added: Mapping[str, tuple[str, ...]]) -> Plan:
    waves = changed_jobs(plan, lambda job: {"needs": tuple(dict.fromkeys((*job.needs, *added.get(job.id, ()))))})
    return changed_plan(plan, waves=waves)
