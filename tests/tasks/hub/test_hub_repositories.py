"""Every kind of repository that a user may name: the right result, or one line that says what to do."""

import os
import shutil
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.errors import RepositoryUnusable
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.hub.publish import publish
from tasks.ledger.ledger import JobWorkDone, commit_job
from tasks.run.opening import open_hub
from tasks.workspace.workspace import Workspace
from tests.tasks.conftest import Fingerprint, MakePlan, RunGit


def do_job(hub: Hub, track: str = "one", name: str = "new.txt") -> str:
    parent = hub.track_tip(track) or hub.base
    workspace = Workspace(hub, track)
    workspace.prepare(parent)
    (workspace.tree / name).write_text("new\n")
    left = workspace.snapshot(parent)
    assert left.problems == ()
    assert [change.path for change in left.changes] == [name]
    work = JobWorkDone(
        job=track, digest="d", track=track, wave="build", attempt=1, duration_s=1, agent="default", run="small-1"
    )
    tip = hub.track_tip(track)
    return commit_job(hub, work, tree=left.tree, parent=parent, expected_tip=tip, title="One").commit


def refusal(repo: Path | str, plan: Plan, home: Home) -> RepositoryUnusable:
    with pytest.raises(RepositoryUnusable) as refused, open_hub(repo, plan, home):
        pass
    assert "\n" not in str(refused.value)
    return refused.value


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path, plan: Plan, home: Home) -> None:
    assert "does not exist" in str(refusal(tmp_path / "nowhere", plan, home))


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path, plan: Plan, home: Home) -> None:
    assert "not a git repository" in str(refusal(tmp_path, plan, home))


def test_a_repository_without_a_commit_is_refused(tmp_path: Path, plan: Plan, home: Home, run_git: RunGit) -> None:
    run_git(tmp_path, "init", "-q", "empty")
    assert "no commit yet" in str(refusal(tmp_path / "empty", plan, home))


def test_a_branch_without_a_commit_beside_others_that_have_some_is_called_just_that(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "checkout", "-q", "--orphan", "blank")
    refused = refusal(user_repo, plan, home)
    assert "the branch 'blank', which is checked out, has no commit" in str(refused)
    assert "check out one that has, or set `base` in the plan (main)" in str(refused.hint)


def test_a_bare_repository_whose_head_names_no_branch_says_which_there_are(
    user_repo: Path, tmp_path: Path, make_plan: MakePlan, home: Home, run_git: RunGit
) -> None:
    run_git(tmp_path, "clone", "-q", "--bare", str(user_repo), "bare.git")
    run_git(tmp_path / "bare.git", "symbolic-ref", "HEAD", "refs/heads/master")
    refused = refusal(tmp_path / "bare.git", make_plan(), home)
    assert "'master'" in str(refused)
    assert refused.hint == "set `base` in the plan to one that has (main)"
    with open_hub(tmp_path / "bare.git", make_plan(base="main"), home) as hub:
        assert hub.base == run_git(user_repo, "rev-parse", "main")


def test_a_target_in_a_worktree_that_is_gone_is_refused_until_git_forgets_it(
    user_repo: Path, tmp_path: Path, make_plan: MakePlan, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "worktree", "add", "-q", "-b", "goal", str(tmp_path / "gone"))
    plan = make_plan(target="goal")
    assert "check out another branch there" in (refusal(user_repo, plan, home).hint or "")
    shutil.rmtree(tmp_path / "gone")
    refused = refusal(user_repo, plan, home)
    assert "a worktree whose folder is gone" in str(refused)
    assert f"git -C {user_repo} worktree prune" in (refused.hint or "")
    run_git(user_repo, "worktree", "prune")
    with open_hub(user_repo, plan, home) as hub:
        assert hub.plan.target_branch == "goal"


