"""What becomes of the commits of jobs that were edited."""

from collections.abc import Callable

import pytest

from plans.model import Plan
from tasks.hub import Hub
from tasks.ledger import JobWorkDone, commit_job, land, land_message, read_ledger
from tasks.merge_tree import merge_commits
from tasks.rewind import rewind_edited

OLD = {"first": "1", "second": "1"}


@pytest.fixture
def plan(make_plan: Callable[..., Plan]) -> Plan:
    jobs = ({"id": "first", "track": "t"}, {"id": "second", "track": "t"})
    return make_plan(*jobs, tracks=[{"id": "t"}])


def commit(hub: Hub, job: str, digest: str = "1") -> str:
    tip = hub.track_tip("t")
    tree = hub.git.text("rev-parse", f"{tip or hub.base}^{{tree}}")
    done = JobWorkDone(job=job, digest=digest, track="t", wave="w", attempt=1, duration_s=1.0, agent="sh", run="run-1")
    return commit_job(hub, done, tree=tree, parent=tip or hub.base, expected_tip=tip, title=job).commit


def land_all(hub: Hub, head: str) -> None:
    target = hub.target_tip()
    message = land_message(hub, track="t", head=head, wave="w", run="run-1")
    land(hub, merge_commits(hub, target, head, message, ours_name="the target", theirs_name="t"), target)


def rewind(hub: Hub, digests: dict[str, str]) -> tuple[str, ...]:
    return rewind_edited(hub, read_ledger(hub), digests)


def attic(hub: Hub) -> set[str]:
    return set(hub.refs(f"refs/planwave/attic/{hub.plan.name}/").values())


def test_a_track_whose_jobs_are_as_they_were_stays(hub: Hub) -> None:
    commit(hub, "first")
    tip = commit(hub, "second")
    assert rewind(hub, OLD) == ()
    assert hub.track_tip("t") == tip


def test_an_edited_job_at_the_end_of_its_track_is_taken_back_and_kept(hub: Hub) -> None:
    first = commit(hub, "first")
    second = commit(hub, "second")
    assert rewind(hub, {**OLD, "second": "2"}) == ("t",)
    assert hub.track_tip("t") == first
    assert attic(hub) == {second}


def test_a_track_of_which_nothing_holds_any_more_starts_anew(hub: Hub) -> None:
    commit(hub, "first")
    second = commit(hub, "second")
    assert rewind(hub, {"first": "2", "second": "2"}) == ("t",)
    assert hub.track_tip("t") is None
    assert attic(hub) == {second}


def test_an_edited_job_under_one_that_holds_stays_where_it_is(hub: Hub) -> None:
    commit(hub, "first")
    second = commit(hub, "second")
    assert rewind(hub, {**OLD, "first": "2"}) == ()
    assert hub.track_tip("t") == second


def test_what_has_landed_is_never_taken_back(hub: Hub) -> None:
    first = commit(hub, "first")
    land_all(hub, first)
    second = commit(hub, "second")
    assert rewind(hub, {"first": "2", "second": "2"}) == ("t",)
    assert hub.track_tip("t") == first
    assert attic(hub) == {second}
    assert rewind(hub, {"first": "2", "second": "2"}) == ()
