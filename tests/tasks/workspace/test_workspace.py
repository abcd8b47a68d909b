import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.hub.hub import Hub
from tasks.workspace.snapshot import Change
from tasks.workspace.workspace import Pool, Workspace
from tests.repositories import FILES
from tests.tasks.conftest import RunGit


@pytest.fixture
def workspace(hub: Hub) -> Workspace:
    made = Workspace(hub, "one")
    made.prepare(hub.base)
    return made


def files_in(tree: Path) -> dict[str, str]:
    """Return the contents of every file below a tree but its `.git`."""
    found = (path for path in tree.rglob("*") if path.is_file() and ".git" not in path.relative_to(tree).parts)
    return {str(path.relative_to(tree)): path.read_text() for path in found}


def test_a_workspace_is_exactly_the_commit(workspace: Workspace) -> None:
    assert files_in(workspace.tree) == FILES


def test_the_agent_has_a_clean_repository_of_its_own_with_nothing_of_the_users(
    workspace: Workspace, hub: Hub, run_git: RunGit
) -> None:
    tree = workspace.tree
    assert run_git(tree, "status", "--porcelain") == ""
    assert run_git(tree, "log", "--format=%H") == hub.base
    assert run_git(tree, "for-each-ref", "--format=%(refname)") == "refs/heads/work"
    assert run_git(tree, "remote") == ""
    assert run_git(tree, "fsck", "--strict") == ""


def test_a_snapshot_tells_every_kind_of_change_by_both_of_its_sides(workspace: Workspace, hub: Hub) -> None:
    tree = workspace.tree
    (tree / "src/a.py").rename(tree / "src/c.py")
    (tree / "README.md").chmod(0o755)
    (tree / "docs/guide.md").unlink()
    (tree / "docs/guide.md").symlink_to("../README.md")
    (tree / "ignored.log").write_text("noise\n")
    assert workspace.snapshot(hub.base).changes == (
        Change("README.md", "modified", "100644", "100755"),
        Change("docs/guide.md", "modified", "100644", "120000"),
        Change("src/a.py", "deleted", "100644", None),
        Change("src/c.py", "created", None, "100644"),
    )
    assert workspace.snapshot(hub.base).problems == ()


def test_nothing_changed_is_no_change(workspace: Workspace, hub: Hub) -> None:
    left = workspace.snapshot(hub.base)
    assert (left.changes, left.problems) == ((), ())
    assert left.tree == hub.git.text("rev-parse", f"{hub.base}^{{tree}}")


def test_preparing_again_removes_everything_that_was_left(workspace: Workspace, hub: Hub, run_git: RunGit) -> None:
    tree = workspace.tree
    (tree / "src/a.py").write_text("changed\n")
    (tree / "src/b.py").unlink()
    (tree / "build/deep").mkdir(parents=True)
    (tree / "build/deep/cache.log").write_text("ignored\n")
    run_git(tree / "src", "init", "-q")
    run_git(tree, "init", "-q", "nested")
    run_git(tree, "commit", "-q", "-a", "-m", "Mine")
    workspace.snapshot(hub.base)
    workspace.prepare(hub.base)
    assert files_in(tree) == FILES
    assert sorted(path.name for path in tree.iterdir()) == [".git", ".gitignore", "README.md", "docs", "src"]
    assert run_git(tree, "log", "--format=%H") == hub.base


def wipe(tree: Path) -> None:
    shutil.rmtree(tree)


def empty(tree: Path) -> None:
    shutil.rmtree(tree)
    tree.mkdir()


def make_read_only(tree: Path) -> None:
    for folder in (tree / "src", tree / ".git", tree):
        folder.chmod(0o500)


def make_unreadable(tree: Path) -> None:
    (tree / "src/a.py").chmod(0)
    (tree / "src").chmod(0)


def replace_git_by_link(tree: Path) -> None:
    shutil.rmtree(tree / ".git")
    (tree / ".git").symlink_to(tree.parent.parent)


def replace_git_by_file(tree: Path) -> None:
    shutil.rmtree(tree / ".git")
    (tree / ".git").write_text("gitdir: /nowhere\n")


def replace_tree_by_link(tree: Path) -> None:
    outside = tree.parent / "outside"
    tree.rename(outside)
    (outside / "extra.txt").write_text("stays\n")
    tree.symlink_to(outside)


def replace_file_by_folder(tree: Path) -> None:
    (tree / "README.md").unlink()
    (tree / "README.md/deep").mkdir(parents=True)
    (tree / "README.md/deep/x.txt").touch()


