"""What an agent plants in its workspace never runs in planwave's own git commands."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.hub.hub import Hub
from tasks.hub.merge_tree import merge_commits
from tasks.ledger.ledger import JobWorkDone, commit_job, integrate, land_message
from tasks.workspace.rescue import begin_attempt, end_attempt, rescue
from tasks.workspace.workspace import Workspace
from tests.tasks.conftest import RunGit

pytestmark = pytest.mark.hostile

Plant = Callable[[Path, str, RunGit], None]


def set_up(key: str, attributes: str = "") -> Plant:
    """Return a plant that sets a setting to the command, and selects it by attributes."""

    def plant(tree: Path, command: str, run_git: RunGit) -> None:
        run_git(tree, "config", key, command)
        if attributes:
            (tree / ".gitattributes").write_text(attributes)

    return plant


def hooks_path(tree: Path, command: str, run_git: RunGit) -> None:
    write_hooks(tree / "hooks", command)
    run_git(tree, "config", "core.hooksPath", str(tree / "hooks"))


def hooks(tree: Path, command: str, run_git: RunGit) -> None:
    write_hooks(tree / ".git/hooks", command)


def included_config(tree: Path, command: str, run_git: RunGit) -> None:
    (tree / "evil.config").write_text(f'[core]\n\tfsmonitor = "{command}"\n')
    run_git(tree, "config", "include.path", str(tree / "evil.config"))


def replaced_git(tree: Path, command: str, run_git: RunGit) -> None:
    run_git(tree, "config", "core.fsmonitor", command)
    (tree / ".git").rename(tree.parent / "evil.git")
    write_hooks(tree.parent / "evil.git/hooks", command)
    (tree / ".git").write_text(f"gitdir: {tree.parent / 'evil.git'}\n")


def linked_git(tree: Path, command: str, run_git: RunGit) -> None:
    replaced_git(tree, command, run_git)
    (tree / ".git").unlink()
    (tree / ".git").symlink_to(tree.parent / "evil.git")


def filled_submodule(tree: Path, command: str, run_git: RunGit) -> None:
    run_git(tree, "init", "-q", "sub")
    run_git(tree / "sub", "commit", "-q", "--allow-empty", "-m", "Inner")
    run_git(tree / "sub", "config", "core.fsmonitor", command)
    write_hooks(tree / "sub/.git/hooks", command)


def write_hooks(folder: Path, command: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in (
        "pre-commit",
        "commit-msg",
        "post-commit",
        "post-checkout",
        "reference-transaction",
        "post-index-change",
    ):
        (folder / name).write_text(f"#!/bin/sh\n{command}\n")
        (folder / name).chmod(0o755)


PLANTS: dict[str, tuple[Plant, ...]] = {
    "programs by settings": (
        set_up("core.fsmonitor"),
        set_up("diff.external"),
        set_up("gpg.program"),
        set_up("trailer.plan-id.command"),
        set_up("core.pager"),
        set_up("uploadpack.packObjectsHook"),
    ),
    "programs by attributes": (
        set_up("filter.evil.clean", "* filter=evil diff=evil merge=evil\n"),
        set_up("filter.evil.smudge"),
        set_up("diff.evil.textconv"),
        set_up("merge.evil.driver"),
    ),
    "process filter": (set_up("filter.evil.process", "* filter=evil\n"),),
    "hooks": (hooks, hooks_path),
    "included configuration": (included_config,),
    "replaced .git": (replaced_git,),
    "linked .git": (linked_git,),
    "nested repository": (filled_submodule,),
}


@pytest.mark.parametrize("name", PLANTS)
def test_nothing_that_an_agent_plants_ever_runs(hub: Hub, tmp_path: Path, run_git: RunGit, name: str) -> None:
    ran, script = tmp_path / "ran", tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\nexec cat\n")
    script.chmod(0o755)
    workspace = Workspace(hub, "one")
    begin_attempt(hub, workspace, job="one", attempt=1, parent=hub.base)
    (workspace.tree / "src/a.py").write_text("from the agent\n")
    for plant in PLANTS[name]:
        plant(workspace.tree, str(script), run_git)
    left = workspace.snapshot(hub.base)
    workspace.agent_messages(hub.base)
    work = JobWorkDone(
        job="one", digest="d", track="one", wave="build", attempt=1, duration_s=1, agent="default", run="small-1"
    )
    commit_job(hub, work, tree=left.tree, parent=hub.base, expected_tip=None, title="One")
    rescue(hub, workspace, "one", 1, hub.base)
    end_attempt(workspace)
    other = hub.git.text("commit-tree", f"{hub.base}^{{tree}}", "-p", hub.base, "-m", "other")
    start = integrate(hub, "one", [other])
    message = land_message(hub, track="one", head=start, wave="build", run="small-1")
    merge_commits(hub, other, start, message, ours_name="target", theirs_name="one")
    workspace.prepare(start)
    assert not ran.exists()
    assert not (workspace.tree / ".git").is_symlink()
