"""Repositories in every state: the right result or a one-line error, and nothing of the user's touched."""

from pathlib import Path

import pytest

from tests.flows.commands import Ended, Planwave
from tests.flows.plans import PlanDict, job, plan, wave
from tests.repositories import fingerprint, run_git


def small(name: str, **fields: object) -> PlanDict:
    return plan(name, wave("one", job("a"), job("b", "cat README.md > b.txt", needs=["a"])), **fields)


def refused(ended: Ended) -> str:
    """Return the one line with which a run refused to begin."""
    assert ended.code == 1
    assert ended.of("job.started") == []
    lines = [line for line in ended.err.splitlines() if not line.startswith("    hint:")]
    assert len(lines) == 1, ended.err
    return lines[0]


def test_uncommitted_work_stays_as_it_is_and_is_no_part_of_the_run(planwave: Planwave, repo: Path) -> None:
    (repo / "src/a.py").write_text("staged\n")
    run_git(repo, "add", "src/a.py")
    (repo / "README.md").write_text("changed, not staged\n")
    (repo / "new.txt").write_text("not tracked\n")
    run_git(repo, "stash", "push", "-q", "--", "src/a.py")
    (repo / "src/b.py").write_text("staged\n")
    run_git(repo, "add", "src/b.py")
    before = fingerprint(repo)
    ended = planwave.run(small("dirty"), repo)
    assert ended.code == 0, ended.err
    assert fingerprint(repo) == before
    assert run_git(repo, "show", "planwave/dirty/target:b.txt") == "# A small project"


def test_hooks_and_configuration_of_the_user_are_neither_changed_nor_run(planwave: Planwave, repo: Path) -> None:
    witness = planwave.folder / "a-hook-ran"
    for name in ("pre-commit", "post-commit", "post-merge", "post-checkout", "reference-transaction", "update"):
        hook = repo / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\necho {name} >> {witness}\n")
        hook.chmod(0o755)
    run_git(repo, "config", "commit.gpgsign", "true")
    before = fingerprint(repo)
    ended = planwave.run(small("hooked"), repo)
    assert ended.code == 0, ended.err
    assert fingerprint(repo) == before
    assert not witness.exists()


def test_a_detached_head_is_where_the_run_starts_from(planwave: Planwave, repo: Path) -> None:
    run_git(repo, "checkout", "-q", "--detach")
    ended = planwave.run(small("detached"), repo)
    assert ended.code == 0, ended.err
    assert run_git(repo, "rev-parse", "planwave/detached/target^1^1") == run_git(repo, "rev-parse", "HEAD")


