"""Where a plan starts, and what becomes of it when that moves."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.errors import RepositoryUnusable
from tasks.git.trees import tree_of
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.hub.merge_tree import merge_commits
from tasks.hub.publish import publish
from tasks.ledger.ledger import JobWorkDone, commit_job, land, land_message, read_ledger
from tasks.ledger.wave_marks import mark_wave_start, record_gate, wave_start
from tasks.run.opening import open_hub
from tests.repositories import run_git

MakePlan = Callable[..., Plan]


def add_commit(repo: Path, name: str, branch: str = "main") -> str:
    """Commit a new file on a branch that is checked out."""
    (repo / name).write_text(name)
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-q", "-m", f"Add {name}")
    return run_git(repo, "rev-parse", branch)


def do_job(hub: Hub, job: str) -> str:
    tip = hub.track_tip(job)
    done = JobWorkDone(job=job, digest="1", track=job, wave="build", attempt=1, duration_s=1.0, agent="sh", run="r-1")
    parent = tip or hub.base
    tree = tree_of(hub.git, parent)
    return commit_job(hub, done, tree=tree, parent=parent, expected_tip=tip, title=job).commit


def land_job(hub: Hub, job: str) -> None:
    target, head = hub.target_tip(), hub.track_tip(job) or ""
    message = land_message(hub, track=job, head=head, wave="build", run="r-1")
    land(hub, merge_commits(hub, target, head, message, ours_name="the target", theirs_name=job), target)


@pytest.mark.parametrize("base", ["main", "refs/heads/main", "v1", "refs/tags/v1", "far/away", "origin/far", "far"])
def test_a_base_is_a_branch_also_of_a_remote_a_tag_or_a_full_ref(
    user_repo: Path, make_plan: MakePlan, home: Home, base: str
) -> None:
    first = run_git(user_repo, "rev-parse", "main")
    run_git(user_repo, "tag", "-a", "v1", "-m", "One")
    for remote in ("far/away", "origin/far"):
        run_git(user_repo, "update-ref", f"refs/remotes/{remote}", first)
    with open_hub(user_repo, make_plan(base=base), home) as hub:
        assert hub.base == first


def test_a_base_may_be_a_commit_also_one_that_is_no_tip(user_repo: Path, make_plan: MakePlan, home: Home) -> None:
    first = run_git(user_repo, "rev-parse", "main")
    add_commit(user_repo, "second.txt")
    for base in (first, first[:12]):
        with open_hub(user_repo, make_plan(base=base), home) as hub:
            assert (hub.base, hub.moved) == (first, None)
    with pytest.raises(RepositoryUnusable, match="no branch, tag or commit"):
        open_hub(user_repo, make_plan(base="f" * 40), home).__enter__()


def test_a_base_that_has_gone_on_is_there_to_be_taken_in_until_it_is(user_repo: Path, plan: Plan, home: Home) -> None:
    with open_hub(user_repo, plan, home) as hub:
        began = hub.base
        do_job(hub, "one")
    moved = add_commit(user_repo, "second.txt")
    with open_hub(user_repo, plan, home) as hub:
        assert hub.moved is not None
        assert (hub.moved.commit, hub.moved.name, hub.base) == (moved, "main", began)
        merged = merge_commits(hub, hub.target_tip(), moved, "Take in", ours_name="the target", theirs_name="main")
        land(hub, merged, hub.target_tip())
        hub.note_taken(hub.moved)
    with open_hub(user_repo, plan, home) as hub:
        assert (hub.moved, hub.taken, hub.base) == (None, (moved,), began)
    again = add_commit(user_repo, "third.txt")
    with open_hub(user_repo, plan, home) as hub:
        assert (hub.moved and hub.moved.commit) == again


def test_a_base_that_was_rewritten_is_not_taken_in_and_that_is_said(user_repo: Path, plan: Plan, home: Home) -> None:
    add_commit(user_repo, "second.txt")
    with open_hub(user_repo, plan, home) as hub:
        do_job(hub, "one")
    run_git(user_repo, "tag", "kept")
    run_git(user_repo, "commit", "-q", "--amend", "-m", "Rewritten")
    with open_hub(user_repo, plan, home) as hub:
        assert hub.moved is None
        assert any("does not contain" in warning and "--fresh" in warning for warning in hub.warnings)
    run_git(user_repo, "reset", "-q", "--hard", "kept~1")
    with open_hub(user_repo, plan, home) as hub:
        assert hub.moved is None
        assert any("is before" in warning and "goes on from there" in warning for warning in hub.warnings)


def test_the_base_stays_the_branch_it_was_whatever_is_checked_out_later(
    user_repo: Path, plan: Plan, home: Home
) -> None:
    with open_hub(user_repo, plan, home) as hub:
        do_job(hub, "one")
    run_git(user_repo, "checkout", "-q", "-b", "other")
    add_commit(user_repo, "other.txt", "other")
    with open_hub(user_repo, plan, home) as hub:
        assert (hub.start.name, hub.moved) == ("main", None)


def published_work(user_repo: Path, plan: Plan, home: Home) -> str:
    """Do and publish: one job that has landed, another that has not, a started wave and its GO."""
    with open_hub(user_repo, plan, home) as hub:
        mark_wave_start(hub, "build")
        do_job(hub, "one")
        land_job(hub, "one")
        do_job(hub, "two")
        record_gate(hub, plan.waves[0], digest="d", by="checks", note="")
        assert publish(hub).refused == {}
        return hub.base


def check_found(hub: Hub, base: str) -> None:
    ledger = read_ledger(hub)
    assert hub.base == base
    assert set(ledger.jobs) == {"one", "two"}
    assert [merge.track for merge in ledger.merges] == ["one"]
    assert wave_start(hub, "build") == base
    assert hub.ref(hub.ref_name("gate", "build")) is not None
    assert any("found work of this plan" in warning for warning in hub.warnings)
    do_job(hub, "two")
    assert publish(hub).refused == {}


def test_published_work_is_found_again_where_the_hub_is_gone(user_repo: Path, plan: Plan, home: Home) -> None:
    base = published_work(user_repo, plan, home)
    shutil.rmtree(home.hubs)
    with open_hub(user_repo, plan, home) as hub:
        check_found(hub, base)
    with open_hub(user_repo, plan, home) as hub:
        assert hub.warnings == [], "it is this hub's own now"


def test_published_work_is_found_again_where_the_repository_has_moved(user_repo: Path, plan: Plan, home: Home) -> None:
    base = published_work(user_repo, plan, home)
    add_commit(user_repo, "second.txt")
    moved = user_repo.rename(user_repo.with_name("elsewhere"))
    with open_hub(moved, plan, home) as hub:
        assert hub.moved is not None
        check_found(hub, base)


def test_two_homes_may_take_turns(user_repo: Path, plan: Plan, home: Home, tmp_path: Path) -> None:
    base, other = published_work(user_repo, plan, home), Home(tmp_path / "other")
    with open_hub(user_repo, plan, other) as hub:
        check_found(hub, base)
        land_job(hub, "two")
        publish(hub)
        tip = hub.target_tip()
    with open_hub(user_repo, plan, home) as hub:
        assert hub.target_tip() == tip
        assert hub.warnings != []


def test_branches_with_commits_of_others_are_not_taken_over(user_repo: Path, plan: Plan, home: Home) -> None:
    published_work(user_repo, plan, home)
    shutil.rmtree(home.hubs)
    run_git(user_repo, "checkout", "-q", "planwave/small/track/two")
    mine = add_commit(user_repo, "mine.txt", "planwave/small/track/two")
    run_git(user_repo, "checkout", "-q", "main")
    with pytest.raises(RepositoryUnusable, match="not of plan 'small'"):
        open_hub(user_repo, plan, home).__enter__()
    assert run_git(user_repo, "rev-parse", "planwave/small/track/two") == mine


def test_where_the_base_is_not_published_it_is_where_the_branches_left_the_users(
    user_repo: Path, plan: Plan, home: Home
) -> None:
    base = published_work(user_repo, plan, home)
    for ref in run_git(user_repo, "for-each-ref", "--format=%(refname)", "refs/planwave/").splitlines():
        run_git(user_repo, "update-ref", "-d", ref)
    shutil.rmtree(home.hubs)
    add_commit(user_repo, "second.txt")
    with open_hub(user_repo, plan, home) as hub:
        assert hub.base == base
        assert set(read_ledger(hub).jobs) == {"one", "two"}
