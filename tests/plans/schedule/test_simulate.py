from collections.abc import Iterable, Mapping
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.model import Plan
from plans.schedule.frontier import Frontier, JobState
from plans.schedule.simulate import simulate
from plans.schedule.urgency import critical_path, durations_s
from tests.effort import examples
from tests.plans.contended import contended_plans


def make_plan(*jobs: Mapping[str, object], slots: int = 8, **wave: object) -> Plan:
    waves = [{"id": "w", "jobs": jobs, **wave}]
    tracks = [{"id": track} for track in dict.fromkeys(job.get("track") for job in jobs) if track]
    return Plan.model_validate({"version": 1, "name": "p", "limits": {"jobs": slots}, "tracks": tracks, "waves": waves})


@st.composite
def small_plans(draw: st.DrawFn) -> Plan:
    """At most six jobs on some machines, with needs and tracks, and no other limit."""
    jobs: list[Mapping[str, object]] = []
    for n in range(draw(st.integers(1, 6))):
        needs = draw(st.lists(st.sampled_from([f"j{m}" for m in range(n)]), unique=True, max_size=2)) if n else []
        track = draw(st.sampled_from([None, None, "x"]))
        jobs.append({"id": f"j{n}", "needs": needs, "track": track, "estimate": f"{draw(st.integers(1, 9))}s"})
    return make_plan(*jobs, slots=draw(st.integers(1, 3)))


def _before(plan: Plan) -> Mapping[str, set[str]]:
    jobs = list(plan.jobs.values())
    tracks = {b.id: {a.id for a in jobs[:n] if a.lane == b.lane} for n, b in enumerate(jobs)}
    return {job.id: {*job.needs, *tracks[job.id]} for job in jobs}


def optimum(plan: Plan) -> float:
    """The best makespan, by brute force: every order of placing the jobs, each as early as it fits."""
    before, lengths = _before(plan), durations_s(plan)

    def makespan(order: tuple[str, ...]) -> float:
        spans: dict[str, tuple[float, float]] = {}
        for job in order:
            if not before[job] <= spans.keys():
                return float("inf")
            ready = max((spans[other][1] for other in before[job]), default=0.0)
            moments = sorted({ready, *(end for _, end in spans.values() if end > ready)})
            start = next(at for at in moments if _fits(spans.values(), at, at + lengths[job], plan.limits.jobs))
            spans[job] = (start, start + lengths[job])
        return max(end for _, end in spans.values())

    return min(makespan(order) for order in permutations(plan.jobs))


def _fits(spans: Iterable[tuple[float, float]], start: float, end: float, slots: int) -> bool:
    busy = [span for span in spans if span[0] < end and span[1] > start]
    return all(sum(a <= at < b for a, b in busy) < slots for at in (start, *(a for a, _ in busy if a > start)))


@examples(60)
@given(small_plans())
def test_the_makespan_is_within_the_list_scheduling_bound_of_the_optimum(plan: Plan) -> None:
    """Graham 1969: any list schedule on m machines takes at most 2 - 1/m times the optimum."""
    best, found = optimum(plan), simulate(plan).makespan_s

    assert best <= found <= (2 - 1 / plan.limits.jobs) * best + 1e-9


@examples(60)
@given(contended_plans(conditions=False))
def test_no_slot_holds_two_jobs_and_no_more_slots_are_used_than_there_are(plan: Plan) -> None:
    timeline = simulate(plan)

    assert timeline.starts.keys() == timeline.ends.keys() == timeline.slots.keys() == plan.jobs.keys()
    assert set(timeline.slots.values()) <= set(range(plan.limits.jobs))
    for slot in set(timeline.slots.values()):
        spans = sorted((timeline.starts[j], timeline.ends[j]) for j, at in timeline.slots.items() if at == slot)
        assert all(first[1] <= second[0] for first, second in pairwise(spans))
    lengths = durations_s(plan)
    assert timeline.makespan_s >= sum(lengths[job] for job in critical_path(plan, lengths)) - 1e-6


@examples(60)
@given(contended_plans())
def test_a_simulation_always_ends_and_counts_only_what_runs(plan: Plan) -> None:
    timeline = simulate(plan)

    assert timeline.starts.keys() == timeline.ends.keys() <= plan.jobs.keys()
    assert timeline.waves.keys() <= {wave.id for wave in plan.waves}


def test_the_longest_remaining_path_goes_first() -> None:
    plan = make_plan(
        {"id": "short", "estimate": "1h"},
        {"id": "first", "estimate": "30m"},
        {"id": "then", "needs": ["first"], "estimate": "2h"},
        slots=1,
    )

    assert sorted(simulate(plan).starts, key=simulate(plan).starts.__getitem__) == ["first", "then", "short"]


def test_a_wave_spans_from_its_opening_to_the_end_of_its_last_job() -> None:
    plan = Plan.model_validate(
        {
            "version": 1,
            "name": "p",
            "waves": [
                {"id": "one", "jobs": [{"id": "a", "estimate": "1m"}, {"id": "b", "estimate": "3m"}]},
                {"id": "two", "jobs": [{"id": "c", "estimate": "2m", "start": {"after": "1m"}}]},
            ],
        }
    )

    assert simulate(plan).waves == {"one": (0.0, 180.0), "two": (180.0, 360.0)}


def test_looking_ahead_from_a_running_plan_counts_what_is_left() -> None:
    plan = make_plan({"id": "a", "estimate": "10m"}, {"id": "b", "needs": ["a"], "estimate": "5m"})
    frontier = Frontier(plan)
    frontier.start(0.0)
    frontier.started("a", 0.0)

    assert simulate(plan, frontier=frontier, now=240.0).makespan_s == pytest.approx(360 + 300)
    frontier.progressed("a", 300.0, 75)
    assert simulate(plan, frontier=frontier, now=300.0).makespan_s == pytest.approx(100 + 300)
    frontier.slot_freed("a", 320.0)
    assert simulate(plan, frontier=frontier, now=320.0).makespan_s == pytest.approx(300)
    assert frontier.state("a") is JobState.RUNNING


def test_looking_ahead_waits_for_the_next_attempt() -> None:
    plan = make_plan({"id": "a", "estimate": "10m"})
    frontier = Frontier(plan)
    frontier.start(0.0)
    frontier.started("a", 0.0)
    frontier.retry_later("a", 60.0, 90.0)

    assert simulate(plan, frontier=frontier, now=60.0).makespan_s == pytest.approx(630)


def test_a_path_lands_when_the_job_that_owns_it_ends() -> None:
    plan = make_plan(
        {"id": "a", "estimate": "1m", "owns": {"create": ["/api.md"]}},
        {"id": "b", "estimate": "9m"},
        {"id": "c", "estimate": "1m", "start": {"exists": "api.md"}},
    )

    assert simulate(plan).starts["c"] == 60


def test_ten_thousand_jobs_are_simulated_whole() -> None:
    jobs = [
        {"id": f"j{n}", "track": f"t{n % 500}", "needs": [f"j{n - 7}"] if n > 100 else [], "locks": [f"l{n % 50}"]}
        for n in range(10_000)
    ]
    plan = make_plan(*jobs, slots=16)

    timeline = simulate(plan)

    assert len(timeline.ends) == 10_000
    assert timeline.makespan_s >= 10_000 / 16
