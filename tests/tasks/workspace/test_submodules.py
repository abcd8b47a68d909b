import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.run.opening import open_hub
from tasks.workspace.snapshot import Change
from tasks.workspace.workspace import Pool, Workspace
from tests.repositories import FILES
from tests.tasks.conftest import RunGit

PLACE = "lib/inner"


@pytest.fixture
def library(user_repo: Path, tmp_path: Path, run_git: RunGit) -> Path:
    """Return the repository of a submodule of the user's, which has a newer commit than the one that it points to."""
    run_git(tmp_path, "clone", "-q", str(user_repo), "library")
    library = tmp_path / "library"
    run_git(user_repo, "submodule", "--quiet", "add", "--name", "some/name", str(library), PLACE)
    run_git(user_repo, "commit", "-q", "-m", "Add a submodule")
    (library / "newer.txt").write_text("newer\n")
    run_git(library, "add", "-A")
    run_git(library, "commit", "-q", "-m", "Newer")
    return library


@pytest.fixture
def modules_hub(library: Path, user_repo: Path, plan: Plan, home: Home) -> Iterator[Hub]:
    with open_hub(user_repo, plan, home) as opened:
        yield opened


@pytest.fixture
def workspace(modules_hub: Hub) -> Workspace:
    made = Workspace(modules_hub, "one")
    made.prepare(modules_hub.base)
    return made


def pointer(hub: Hub, tree: str) -> str:
    return hub.git.text("rev-parse", f"{tree}:{PLACE}")


def test_the_files_of_a_submodule_are_there_for_agents_and_checks(
    workspace: Workspace, modules_hub: Hub, run_git: RunGit
) -> None:
    with Pool(modules_hub).lease(modules_hub.base) as leased:
        for tree in (workspace.tree, leased.tree):
            assert {name: (tree / PLACE / name).read_text() for name in FILES} == FILES
            assert run_git(tree, "status", "--porcelain") == ""
            assert run_git(tree / PLACE, "status", "--porcelain") == ""
    assert modules_hub.warnings == []
    left = workspace.snapshot(modules_hub.base)
    assert (left.changes, left.problems) == ((), ())