def replace_folder_by_link(tree: Path) -> None:
    shutil.rmtree(tree / "src")
    (tree / "src").symlink_to(tree.parent)


def leave_a_lock_and_a_broken_index(tree: Path) -> None:
    (tree.parent / "index.lock").touch()
    (tree.parent / "index").write_bytes(b"no index")


def make_a_pipe(tree: Path) -> None:
    os.mkfifo(tree / "pipe")


DAMAGES = [
    wipe, empty, make_read_only, make_unreadable, replace_git_by_link, replace_git_by_file, replace_tree_by_link,
    replace_file_by_folder, replace_folder_by_link, leave_a_lock_and_a_broken_index, make_a_pipe,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.__name__ for damage in DAMAGES])
def test_a_workspace_that_was_damaged_is_made_whole(
    workspace: Workspace, hub: Hub, run_git: RunGit, damage: Callable[[Path], None]
) -> None:
    damage(workspace.tree)
    workspace.snapshot(hub.base)
    workspace.prepare(hub.base)
    assert not workspace.tree.is_symlink()
    assert files_in(workspace.tree) == FILES
    assert run_git(workspace.tree, "status", "--porcelain", "--ignored") == ""
    assert workspace.snapshot(hub.base).changes == ()


@pytest.mark.hostile
def test_links_are_removed_and_what_they_point_to_stays(workspace: Workspace, hub: Hub, tmp_path: Path) -> None:
    outside = tmp_path / "precious"
    outside.mkdir()
    (outside / "file.txt").write_text("stays\n")
    (workspace.tree / "link").symlink_to(outside)
    shutil.rmtree(workspace.tree / ".git")
    (workspace.tree / ".git").symlink_to(outside)
    workspace.prepare(hub.base)
    assert (outside / "file.txt").read_text() == "stays\n"
    assert files_in(workspace.tree) == FILES


@pytest.mark.hostile
@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "src/../../x", ".git/config"])
def test_a_link_that_leaves_the_repository_is_a_problem(workspace: Workspace, hub: Hub, target: str) -> None:
    (workspace.tree / "link").symlink_to(target)
    assert "leaves the repository" in workspace.snapshot(hub.base).problems[0]


@pytest.mark.hostile
@pytest.mark.parametrize(
    "name", [b"a\nb", b"a\\b", b"a\x1bb", b"latin-\xe9", b"src/.git\xe2\x80\x8c", b"git~1", b"tab\there"]
)
def test_a_name_that_does_harm_elsewhere_is_a_problem(workspace: Workspace, hub: Hub, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(workspace.tree) + b"/" + name)).write_text("x")
    (workspace.tree / "fine.txt").write_text("x")
    left = workspace.snapshot(hub.base)
    assert left.problems
    assert all("\n" not in problem.strip() or "cannot store" in problem for problem in left.problems)
    left.changes[0].path.encode()


@pytest.mark.parametrize("names", [("readme.md",), ("docs/é.md", "docs/e\u0301.md"), ("Straße", "STRASSE")])
def test_names_that_are_one_file_on_some_systems_are_a_problem(
    workspace: Workspace, hub: Hub, names: tuple[str, ...]
) -> None:
    for name in names:
        (workspace.tree / name).write_text(name)
    assert any("are one file" in problem for problem in workspace.snapshot(hub.base).problems)


def test_every_new_path_that_is_the_same_as_another_is_named_however_the_folders_are_written(
    workspace: Workspace, hub: Hub
) -> None:
    names = ["Src/A.PY", "SRC/other.py", "new/x", "NEW/X", "New/x", "new/alone"]
    for name in names:
        (workspace.tree / name).parent.mkdir(exist_ok=True)
        (workspace.tree / name).write_text(name)
    told = [problem.split(" ")[0] for problem in workspace.snapshot(hub.base).problems]
    assert told == ["'NEW/X'", "'New/x'", "'Src/A.PY'", "'new/x'"]


def test_a_name_that_takes_the_place_of_its_like_is_no_problem(workspace: Workspace, hub: Hub) -> None:
    shutil.rmtree(workspace.tree / "docs")
    (workspace.tree / "DOCS").write_text("a file now\n")
    (workspace.tree / "README.md").rename(workspace.tree / "Readme.md")
    assert workspace.snapshot(hub.base).problems == ()


def test_a_new_file_that_is_named_as_a_folder_is_a_problem(workspace: Workspace, hub: Hub) -> None:
    (workspace.tree / "new").mkdir()
    for name in ("new/x", "NEW", "Docs"):
        (workspace.tree / name).write_text(name)
    told = {problem.split(" are ")[0] for problem in workspace.snapshot(hub.base).problems}
    assert told == {"'NEW' and 'new'", "'Docs' and 'docs'"}