def test_a_repository_without_a_commit_is_refused(planwave: Planwave, tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "empty")
    said = refused(planwave.run(small("empty"), tmp_path / "empty"))
    assert "commit" in said


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_that_is_no_repository_is_refused(planwave: Planwave, tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "nothing"
    if exists:
        folder.mkdir()
    assert str(folder) in refused(planwave.run(small("nowhere"), folder))


def test_a_base_that_is_not_there_is_refused(planwave: Planwave, repo: Path) -> None:
    assert "'no-such-branch'" in refused(planwave.run(small("baseless", base="no-such-branch"), repo))


def test_a_target_that_is_checked_out_is_refused(planwave: Planwave, repo: Path) -> None:
    run_git(repo, "checkout", "-q", "-b", "integration")
    before = fingerprint(repo)
    said = refused(planwave.run(small("targeted", target="integration"), repo))
    assert "'integration' is checked out" in said
    assert fingerprint(repo) == before


def test_a_target_that_is_checked_out_after_the_run_began_is_not_moved(planwave: Planwave, repo: Path) -> None:
    first = plan("taken", wave("one", job("a")))
    assert planwave.run(first, repo).code == 0
    run_git(repo, "checkout", "-q", "planwave/taken/target")
    tip, both = run_git(repo, "rev-parse", "HEAD"), plan("taken", wave("one", job("a"), job("b")))
    said = refused(planwave.run(both, repo))
    assert "checked out" in said
    assert run_git(repo, "rev-parse", "HEAD") == tip
    assert run_git(repo, "status", "--porcelain") == ""


def test_a_branch_of_the_users_with_the_name_of_a_track_is_not_overwritten(planwave: Planwave, repo: Path) -> None:
    run_git(repo, "checkout", "-q", "-b", "feature")
    run_git(repo, "commit", "-q", "--allow-empty", "-m", "The user's own")
    run_git(repo, "checkout", "-q", "main")
    tip = run_git(repo, "rev-parse", "feature")
    own = plan("named", wave("one", job("a", track="x")), tracks=[{"id": "x", "branch": "feature"}])
    assert "'feature'" in refused(planwave.run(own, repo))
    assert run_git(repo, "rev-parse", "feature") == tip


def test_a_base_that_moved_between_two_runs_does_not_move_the_ground_of_the_plan(
    planwave: Planwave, repo: Path
) -> None:
    flag = planwave.folder / "flag"
    jobs = [job("a"), job("b", f"test -e {flag} && echo b > b.txt", needs=["a"])]
    moving = plan("moving", wave("one", *jobs))
    assert planwave.run(moving, repo).code == 1
    base = run_git(repo, "rev-parse", "main")
    (repo / "README.md").write_text("Moved\n")
    run_git(repo, "commit", "-q", "-a", "-m", "The base moved")
    flag.touch()
    ended = planwave.run(moving, repo)
    assert ended.code == 0, ended.err
    assert ended.subjects("job.started") == ["b"]
    first_parents = run_git(repo, "rev-list", "--first-parent", "planwave/moving/target").splitlines()
    assert base in first_parents


def test_a_shallow_clone_is_a_repository_like_any_other(planwave: Planwave, repo: Path, tmp_path: Path) -> None:
    run_git(repo, "commit", "-q", "--allow-empty", "-m", "Second")
    run_git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    before = fingerprint(tmp_path / "shallow")
    ended = planwave.run(small("shallow"), tmp_path / "shallow")
    assert ended.code == 0, ended.err
    assert fingerprint(tmp_path / "shallow") == before


def test_a_worktree_of_the_user_works_as_the_repository_itself(planwave: Planwave, repo: Path, tmp_path: Path) -> None:
    run_git(repo, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    ended = planwave.run(small("sided"), tmp_path / "side")
    assert ended.code == 0, ended.err
    assert run_git(repo, "show", "planwave/sided/target:a.txt") == "a"


def test_a_bare_repository_can_be_worked_for(planwave: Planwave, repo: Path, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", "--bare", str(repo), "bare.git")
    ended = planwave.run(small("bare"), tmp_path / "bare.git")
    assert ended.code == 0, ended.err
    assert run_git(tmp_path / "bare.git", "show", "planwave/bare/target:a.txt") == "a"


def test_a_repository_may_be_named_by_a_url(
    planwave: Planwave, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own git is told to look for it on the disk."""
    run_git(tmp_path, "clone", "-q", "--bare", str(repo), "far/project.git")
    (tmp_path / ".gitconfig").write_text(f'[url "{tmp_path}/far/"]\n\tinsteadOf = https://git.example/\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    far, url = small("far", merge={"push": "origin"}), "https://git.example/project.git"
    ended = planwave.start("run", str(planwave.plan(far)), "--repo", url, "--json").end()
    assert ended.code == 0, ended.err
    assert f"{url} is cloned to {planwave.home}" in ended.err
    assert run_git(tmp_path / "far/project.git", "show", "planwave/far/target:b.txt") == "# A small project"
    said = planwave.call("status", str(planwave.folder / "far.yaml"), "--repo", url)
    assert "2 of 2 jobs done" in said.out


def test_an_agent_that_commits_by_itself_is_squashed_into_the_jobs_one_commit(planwave: Planwave, repo: Path) -> None:
    script = """
        export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@x
        echo one > a.txt; git add -A; git commit -q -m 'First thought'
        echo two > a.txt; git add -A; git commit -q -m 'Second thought'
    """
    ended = planwave.run(plan("squashed", wave("one", job("a", script))), repo)
    assert ended.code == 0, ended.err
    assert run_git(repo, "rev-list", "--count", "main..planwave/squashed/track/a") == "1"
    body = run_git(repo, "show", "-s", "--format=%b", "planwave/squashed/track/a")
    assert "First thought" in body
    assert "Second thought" in body


def test_a_job_that_changes_nothing_is_done_all_the_same(planwave: Planwave, repo: Path) -> None:
    idle = plan("idle", wave("one", job("a", "true", may_change_nothing=True)))
    assert planwave.run(idle, repo).code == 0
    again = planwave.run(idle, repo)
    assert again.code == 0, again.err
    assert again.subjects("job.started") == []
