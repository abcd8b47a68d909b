"""Filters that work with the user's repository: its settings, keys, objects, remotes; real git-lfs and git-crypt."""

import shutil
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.errors import RepositoryUnusable
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.hub.publish import publish, push
from tasks.ledger.ledger import JobWorkDone, commit_job
from tasks.run.opening import open_hub
from tasks.workspace.workspace import Workspace
from tests.tasks.conftest import RunGit

POINTER = "version https://git-lfs.github.com/spec/v1"


@pytest.fixture
def lfs_repo(user_repo: Path, run_git: RunGit) -> Path:
    """Return a checkout with one file that git-lfs keeps."""
    run_git(user_repo, "lfs", "install", "--local")
    run_git(user_repo, "lfs", "track", "*.bin")
    (user_repo / "one.bin").write_text("one\n")
    return user_repo


def commit_all(repo: Path, run_git: RunGit) -> None:
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-q", "-m", "All")


def prepared(hub: Hub) -> Workspace:
    workspace = Workspace(hub, "one")
    workspace.prepare(hub.track_tip("one") or hub.base)
    return workspace


def commit_left(hub: Hub, workspace: Workspace) -> str:
    left = workspace.snapshot(hub.base)
    assert left.problems == ()
    work = JobWorkDone(
        job="one", digest="d", track="one", wave="build", attempt=1, duration_s=1, agent="default", run="small-1"
    )
    return commit_job(hub, work, tree=left.tree, parent=hub.base, expected_tip=None, title="One").commit


