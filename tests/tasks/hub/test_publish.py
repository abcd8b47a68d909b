from pathlib import Path

import pytest

from plans.model import Plan
from tasks.errors import RepositoryUnusable
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.hub.publish import publish, push
from tasks.ledger.ledger import land
from tasks.run.opening import open_hub
from tests.tasks.conftest import Fingerprint, RunGit

TARGET, ONE, TWO = "planwave/small/target", "planwave/small/track/one", "planwave/small/track/two"


def advance(hub: Hub, ref: str, message: str = "work") -> str:
    """Put one more commit on a ref of the hub."""
    old = hub.ref(ref)
    parent = old or hub.base
    commit = hub.git.text("commit-tree", f"{parent}^{{tree}}", "-p", parent, "-m", message)
    hub.move_ref(ref, commit, old)
    return commit


def commit_on(repo: Path, branch: str, run_git: RunGit) -> str:
    """Put a commit of the user's on a branch, without checking it out."""
    commit = run_git(repo, "commit-tree", f"{branch}^{{tree}}", "-p", branch, "-m", "The user's")
    run_git(repo, "update-ref", f"refs/heads/{branch}", commit)
    return commit


def test_branches_with_work_arrive_and_others_are_left_out(hub: Hub, user_repo: Path, run_git: RunGit) -> None:
    one = advance(hub, hub.track_ref("one"))
    published = publish(hub)
    assert (published.ok, published.refused) == ((ONE,), {})
    assert run_git(user_repo, "rev-parse", ONE) == one
    land(hub, one, hub.base)
    assert publish(hub, [TARGET]).ok == (TARGET,)
    assert run_git(user_repo, "branch", "--list", "--format=%(refname:short)").split() == ["main", TARGET, ONE]


def test_nothing_else_of_the_users_repository_changes(
    hub: Hub, user_repo: Path, run_git: RunGit, fingerprint: Fingerprint, tmp_path: Path
) -> None:
    (user_repo / "README.md").write_text("mine\n")
    run_git(user_repo, "stash")
    run_git(user_repo, "tag", "v1")
    (user_repo / "src/a.py").write_text("not committed\n")
    run_git(user_repo, "config", "fetch.prune", "true")
    run_git(user_repo, "config", "remote.origin.url", "/nowhere")
    hooks = user_repo / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "post-merge", "post-checkout", "post-rewrite"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (hooks / name).chmod(0o755)
    before = fingerprint(user_repo)
    for ref in (hub.track_ref("one"), hub.track_ref("two"), hub.target_ref):
        advance(hub, ref)
    assert publish(hub).refused == {}
    assert fingerprint(user_repo) == before
    assert not (tmp_path / "ran").exists()


def test_publishing_again_is_no_work_and_no_harm(hub: Hub, user_repo: Path) -> None:
    advance(hub, hub.track_ref("one"))
    assert publish(hub) == publish(hub)


def test_a_branch_that_is_checked_out_is_refused_and_the_others_arrive(
    hub: Hub, user_repo: Path, tmp_path: Path, run_git: RunGit
) -> None:
    advance(hub, hub.track_ref("one"))
    publish(hub)
    run_git(user_repo, "worktree", "add", "-q", str(tmp_path / "side"), ONE)
    advance(hub, hub.track_ref("one"))
    two = advance(hub, hub.track_ref("two"))
    published = publish(hub)
    assert published.ok == (TWO,)
    assert "checked out" in published.refused[ONE]
    assert run_git(user_repo, "rev-parse", TWO) == two
    assert run_git(tmp_path / "side", "status", "--porcelain") == ""


def test_commits_that_the_user_put_on_a_branch_are_never_dropped(hub: Hub, user_repo: Path, run_git: RunGit) -> None:
    advance(hub, hub.track_ref("one"))
    publish(hub)
    mine = commit_on(user_repo, ONE, run_git)
    advance(hub, hub.track_ref("one"))
    assert "not planwave's" in publish(hub).refused[ONE]
    assert run_git(user_repo, "rev-parse", ONE) == mine


def test_a_branch_that_the_user_deleted_or_put_back_arrives_again(hub: Hub, user_repo: Path, run_git: RunGit) -> None:
    one = advance(hub, hub.track_ref("one"))
    publish(hub)
    run_git(user_repo, "branch", "-q", "-D", ONE)
    assert publish(hub).ok == (ONE,)
    run_git(user_repo, "update-ref", f"refs/heads/{ONE}", "main")
    assert publish(hub).ok == (ONE,)
    assert run_git(user_repo, "rev-parse", ONE) == one