def test_odd_names_that_harm_nobody_are_taken(workspace: Workspace, hub: Hub) -> None:
    names = ["-rf", ":(top)x", "*", "a b", "...", "é", '"quoted"', "gitx", "日本"]
    for name in names:
        (workspace.tree / name).write_text(name)
    left = workspace.snapshot(hub.base)
    assert left.problems == ()
    assert sorted(change.path for change in left.changes) == sorted(names)


def test_a_nested_repository_is_a_problem_and_its_content_is_kept(
    workspace: Workspace, hub: Hub, run_git: RunGit
) -> None:
    for name in ("empty", "full"):
        run_git(workspace.tree, "init", "-q", name)
        (workspace.tree / name / "work.txt").write_text("precious\n")
    run_git(workspace.tree / "full", "add", "-A")
    run_git(workspace.tree / "full", "commit", "-q", "-m", "Inner")
    left = workspace.snapshot(hub.base)
    assert sorted(left.problems) == ["'empty' is a git repository of its own", "'full' is a git repository of its own"]
    assert hub.git.text("show", f"{left.tree}:full/work.txt") == "precious"
    assert hub.git.text("show", f"{left.tree}:empty/work.txt") == "precious"
    assert any(change.path.startswith("full/git-of-the-agent/") for change in left.changes)


def test_a_repository_in_a_folder_that_git_ignores_is_no_problem(
    workspace: Workspace, hub: Hub, run_git: RunGit
) -> None:
    inner = workspace.tree / "build/deps/inner"
    inner.mkdir(parents=True)
    run_git(inner, "init", "-q")
    run_git(inner, "commit", "-q", "--allow-empty", "-m", "Inner")
    (workspace.tree / "work.txt").write_text("x\n")
    left = workspace.snapshot(hub.base)
    assert (left.problems, [change.path for change in left.changes]) == ((), ["work.txt"])
    workspace.prepare(hub.base)
    assert not (workspace.tree / "build").exists()


@pytest.mark.parametrize("mode", [0o555, 0o300])
@pytest.mark.parametrize("folder", ["build/deep", "plain"])
def test_a_folder_that_is_closed_is_no_problem_and_its_content_is_kept(
    workspace: Workspace, hub: Hub, folder: str, mode: int
) -> None:
    closed = workspace.tree / folder
    closed.mkdir(parents=True)
    (closed / "x.txt").write_text("x\n")
    closed.chmod(mode)
    left = workspace.snapshot(hub.base)
    assert left.problems == ()
    assert [change.path for change in left.changes] == (["plain/x.txt"] if folder == "plain" else [])
    workspace.prepare(hub.base)
    assert not closed.exists()


def test_a_tree_that_was_wiped_is_a_problem_not_a_commit(hub: Hub, workspace: Workspace, run_git: RunGit) -> None:
    for number in range(20):
        (workspace.tree / f"f{number}").touch()
    tree = workspace.snapshot(hub.base).tree
    many = hub.git.text("commit-tree", tree, "-p", hub.base, "-m", "many")
    workspace.prepare(many)
    for path in workspace.tree.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert "every file" in workspace.snapshot(many).problems[0]


def test_a_file_that_cannot_be_read_is_a_problem_and_the_rest_is_kept(workspace: Workspace, hub: Hub) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (workspace.tree / "secret").write_text("x")
    (workspace.tree / "secret").chmod(0)
    (workspace.tree / "work.txt").write_text("x")
    left = workspace.snapshot(hub.base)
    assert "cannot store" in left.problems[0]
    assert [change.path for change in left.changes] == ["work.txt"]


def test_an_encoding_that_git_cannot_convert_is_a_problem(workspace: Workspace, hub: Hub) -> None:
    (workspace.tree / ".gitattributes").write_text("*.txt working-tree-encoding=UTF-16\n")
    (workspace.tree / "x.txt").write_bytes(b"no such thing\xff")
    assert "cannot store" in workspace.snapshot(hub.base).problems[0]


@pytest.mark.hostile
def test_flags_that_hide_changes_in_the_agents_index_hide_nothing(
    workspace: Workspace, hub: Hub, run_git: RunGit
) -> None:
    run_git(workspace.tree, "update-index", "--assume-unchanged", "src/a.py")
    run_git(workspace.tree, "update-index", "--skip-worktree", "src/b.py")
    (workspace.tree / ".git/info/exclude").write_text("*\n")
    for name in ("src/a.py", "src/b.py", "hidden.txt"):
        (workspace.tree / name).write_text("changed\n")
    assert [change.path for change in workspace.snapshot(hub.base).changes] == ["hidden.txt", "src/a.py", "src/b.py"]