def test_a_filter_finds_the_settings_of_the_users_repository_and_may_be_asked_for_first_by_a_job(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    # Also where a path has what git replaces in the commands of filters, and shells in theirs.
    odd = user_repo.rename(user_repo.with_name("100%f 'it'"))
    run_git(odd, "config", "filter.mark.clean", 'sed "s/^/$(git config mark.key) /"')
    run_git(odd, "config", "filter.mark.smudge", 'sed "s/^$(git config mark.key) //"')
    run_git(odd, "config", "mark.key", "sesame")
    with open_hub(odd, plan, home) as hub:
        workspace = prepared(hub)
        (workspace.tree / ".gitattributes").write_text("*.txt filter=mark\n")
        (workspace.tree / "new.txt").write_text("new\n")
        commit = commit_left(hub, workspace)
        assert hub.git.text("show", f"{commit}:new.txt") == "sesame new"
        workspace = prepared(hub)
        assert (workspace.tree / "new.txt").read_text() == "new\n"


def test_what_git_runs_for_a_filter_runs_no_hook(
    user_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "config", "filter.busy.clean", "git update-ref refs/busy HEAD; cat")
    hook = user_repo / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    with open_hub(user_repo, plan, home) as hub:
        workspace = prepared(hub)
        (workspace.tree / ".gitattributes").write_text("*.txt filter=busy\n")
        (workspace.tree / "new.txt").write_text("new\n")
        commit_left(hub, workspace)
    assert run_git(user_repo, "rev-parse", "refs/busy") == run_git(user_repo, "rev-parse", "HEAD")
    assert not (tmp_path / "ran").exists()


@pytest.mark.git_lfs
@pytest.mark.parametrize("storage", [None, "elsewhere", "absolute"])
def test_objects_of_lfs_are_found_where_the_user_keeps_them(
    lfs_repo: Path, plan: Plan, home: Home, run_git: RunGit, storage: str | None
) -> None:
    place = lfs_repo / ".git" / (storage or "lfs")
    if storage is not None:
        place = lfs_repo.with_name("store") if storage == "absolute" else place
        run_git(lfs_repo, "config", "lfs.storage", str(place) if storage == "absolute" else storage)
    commit_all(lfs_repo, run_git)
    with open_hub(lfs_repo, plan, home) as hub:
        workspace = prepared(hub)
        assert (workspace.tree / "one.bin").read_text() == "one\n"
        (workspace.tree / "two.bin").write_text("two\n")
        commit = commit_left(hub, workspace)
        assert hub.git.text("show", f"{commit}:two.bin").startswith(POINTER)
        assert publish(hub).refused == {}
    assert len([path for path in (place / "objects").rglob("*") if path.is_file()]) == 2
    run_git(lfs_repo, "checkout", "-q", "planwave/small/track/one")
    assert (lfs_repo / "two.bin").read_text() == "two\n"


@pytest.mark.git_lfs
def test_a_job_may_have_lfs_keep_a_new_type(lfs_repo: Path, plan: Plan, home: Home, run_git: RunGit) -> None:
    (lfs_repo / ".gitattributes").unlink()
    commit_all(lfs_repo, run_git)
    with open_hub(lfs_repo, plan, home) as hub:
        workspace = prepared(hub)
        run_git(workspace.tree, "lfs", "track", "*.png")
        (workspace.tree / "p.png").write_text("picture\n")
        commit = commit_left(hub, workspace)
        assert hub.git.text("show", f"{commit}:p.png").startswith(POINTER)


@pytest.mark.git_lfs
def test_objects_that_are_not_here_come_from_the_remote_and_pushed_ones_go_there(
    lfs_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    commit_all(lfs_repo, run_git)
    up = tmp_path / "up.git"
    run_git(tmp_path, "init", "-q", "--bare", str(up))
    run_git(lfs_repo, "remote", "add", "origin", "../up.git")
    run_git(lfs_repo, "push", "-q", "origin", "main")
    shutil.rmtree(lfs_repo / ".git/lfs/objects")
    with open_hub(lfs_repo, plan, home) as hub:
        workspace = prepared(hub)
        assert (workspace.tree / "one.bin").read_text() == "one\n"
        (workspace.tree / "two.bin").write_text("two\n")
        commit_left(hub, workspace)
        push(hub, "origin", publish(hub).ok)
    assert len([path for path in (up / "lfs/objects").rglob("*") if path.is_file()]) == 2


@pytest.mark.git_lfs
def test_a_push_whose_objects_do_not_arrive_brings_no_branch_either(
    lfs_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    commit_all(lfs_repo, run_git)
    up = tmp_path / "up.git"
    run_git(tmp_path, "init", "-q", "--bare", str(up))
    run_git(lfs_repo, "remote", "add", "origin", str(up))
    run_git(lfs_repo, "config", "lfs.url", f"file://{tmp_path}/nowhere.git")
    with open_hub(lfs_repo, plan, home) as hub:
        workspace = prepared(hub)
        (workspace.tree / "two.bin").write_text("two\n")
        commit_left(hub, workspace)
        with pytest.raises(RepositoryUnusable, match="cannot push to 'origin'"):
            push(hub, "origin", publish(hub).ok)
    assert run_git(up, "for-each-ref") == ""


@pytest.mark.git_crypt
def test_a_repository_that_git_crypt_has_unlocked_stays_encrypted_in_git(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "crypt", "init")
    (user_repo / ".gitattributes").write_text("secret.* filter=git-crypt diff=git-crypt\n")
    (user_repo / "secret.txt").write_text("open\n")
    commit_all(user_repo, run_git)
    with open_hub(user_repo, plan, home) as hub:
        workspace = prepared(hub)
        assert (workspace.tree / "secret.txt").read_text() == "open\n"
        (workspace.tree / "secret.new").write_text("sesame\n")
        commit = commit_left(hub, workspace)
        assert hub.git.run("show", f"{commit}:secret.new").out.startswith(b"\0GITCRYPT\0")
        assert publish(hub).refused == {}
    run_git(user_repo, "checkout", "-q", "planwave/small/track/one")
    assert (user_repo / "secret.new").read_text() == "sesame\n"
    run_git(user_repo, "checkout", "-q", "main")
    run_git(user_repo, "crypt", "lock")
    with pytest.raises(RepositoryUnusable, match="git-crypt"), open_hub(user_repo, plan, home):
        pass