def test_a_submodule_that_hides_its_refs_or_borrows_its_objects_is_taken_whole(  # noqa: PLR0917 - fixtures
    library: Path, user_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    run_git(tmp_path, "clone", "-q", str(user_repo), "plain")
    options = ("--init", "--reference", str(library))
    run_git(tmp_path / "plain", "submodule", "--quiet", "update", *options)
    module = tmp_path / "plain/.git/modules/some/name"
    assert (module / "objects/info/alternates").is_file()
    run_git(module, "config", "transfer.hideRefs", "refs")
    with open_hub(tmp_path / "plain", plan, home) as hub:
        assert hub.warnings == []
        taken = next((hub.git.git_dir / "planwave/modules").iterdir())
        assert not (taken / "objects/info/alternates").exists()
        assert "refs/remotes/origin/main" in run_git(taken, "for-each-ref")
        shutil.rmtree(library)
        workspace = Workspace(hub, "one")
        workspace.prepare(hub.base)
        assert {name: (workspace.tree / PLACE / name).read_text() for name in FILES} == FILES


def test_a_submodule_that_the_user_has_not_fetched_is_told_and_its_folder_is_empty(  # noqa: PLR0917 - fixtures
    library: Path, user_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    run_git(tmp_path, "clone", "-q", str(user_repo), "plain")
    with open_hub(tmp_path / "plain", plan, home) as hub:
        [warning] = hub.warnings
        assert PLACE in warning
        assert "submodule update --init" in warning
        workspace = Workspace(hub, "one")
        workspace.prepare(hub.base)
        assert list((workspace.tree / PLACE).iterdir()) == []
        assert workspace.snapshot(hub.base).changes == ()
        run_git(workspace.tree, "submodule", "--quiet", "update", "--init", "--remote")
        left = workspace.snapshot(hub.base)
        assert left.problems == ()
        assert pointer(hub, left.tree) == run_git(library, "rev-parse", "HEAD")


def test_moving_a_submodule_along_its_remote_is_a_change_that_the_next_job_finds(
    workspace: Workspace, modules_hub: Hub, library: Path, run_git: RunGit
) -> None:
    run_git(workspace.tree, "submodule", "--quiet", "update", "--init", "--remote")
    left = workspace.snapshot(modules_hub.base)
    assert (left.changes, left.problems) == ((Change(PLACE, "modified", "160000", "160000"),), ())
    assert pointer(modules_hub, left.tree) == run_git(library, "rev-parse", "HEAD")
    moved = modules_hub.git.text("commit-tree", left.tree, "-p", modules_hub.base, "-m", "Move")
    workspace.prepare(modules_hub.base)
    assert not (workspace.tree / PLACE / "newer.txt").exists()
    workspace.prepare(moved)
    assert (workspace.tree / PLACE / "newer.txt").read_text() == "newer\n"
    assert workspace.snapshot(moved).changes == ()


def test_a_commit_that_only_the_workspace_has_is_a_problem_and_its_files_are_kept(
    workspace: Workspace, modules_hub: Hub, run_git: RunGit
) -> None:
    inner = workspace.tree / PLACE
    (inner / "work.txt").write_text("precious\n")
    run_git(inner, "add", "-A")
    run_git(inner, "commit", "-q", "-m", "Mine")
    left = workspace.snapshot(modules_hub.base)
    assert "must be pushed" in left.problems[0]
    again = workspace.snapshot(modules_hub.base)
    assert again.problems
    for tree in (left.tree, again.tree):
        assert modules_hub.git.text("show", f"{tree}:{PLACE}/work.txt") == "precious"
        assert modules_hub.git.text("show", f"{tree}:{PLACE}/src/a.py").startswith("a0")


@pytest.mark.parametrize("change", ["new file", "edit", "deletion", "no repository"])
def test_work_that_is_not_committed_in_the_submodule_is_a_problem_and_is_kept(
    workspace: Workspace, modules_hub: Hub, change: str
) -> None:
    inner = workspace.tree / PLACE
    match change:
        case "new file":
            (inner / "work.txt").write_text("x\n")
        case "edit":
            (inner / "src/a.py").write_text("x\n")
        case "deletion":
            (inner / "src/a.py").unlink()
        case _:
            shutil.rmtree(inner / ".git")
    left = workspace.snapshot(modules_hub.base)
    assert f"submodule {PLACE!r}" in left.problems[0]
    kept = modules_hub.git.text("ls-tree", "-r", "--name-only", f"{left.tree}:{PLACE}").splitlines()
    files = (path.relative_to(inner) for path in inner.rglob("*") if path.is_file())
    assert {str(file) for file in files if file.parts[0] != "git-of-the-agent"} <= set(kept)


def test_removing_a_submodule_is_a_change_like_any_other(workspace: Workspace, modules_hub: Hub) -> None:
    shutil.rmtree(workspace.tree / PLACE)
    left = workspace.snapshot(modules_hub.base)
    assert (left.changes, left.problems) == ((Change(PLACE, "deleted", "160000", None),), ())


def test_a_file_in_place_of_a_submodule_is_a_problem(workspace: Workspace, modules_hub: Hub) -> None:
    shutil.rmtree(workspace.tree / PLACE)
    (workspace.tree / PLACE).write_text("x\n")
    assert "submodule" in workspace.snapshot(modules_hub.base).problems[0]


def test_a_link_above_a_submodule_leads_nobody_out_of_the_workspace(
    workspace: Workspace, modules_hub: Hub, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    (outside / "inner").mkdir(parents=True)
    (outside / "inner/file.txt").write_text("stays\n")
    shutil.rmtree(workspace.tree / "lib")
    (workspace.tree / "lib").symlink_to(outside)
    assert workspace.snapshot(modules_hub.base).problems
    workspace.prepare(modules_hub.base)
    assert (outside / "inner/file.txt").read_text() == "stays\n"
    assert (workspace.tree / PLACE / "README.md").is_file()


def test_nothing_that_is_planted_in_a_submodules_repository_runs(
    workspace: Workspace, modules_hub: Hub, tmp_path: Path, run_git: RunGit
) -> None:
    inner, script = workspace.tree / PLACE, tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexec cat\n")
    script.chmod(0o755)
    run_git(inner, "fetch", "-q", "origin")
    run_git(inner, "checkout", "-q", "--detach", "origin/HEAD")
    (inner / ".git/info/attributes").write_text("* filter=evil diff=evil\n")
    for key in ("core.fsmonitor", "core.hooksPath", "filter.evil.clean", "uploadpack.packObjectsHook"):
        run_git(inner, "config", key, str(script))
    (inner / ".git/hooks").mkdir(exist_ok=True)
    shutil.copy(script, inner / ".git/hooks/post-index-change")
    (tmp_path / "ran").unlink(missing_ok=True)
    os.utime(inner / "README.md")
    left = workspace.snapshot(modules_hub.base)
    assert (left.problems, [change.path for change in left.changes]) == ((), [PLACE])
    assert not (tmp_path / "ran").exists()