def test_starting_over_moves_planwaves_own_branches_and_only_those(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    with open_hub(user_repo, plan, home) as hub:
        old = advance(hub, hub.track_ref("one"), "old")
        advance(hub, hub.track_ref("two"), "old")
        publish(hub)
    with open_hub(user_repo, plan, home, fresh=True) as hub:
        hub.fresh()
        new = advance(hub, hub.track_ref("one"), "new")
        assert publish(hub).ok == (ONE,)
        assert run_git(user_repo, "rev-parse", ONE) == new
        assert old in hub.refs("refs/planwave/attic/small/").values()
        mine = commit_on(user_repo, TWO, run_git)
        advance(hub, hub.track_ref("two"), "new")
        assert TWO in publish(hub).refused
        assert run_git(user_repo, "rev-parse", TWO) == mine


def test_a_target_that_was_rolled_back_is_published_as_it_is(hub: Hub, user_repo: Path, run_git: RunGit) -> None:
    first = advance(hub, hub.target_ref)
    second = advance(hub, hub.target_ref)
    publish(hub)
    hub.rollback_target(first, second)
    assert publish(hub).ok == (TARGET,)
    assert run_git(user_repo, "rev-parse", TARGET) == first


def test_branches_of_an_earlier_run_are_known_when_the_hub_is_opened_again(
    user_repo: Path, plan: Plan, home: Home
) -> None:
    with open_hub(user_repo, plan, home) as hub:
        advance(hub, hub.track_ref("one"))
        publish(hub)
        advance(hub, hub.track_ref("one"))
    with open_hub(user_repo, plan, home) as hub:
        assert publish(hub).ok == (ONE,)


def test_the_branches_are_refused_when_the_hub_that_made_them_is_gone(
    user_repo: Path, plan: Plan, home: Home, tmp_path: Path
) -> None:
    with open_hub(user_repo, plan, home) as hub:
        advance(hub, hub.track_ref("one"))
        publish(hub)
    with pytest.raises(RepositoryUnusable, match="not of plan"), open_hub(user_repo, plan, Home(tmp_path / "other")):
        pass


def test_a_push_goes_to_the_named_remote_all_or_nothing(
    hub: Hub, user_repo: Path, tmp_path: Path, run_git: RunGit
) -> None:
    run_git(tmp_path, "init", "-q", "--bare", "remote.git")
    run_git(user_repo, "remote", "add", "team", str(tmp_path / "remote.git"))
    one, two = advance(hub, hub.track_ref("one")), advance(hub, hub.track_ref("two"))
    push(hub, "team", publish(hub).ok)
    assert run_git(tmp_path / "remote.git", "rev-parse", ONE, TWO).split() == [one, two]
    commit_on(tmp_path / "remote.git", ONE, run_git)
    advance(hub, hub.track_ref("one"))
    advance(hub, hub.track_ref("two"))
    with pytest.raises(RepositoryUnusable, match="cannot push to 'team'"):
        push(hub, "team", publish(hub).ok)
    assert run_git(tmp_path / "remote.git", "rev-parse", TWO) == two


def test_a_remote_that_cannot_take_all_or_nothing_gets_each_that_it_takes(
    hub: Hub, user_repo: Path, tmp_path: Path, run_git: RunGit
) -> None:
    remote = tmp_path / "remote.git"
    run_git(tmp_path, "init", "-q", "--bare", str(remote))
    run_git(remote, "config", "receive.advertiseAtomic", "false")
    run_git(user_repo, "remote", "add", "team", str(remote))
    one, two = advance(hub, hub.track_ref("one")), advance(hub, hub.track_ref("two"))
    push(hub, "team", publish(hub).ok)
    assert run_git(remote, "rev-parse", ONE, TWO).split() == [one, two]
    commit_on(remote, ONE, run_git)
    advance(hub, hub.track_ref("one"))
    two = advance(hub, hub.track_ref("two"))
    with pytest.raises(RepositoryUnusable, match="cannot push to 'team'"):
        push(hub, "team", publish(hub).ok)
    assert run_git(remote, "rev-parse", TWO) == two


def test_a_remote_that_is_a_mirror_gets_just_the_branches_of_the_plan(
    hub: Hub, user_repo: Path, tmp_path: Path, run_git: RunGit
) -> None:
    run_git(tmp_path, "init", "-q", "--bare", "remote.git")
    run_git(user_repo, "push", "-q", str(tmp_path / "remote.git"), "main:refs/heads/kept")
    run_git(user_repo, "remote", "add", "--mirror=push", "team", str(tmp_path / "remote.git"))
    advance(hub, hub.track_ref("one"))
    push(hub, "team", publish(hub).ok)
    listed = run_git(tmp_path / "remote.git", "for-each-ref", "--format=%(refname:short)")
    assert listed.split() == ["kept", ONE]


@pytest.mark.parametrize("bare", [False, True])
def test_the_path_of_a_remote_may_be_relative_to_the_repository_and_a_remote_be_one_to_push_to_only(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit, bare: bool
) -> None:
    repo = user_repo
    run_git(repo.parent, "init", "-q", "--bare", "near.git")
    if bare:
        repo = user_repo.with_name("bare.git")
        run_git(repo.parent, "clone", "-q", "--bare", str(user_repo), str(repo))
    run_git(repo, "config", "remote.near.pushurl", "../near.git")
    with open_hub(repo, plan, home) as hub:
        one = advance(hub, hub.track_ref("one"))
        push(hub, "near", publish(hub).ok)
    assert run_git(user_repo.with_name("near.git"), "rev-parse", ONE) == one


def test_a_remote_that_does_not_exist_or_does_not_answer_is_one_error(
    hub: Hub, user_repo: Path, run_git: RunGit
) -> None:
    advance(hub, hub.track_ref("one"))
    ok = publish(hub).ok
    with pytest.raises(RepositoryUnusable, match="no remote 'nowhere'"):
        push(hub, "nowhere", ok)
    run_git(user_repo, "remote", "add", "gone", "/does/not/exist.git")
    with pytest.raises(RepositoryUnusable, match="cannot push to 'gone'"):
        push(hub, "gone", ok)
    push(hub, "nowhere", [])
