from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from plans.model import Job, Plan, Wave
from plans.schedule.graph import Edge, Order, find_cycle, gate_node, order_edges, topological
from tests.effort import examples
from tests.plans.contended import contended_plans


def make_plan(*waves: Wave) -> Plan:
    return Plan(version=1, name="p", waves=waves)


def wave(name: str, *jobs: Job, serial: bool = False, barrier: bool = True) -> Wave:
    return Wave(id=name, jobs=jobs, mode="serial" if serial else "parallel", barrier=barrier)


def job(name: str, *needs: str, track: str | None = None) -> Job:
    return Job(id=name, needs=needs, track=track)


def test_edges_come_from_needs_tracks_serial_waves_and_barriers() -> None:
    plan = make_plan(
        wave("one", job("a", track="t"), job("b", "a", "a", "nobody")),
        wave("two", job("c", track="t"), job("d"), serial=True, barrier=False),
        wave("three", job("e")),
    )

    gate = gate_node(plan.waves[0])
    assert set(order_edges(plan)) == {
        Edge("a", "b", "needs"),
        Edge("a", "c", "track"),
        Edge("c", "d", "serial"),
        *(Edge(name, gate, "wave") for name in "ab"),
        *(Edge(gate, name, "wave") for name in "cde"),
        Edge("e", gate_node(plan.waves[2]), "wave"),
    }


def test_a_second_job_of_the_same_name_makes_no_false_cycle() -> None:
    plan = make_plan(wave("one", job("a", track="t"), job("b", track="t")), wave("two", job("a", track="t")))

    assert find_cycle(order_edges(plan)) is None


def test_a_job_that_needs_a_later_wave_closes_a_cycle_through_the_gate() -> None:
    plan = make_plan(wave("one", job("a", "b")), wave("two", job("b")))

    gate = gate_node(plan.waves[0])
    assert find_cycle(order_edges(plan)) == (
        Edge("b", "a", "needs"),
        Edge("a", gate, "wave"),
        Edge(gate, "b", "wave"),
    )


def test_a_job_that_needs_itself_is_a_cycle_of_one_edge() -> None:
    assert find_cycle(order_edges(make_plan(wave("one", job("a", "a"))))) == (Edge("a", "a", "needs"),)


def test_needs_against_the_order_of_a_track_are_a_cycle() -> None:
    plan = make_plan(wave("one", job("a", "b", track="t"), job("b", track="t")))

    assert find_cycle(order_edges(plan)) == (Edge("b", "a", "needs"), Edge("a", "b", "track"))


def test_a_very_long_cycle_is_found_whole() -> None:
    names = [f"j{n}" for n in range(10_000)]
    edges = [Edge(a, b, "needs") for a, b in zip(names, [*names[1:], names[0]], strict=True)]

    cycle = find_cycle(edges)

    assert cycle is not None
    assert len(cycle) == 10_000


nodes = st.sampled_from("abcdefg")
graphs = st.lists(st.builds(Edge, nodes, nodes, st.sampled_from(["needs", "track", "wave"])), max_size=14)


def _reaches(edges: Iterable[Edge]) -> Mapping[str, set[str]]:
    """Every node that each node comes before, by Warshall's algorithm."""
    after: dict[str, set[str]] = {node: set() for node in "abcdefg"}
    for edge in edges:
        after[edge.before].add(edge.after)
    for middle, node in product(after, after):
        if middle in after[node]:
            after[node] |= after[middle]
    return after


@given(graphs)
def test_a_cycle_is_found_exactly_where_there_is_one(edges: Sequence[Edge]) -> None:
    cycle = find_cycle(edges)

    cyclic = {node for node, after in _reaches(edges).items() if node in after}
    assert (cycle is not None) == bool(cyclic)
    for edge, following in zip(cycle or (), [*(cycle or ())[1:], *(cycle or ())[:1]], strict=True):
        assert edge in edges
        assert edge.after == following.before
    assert len({edge.before for edge in cycle or ()}) == len(cycle or ())


@given(graphs)
def test_nodes_are_sorted_each_after_all_those_before_it(edges: Sequence[Edge]) -> None:
    found = topological(edges)

    after = _reaches(edges)
    cyclic = {node for node in after if node in after[node]}
    behind = cyclic | {node for start in cyclic for node in after[start]}
    assert set(found) == {node for edge in edges for node in edge[:2]} - behind
    assert all(found.index(e.before) < found.index(e.after) for e in edges if e.after in found)


@examples(40)
@given(contended_plans(conditions=False))
def test_two_jobs_are_ordered_exactly_where_a_chain_of_edges_leads(plan: Plan) -> None:
    order, edges = Order(plan), order_edges(plan)
    after: dict[str, set[str]] = {node: set() for edge in edges for node in edge[:2]}
    for edge in edges:
        after[edge.before].add(edge.after)
    for middle, node in product(after, after):
        if middle in after[node]:
            after[node] |= after[middle]

    for one, other in product(plan.jobs, plan.jobs):
        assert order.before(one, other) == (other in after.get(one, ()))
        assert order.ordered(one, other) == (order.before(one, other) or order.before(other, one))


def test_jobs_on_a_cycle_and_unknown_jobs_are_ordered_with_nothing() -> None:
    order = Order(make_plan(wave("one", job("a", "b"), job("b", "a"), job("c"))))

    assert not order.ordered("a", "b")
    assert not order.ordered("c", "nobody")


def test_ten_thousand_jobs_stay_linear_in_edges() -> None:
    waves = [wave(f"w{w}", *(job(f"j{w}-{n}") for n in range(1000))) for w in range(10)]
    plan = make_plan(*waves)

    assert len(order_edges(plan)) <= 2 * 10_000
    assert Order(plan).before("j0-0", "j9-999")
