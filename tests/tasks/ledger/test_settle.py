"""What becomes of commits when the plan has changed: what stays done, what goes back, what is made anew."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.hub.hub import Hub
from tasks.hub.merge_tree import NothingToMerge, merge_commits
from tasks.ledger.ledger import JobWorkDone, commit_job, integrate, land, land_message, read_ledger
from tasks.ledger.settle import Settled, behind_first_again, rebuild, redo, settle
from tasks.ledger.today import Today
from tasks.workspace.workspace import Workspace

OLD = {"first": "1", "second": "1", "alone": "1"}


@pytest.fixture
def plan(make_plan: Callable[..., Plan]) -> Plan:
    lane = [{"id": "first", "track": "t"}, {"id": "second", "track": "t"}]
    waves = [{"id": "one", "jobs": lane}, {"id": "two", "jobs": [{"id": "alone"}]}]
    return make_plan(tracks=[{"id": "t"}], waves=waves)


def commit(hub: Hub, job: str, digest: str = "1", *, track: str = "t", needs: tuple[str, ...] = ()) -> str:
    """Let a job leave a file of its name that holds its digest."""
    tip, parent = hub.track_tip(track), integrate(hub, track, needs)
    workspace = Workspace(hub, track)
    workspace.prepare(parent)
    Path(workspace.tree, f"{job}.txt").write_text(digest)
    done = JobWorkDone(job=job, digest=digest, track=track, wave="w", attempt=1, duration_s=1.0, agent="sh", run="r-1")
    tree = workspace.snapshot(parent).tree
    return commit_job(hub, done, tree=tree, parent=parent, expected_tip=tip, title=job).commit


def land_all(hub: Hub, track: str = "t") -> None:
    target, head = hub.target_tip(), hub.track_tip(track) or ""
    message = land_message(hub, track=track, head=head, wave="w", run="r-1")
    land(hub, merge_commits(hub, target, head, message, ours_name="the target", theirs_name=track), target)


def settled(hub: Hub, **digests: str) -> Settled:
    return settle(hub, Today({**OLD, **digests}))


def attic(hub: Hub) -> set[str]:
    return set(hub.refs(f"refs/planwave/attic/{hub.plan.name}/").values())


def left_over(hub: Hub, found: Settled) -> list[str | None]:
    return [step.job for step in found.today.left_over(read_ledger(hub).history, hub.target_tip(), frozenset())]


def test_a_track_whose_jobs_are_as_they_were_stays(hub: Hub) -> None:
    commit(hub, "first")
    tip = commit(hub, "second")
    found = settled(hub)
    assert set(found.done) == {"first", "second"}
    assert (found.replays, found.old, found.again) == ({}, {}, ())
    assert hub.track_tip("t") == tip


def test_an_edited_job_at_the_end_of_its_track_is_taken_off_it_and_kept_in_the_attic(hub: Hub) -> None:
    first = commit(hub, "first")
    second = commit(hub, "second")
    found = settled(hub, second="2")
    assert (set(found.done), found.again) == ({"first"}, ("second",))
    assert hub.track_tip("t") == first
    assert attic(hub) == {second}


def test_a_track_of_which_nothing_holds_any_more_starts_anew(hub: Hub) -> None:
    commit(hub, "first")
    second = commit(hub, "second")
    assert settled(hub, first="2", second="2").done == {}
    assert hub.track_tip("t") is None
    assert attic(hub) == {second}


def test_what_was_done_before_an_earlier_job_and_stands_on_an_edited_one_is_made_anew(hub: Hub) -> None:
    """The second job was asked for alone, then the first; then the second was edited."""
    commit(hub, "second")
    first = commit(hub, "first")
    for _ in range(2):
        found = settled(hub, second="2")
        assert {job: record.commit for job, record in found.replays.items()} == {"first": first}
        assert (found.done, found.again) == ({}, ("second",))
        assert hub.track_tip("t") is None
        assert hub.ref(hub.ref_name("replay", "first")) == first


def test_jobs_in_another_order_than_the_plans_are_done_all_the_same(hub: Hub) -> None:
    commit(hub, "second")
    tip = commit(hub, "first")
    assert set(settled(hub).done) == {"first", "second"}
    assert hub.track_tip("t") == tip


def test_what_has_landed_is_not_taken_off_its_track_and_is_left_over_until_it_is_taken_back(hub: Hub) -> None:
    first = commit(hub, "first")
    land_all(hub)
    second = commit(hub, "second")
    found = settled(hub, first="2", second="2")
    assert hub.track_tip("t") == first
    assert attic(hub) == {second}
    assert found.old["first"] == (first,)
    assert first in found.landed
    assert left_over(hub, found) == ["first"]


def test_work_on_a_track_that_is_another_job_s_now_is_made_anew_unless_it_has_landed(hub: Hub) -> None:
    """The job has moved to the track `t`; what it did is on one of its own."""
    first = commit(hub, "first", track="old")
    assert settled(hub).replays["first"].commit == first
    land_all(hub, "old")
    assert set(settled(hub).done) == {"first"}
    assert hub.refs(hub.ref_name("replay") + "/") == {}


def test_an_edit_that_is_undone_makes_the_first_work_anew(hub: Hub) -> None:
    first = commit(hub, "first")
    land_all(hub)
    commit(hub, "first", "2")
    land_all(hub)
    found = settled(hub)
    assert found.replays["first"].commit == first
    assert len(found.old["first"]) == 2


def test_a_removed_job_s_work_is_left_over_where_it_landed_and_off_its_track_where_not(hub: Hub) -> None:
    commit(hub, "gone")
    land_all(hub)
    commit(hub, "lost")
    commit(hub, "second")
    found = settled(hub)
    assert left_over(hub, found) == ["gone"]
    assert set(found.replays) == {"second"}


def test_what_the_document_calls_done_is_never_left_over(hub: Hub) -> None:
    commit(hub, "first", "of before")
    land_all(hub)
    said = settle(hub, Today(OLD, said_done=frozenset({"first"})))
    assert left_over(hub, said) == []
    assert left_over(hub, settle(hub, Today(OLD))) == ["first"]


def test_later_waves_stay_done_unless_they_are_asked_for_again(hub: Hub) -> None:
    commit(hub, "first")
    land_all(hub)
    alone = commit(hub, "alone", track="alone")
    found = settled(hub, first="2")
    assert (set(found.done), found.again) == ({"alone"}, ("first",))
    wider = redo(hub, found, behind_first_again(hub.plan, found))
    assert (set(wider.done), wider.again) == (set(), ("first", "alone"))
    assert attic(hub) == {alone}
    # A run that was killed goes on with it.
    assert settled(hub, first="2").again == ("first",)


def test_a_rebuilt_target_starts_from_the_base_and_makes_everything_of_today_anew(hub: Hub) -> None:
    commit(hub, "gone")
    first = commit(hub, "first")
    land_all(hub)
    target = hub.target_tip()
    for _ in range(2):
        found = rebuild(hub, settled(hub))
        assert (found.done, found.replays["first"].commit) == ({}, first)
        assert (hub.target_tip(), hub.track_tip("t")) == (hub.base, None)
        assert {target, first} <= attic(hub)
        assert left_over(hub, found) == []


def test_the_same_commit_cannot_land_twice(hub: Hub) -> None:
    commit(hub, "first")
    land_all(hub)
    with pytest.raises(NothingToMerge):
        land_all(hub)