def test_the_messages_of_the_agents_own_commits_are_read(workspace: Workspace, hub: Hub, run_git: RunGit) -> None:
    assert workspace.agent_messages(hub.base) == ()
    run_git(workspace.tree, "commit", "-q", "--allow-empty", "-m", "First step\n\nWith reasons")
    run_git(workspace.tree, "checkout", "-q", "-b", "topic/x")
    run_git(workspace.tree, "commit", "-q", "--allow-empty", "-m", "Second step")
    run_git(workspace.tree, "pack-refs", "--all")
    run_git(workspace.tree, "checkout", "-q", "--detach")
    assert workspace.agent_messages(hub.base) == ("First step\n\nWith reasons", "Second step")


@pytest.mark.hostile
@pytest.mark.parametrize("head", ["ref: refs/heads/../../../x\n", "0" * 40, "ref: refs/heads/none", "", "\xff" * 9000])
def test_a_head_that_makes_no_sense_counts_as_no_commits(workspace: Workspace, hub: Hub, head: str) -> None:
    (workspace.tree / ".git/HEAD").write_text(head)
    assert workspace.agent_messages(hub.base) == ()


def test_a_pool_gives_each_caller_a_workspace_of_its_own_and_uses_them_again(hub: Hub) -> None:
    pool = Pool(hub)
    with pool.lease(hub.base) as first, pool.lease(hub.base) as second:
        assert first.tree != second.tree
        assert files_in(first.tree) == files_in(second.tree) == FILES
        (second.tree / "left.txt").touch()
    with pool.lease(hub.base) as again:
        assert again.tree in {first.tree, second.tree}
        assert files_in(again.tree) == FILES


def test_many_workspaces_are_prepared_and_read_at_once(hub: Hub) -> None:
    def work(number: int) -> list[str]:
        workspace = Workspace(hub, f"t{number}")
        workspace.prepare(hub.base)
        (workspace.tree / f"{number}.txt").write_text(str(number))
        return [change.path for change in workspace.snapshot(hub.base).changes]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(16))) == [[f"{number}.txt"] for number in range(16)]


def test_a_track_that_takes_over_a_workspace_gets_nothing_of_what_was_in_it(
    workspace: Workspace, hub: Hub, run_git: RunGit
) -> None:
    left = workspace.tree
    (left / "src/a.py").write_text("of the other track\n")
    (left / "new.txt").write_text("of the other track\n")
    (left / "secret.log").write_text("ignored\n")
    (left / "build").mkdir()
    (left / "build/cache").write_text("ignored\n")
    run_git(left, "config", "user.name", "Other")
    run_git(left, "commit", "-q", "-a", "-m", "Of the other track")
    other = Workspace(hub, "other")
    assert other.take_over(workspace)
    other.prepare(hub.base)
    assert not workspace.folder.exists()
    assert files_in(other.tree) == FILES
    assert run_git(other.tree, "log", "--format=%H") == hub.base
    assert run_git(other.tree, "status", "--porcelain", "--ignored") == ""
    assert "Other" not in (other.tree / ".git/config").read_text()


@pytest.mark.hostile
def test_a_tree_that_something_may_still_write_into_is_not_recycled(workspace: Workspace, hub: Hub) -> None:
    left = workspace.tree
    workspace.leave_alone()
    (left / "late.txt").write_text("before the snapshot\n")
    assert [change.path for change in workspace.snapshot(hub.base).changes] == ["late.txt"]
    workspace.prepare(hub.base)
    (left / "later.txt").write_text("after it\n")
    assert workspace.tree != left
    assert files_in(workspace.tree) == FILES
    assert workspace.snapshot(hub.base).changes == ()
    other = Workspace(hub, "other")
    assert other.take_over(Workspace(hub, "one"))
    assert other.tree.name == workspace.tree.name
    other.prepare(hub.base)
    assert files_in(other.tree) == FILES
    assert (other.folder / left.name / "later.txt").exists()


def test_a_workspace_of_a_track_is_not_given_up_for_anothers(workspace: Workspace, hub: Hub) -> None:
    killed = Workspace(hub, "killed")
    killed.prepare(hub.base)
    (killed.tree / "unsaved.txt").write_text("to be rescued\n")
    assert not killed.take_over(workspace)
    assert (killed.tree / "unsaved.txt").is_file()
    assert workspace.tree.is_dir()