def test_the_folder_of_a_bare_repository_with_worktrees_beside_it_has_nothing_uncommitted(
    user_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    folder = tmp_path / "nested"
    run_git(tmp_path, "clone", "-q", "--bare", str(user_repo), str(folder / ".bare"))
    (folder / ".git").write_text("gitdir: ./.bare\n")
    run_git(folder, "worktree", "add", "-q", "main")
    with open_hub(folder, plan, home) as hub:
        assert (hub.warnings, hub.repo.top) == ([], None)
        commit = do_job(hub)
        assert publish(hub).refused == {}
    assert run_git(folder / ".bare", "rev-parse", "planwave/small/track/one") == commit
    (folder / "main/new.txt").write_text("mine\n")
    with open_hub(folder / "main", plan, home) as hub:
        assert (hub.repo.top, hub.warnings[0].partition(" ")[0]) == (folder / "main", "1")


def test_an_address_on_another_machine_is_refused(plan: Plan, home: Home) -> None:
    assert "clone it first" in (refusal("https://git.example.org/a.git", plan, home).hint or "")


def test_a_base_that_does_not_exist_is_refused(user_repo: Path, make_plan: MakePlan, home: Home) -> None:
    assert "no branch, tag or commit 'nowhere'" in str(refusal(user_repo, make_plan(base="nowhere"), home))


def test_a_damaged_repository_is_refused(user_repo: Path, plan: Plan, home: Home) -> None:
    (user_repo / ".git/config").write_text("[core\n")
    assert "git cannot" in str(refusal(user_repo, plan, home)) or "not a git" in str(refusal(user_repo, plan, home))


def test_a_folder_inside_a_checkout_means_its_repository(user_repo: Path, plan: Plan, home: Home) -> None:
    for inside in (user_repo / "src", user_repo / ".git", user_repo / "README.md", f"file://{user_repo}"):
        with open_hub(inside, plan, home) as hub:
            assert hub.repo.path == user_repo


def test_a_bare_repository_works(user_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit) -> None:
    run_git(tmp_path, "clone", "-q", "--bare", str(user_repo), "bare.git")
    with open_hub(tmp_path / "bare.git", plan, home) as hub:
        commit = do_job(hub)
        assert publish(hub).refused == {}
    assert run_git(tmp_path / "bare.git", "rev-parse", "planwave/small/track/one") == commit


def test_a_linked_worktree_shares_the_hub_and_starts_from_its_own_branch(
    user_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    run_git(tmp_path / "side", "commit", "-q", "--allow-empty", "-m", "Side")
    with open_hub(tmp_path / "side", plan, home) as hub:
        assert hub.base == run_git(user_repo, "rev-parse", "side")
        commit = do_job(hub)
        publish(hub)
    assert run_git(user_repo, "rev-parse", "planwave/small/track/one") == commit
    assert run_git(tmp_path / "side", "status", "--porcelain") == ""
    assert len(list(home.hubs.glob("*.git"))) == 1


def test_a_detached_checkout_starts_from_its_commit_and_says_so(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "checkout", "-q", "--detach")
    run_git(user_repo, "commit", "-q", "--allow-empty", "-m", "Nowhere")
    with open_hub(user_repo, plan, home) as hub:
        assert hub.base == run_git(user_repo, "rev-parse", "HEAD")
        assert "no branch is checked out" in hub.warnings[0]


def test_changes_that_are_not_committed_stay_as_they_are_and_are_warned_of(
    user_repo: Path, plan: Plan, home: Home, fingerprint: Fingerprint, run_git: RunGit
) -> None:
    (user_repo / "src/a.py").write_text("mine\n")
    run_git(user_repo, "add", "src/a.py")
    (user_repo / "src/a.py").write_text("mine, again\n")
    (user_repo / "notes.txt").write_text("mine\n")
    (user_repo / ".git/index.lock").touch()
    before = fingerprint(user_repo)
    with open_hub(user_repo, plan, home) as hub:
        assert "2 uncommitted" in hub.warnings[0]
        do_job(hub)
        assert publish(hub).refused == {}
    assert fingerprint(user_repo) == before


def test_a_shallow_clone_works_to_the_end(
    user_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "commit", "-q", "--allow-empty", "-m", "Second")
    run_git(tmp_path, "clone", "-q", "--depth=1", f"file://{user_repo}", "shallow")
    shallow = tmp_path / "shallow"
    with open_hub(shallow, plan, home) as hub:
        commit = do_job(hub)
        assert run_git(Workspace(hub, "one").tree, "log", "--format=%s") == "Second"
        assert publish(hub).refused == {}
    assert run_git(shallow, "rev-parse", "planwave/small/track/one") == commit
    assert run_git(shallow, "fsck") == ""
    run_git(shallow, "fetch", "-q", "--unshallow")
    run_git(shallow, "commit", "-q", "--allow-empty", "-m", "Third")
    with open_hub(shallow, plan, home) as hub:
        do_job(hub, "two")
        assert publish(hub).refused == {}


def test_the_users_own_filters_are_used_and_no_program_of_theirs_for_another_end(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    (user_repo / ".gitattributes").write_text("*.bin filter=shout\n")
    run_git(user_repo, "config", "filter.shout.clean", "tr a-z A-Z")
    run_git(user_repo, "config", "filter.shout.smudge", "tr A-Z a-z")
    run_git(user_repo, "config", "diff.other.textconv", "false")
    (user_repo / "data.bin").write_text("data\n")
    run_git(user_repo, "add", "-A")
    run_git(user_repo, "commit", "-q", "-m", "Filtered")
    with open_hub(user_repo, plan, home) as hub:
        commit = do_job(hub, name="more.bin")
        assert (Workspace(hub, "one").tree / "data.bin").read_text() == "data\n"
        assert hub.git.text("show", f"{commit}:more.bin") == "NEW"


def test_a_filter_that_is_not_configured_is_refused(user_repo: Path, plan: Plan, home: Home, run_git: RunGit) -> None:
    (user_repo / "src/.gitattributes").write_text("# filter=none\n*.bin filter=nobody-has-this -text\n")
    run_git(user_repo, "add", "-A")
    run_git(user_repo, "commit", "-q", "-m", "Filtered")
    refused = refusal(user_repo, plan, home)
    assert "filter 'nobody-has-this'" in str(refused)
    assert refused.hint == "configure `filter.nobody-has-this` for git"


def test_a_target_that_is_checked_out_anywhere_is_refused(
    user_repo: Path, tmp_path: Path, make_plan: MakePlan, home: Home, run_git: RunGit
) -> None:
    assert "checked out" in str(refusal(user_repo, make_plan(target="main"), home))
    run_git(user_repo, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    refused = refusal(user_repo, make_plan(target="side"), home)
    assert str(tmp_path / "side") in str(refused)


def test_a_branch_with_commits_of_the_users_is_refused(
    user_repo: Path, make_plan: MakePlan, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "branch", "feature/x")
    run_git(user_repo, "checkout", "-q", "feature/x")
    run_git(user_repo, "commit", "-q", "--allow-empty", "-m", "Mine")
    run_git(user_repo, "checkout", "-q", "main")
    plan = make_plan({"id": "one", "track": "t"}, tracks=[{"id": "t", "branch": "feature/x"}])
    assert "'feature/x' with commits" in str(refusal(user_repo, plan, home))


def test_a_branch_that_is_the_base_or_before_it_is_taken(
    user_repo: Path, make_plan: MakePlan, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "branch", "old")
    run_git(user_repo, "commit", "-q", "--allow-empty", "-m", "Second")
    run_git(user_repo, "branch", "here")
    plan = make_plan({"id": "one", "track": "one"}, tracks=[{"id": "one", "branch": "old"}], target="here")
    with open_hub(user_repo, plan, home) as hub:
        commit = do_job(hub)
        assert publish(hub).refused == {}
    assert run_git(user_repo, "rev-parse", "old") == commit


@pytest.mark.parametrize("existing", ["planwave", "planwave/small/target/deep"])
def test_a_branch_whose_name_is_in_the_way_is_refused(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit, existing: str
) -> None:
    run_git(user_repo, "branch", existing)
    refused = refusal(user_repo, plan, home)
    assert f"has a branch {existing!r}" in str(refused)
    assert f"`git branch -m {existing} NEW`" in str(refused.hint)


@pytest.mark.parametrize("branch", ["planwave/small/target", "planwave/small/track/one"])
def test_a_branch_of_the_plans_that_is_another_name_for_the_users_is_refused(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit, branch: str
) -> None:
    run_git(user_repo, "symbolic-ref", f"refs/heads/{branch}", "refs/heads/main")
    assert f"{branch!r} of {user_repo} is just another name for refs/heads/main" in str(refusal(user_repo, plan, home))
    run_git(user_repo, "symbolic-ref", "-d", f"refs/heads/{branch}")
    run_git(user_repo, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    with open_hub(user_repo, plan, home) as hub:
        assert hub.start.name == "main"


def test_a_repository_that_cannot_be_written_is_told_at_the_start(user_repo: Path, plan: Plan, home: Home) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    objects = user_repo / ".git/objects"
    objects.chmod(0o555)
    with open_hub(user_repo, plan, home) as hub:
        assert hub.warnings == [f"{user_repo} cannot be written: what is done stays in planwave's own clone"]
    objects.chmod(0o755)


def test_a_repository_whose_refs_are_broken_is_refused_with_the_command_that_tells_of_it(
    user_repo: Path, plan: Plan, home: Home
) -> None:
    (user_repo / ".git/refs/heads/broken").write_text("junk\n")
    refused = refusal(user_repo, plan, home)
    assert refused.hint == f"`git -C {user_repo} fsck` says what is wrong with it"


def test_a_tag_that_is_called_as_the_target_is_told_since_git_takes_it_for_the_branch(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "tag", "planwave/small/target")
    with open_hub(user_repo, plan, home) as hub:
        assert [warning for warning in hub.warnings if "`git merge heads/planwave/small/target`" in warning]
    run_git(user_repo, "tag", "-d", "planwave/small/target")
    with open_hub(user_repo, plan, home) as hub:
        assert hub.warnings == []


def test_two_tracks_on_one_branch_are_refused(user_repo: Path, make_plan: MakePlan, home: Home) -> None:
    tracks = [{"id": "a", "branch": "same"}, {"id": "b", "branch": "same"}]
    plan = make_plan({"id": "one", "track": "a"}, {"id": "two", "track": "b"}, tracks=tracks)
    assert "same branch" in str(refusal(user_repo, plan, home))


def test_a_repository_that_was_made_anew_in_the_same_folder_is_not_mixed_up(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    with open_hub(user_repo, plan, home) as hub:
        do_job(hub)
    (user_repo / ".git").rename(user_repo.parent / "old.git")
    run_git(user_repo, "init", "-q", "-b", "main")
    run_git(user_repo, "add", "-A")
    run_git(user_repo, "commit", "-q", "-m", "Another first")
    assert "is gone" in str(refusal(user_repo, plan, home))
    with open_hub(user_repo, plan, home, fresh=True) as hub:
        hub.fresh()
        assert hub.track_tip("one") is None
        do_job(hub)
        assert publish(hub).refused == {}
