from collections.abc import Mapping

import pytest

from plans.model import Plan
from plans.transform.digest import job_digests

Fields = Mapping[str, object]
AGENTS = {"default": {"kind": "command", "run": ["make"]}, "other": {"kind": "scripted"}}


def make_plan(changes: Fields | None = None, **fields: object) -> Plan:
    """A plan of a <- b <- c and d on its own; the changes are those of job b."""
    jobs = [
        {"id": "a", "title": "A"},
        {"id": "b", "needs": ["a"], "track": "t", "prompt": "Do it", **(changes or {})},
        {"id": "c", "needs": ["b"]},
        {"id": "d"},
    ]
    base = {"version": 1, "name": "p", "agents": AGENTS, "tracks": [{"id": "t"}], "waves": [{"id": "w", "jobs": jobs}]}
    return Plan.model_validate({**base, **fields})


def changed(before: Plan, after: Plan) -> set[str]:
    old, new = job_digests(before), job_digests(after)
    return {job for job in old if old[job] != new[job]}


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "New"},
        {"prompt": "Do it well"},
        {"steps": ["one"]},
        {"criteria": ["It works"]},
        {"criteria": [{"check": ["pytest"]}]},
        {"owns": {"create": ["x"]}},
        {"pipeline": ["implement", "validate"]},
        {"run": ["ls"]},
        {"needs": []},
        {"needs": ["a", "d"]},
    ],
    ids=str,
)
def test_what_a_job_is_told_to_do_changes_its_digest_and_those_that_need_it(changes: Fields) -> None:
    assert changed(make_plan(), make_plan(changes)) == {"b", "c"}


@pytest.mark.parametrize(
    "changes",
    [
        {"estimate": "2h"},
        {"timeout": "1m"},
        {"stall_timeout": "1m"},
        {"retries": 3},
        {"retry_delay": "1m"},
        {"locks": ["db"]},
        {"start": {"after": "1h"}},
        {"contingency": [{"if_failed": "a", "instead": "Mock it"}]},
        {"done": True},
        {"agent": "other"},
        {"roles": {"validate": "other"}},
        {"needs": ["a", "a"]},
    ],
    ids=str,
)
def test_by_whom_when_and_how_patiently_a_job_runs_does_not_change_its_digest(changes: Fields) -> None:
    assert not changed(make_plan(), make_plan(changes))
    assert make_plan() != make_plan(changes)


def test_a_better_wording_of_the_goal_runs_nothing_again() -> None:
    assert not changed(make_plan(), make_plan(goal="Better", context="Words", title="New"))


def test_what_a_track_owns_counts_for_its_jobs() -> None:
    assert changed(make_plan(), make_plan(tracks=[{"id": "t", "owns": {"modify": ["x"]}}])) == {"b", "c"}


def test_who_does_a_job_and_what_that_runs_changes_no_digest() -> None:
    agents = {**AGENTS, "default": {"kind": "command", "run": ["make", "all"], "max_parallel": 3}}
    assert not changed(make_plan(), make_plan(agents=agents))


def lane(*names: str) -> Plan:
    """A plan of jobs on one track, in this order, and of one on a track of its own."""
    jobs = [*({"id": name, "track": "t"} for name in names), {"id": "alone"}]
    fields = {"version": 1, "name": "p", "tracks": [{"id": "t"}], "waves": [{"id": "w", "jobs": jobs}]}
    return Plan.model_validate(fields)


@pytest.mark.parametrize(
    ("after", "again"),
    [
        ("a b c", set[str]()),
        ("x a b c", {"a", "b", "c"}),
        ("a x b c", {"b", "c"}),
        ("a b c x", set[str]()),
        ("b c", {"b", "c"}),
        ("a c", {"c"}),
        ("a b", set[str]()),
        ("a c b", {"b", "c"}),
    ],
)
def test_the_earlier_jobs_of_its_track_count_for_a_job_and_nothing_behind_it_does(after: str, again: set[str]) -> None:
    old, new = job_digests(lane("a", "b", "c")), job_digests(lane(*after.split()))
    assert {job for job in old if job in new and old[job] != new[job]} == again


def test_digests_are_the_same_in_every_run_of_the_program() -> None:
    """Written into commits, they must not depend on the version of this program or on a seed."""
    assert job_digests(make_plan())["a"] == "348f35e87d48f090"


def test_a_chain_of_ten_thousand_jobs_needs_no_deep_recursion() -> None:
    jobs = [{"id": f"j{n}", "needs": [f"j{n - 1}"] if n else []} for n in range(10_000)]
    plan = Plan.model_validate({"version": 1, "name": "p", "waves": [{"id": "w", "jobs": jobs}]})

    assert len(set(job_digests(plan).values())) == 10_000
