"""What a snapshot costs is counted in git's processes and in what is asked of them: neither grows with the files."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.home import Home
from tasks.run.opening import open_hub
from tasks.workspace.workspace import Workspace
from tests.repositories import make_repository

_FEW, _MANY = 20, 300


@dataclass(frozen=True)
class Count:
    """Counts the git processes that run, and the lines that those are asked which stay open."""

    runs: Path
    asked: Path

    def start(self) -> None:
        """Count from here on."""
        self.runs.write_text("")
        self.asked.write_text("")

    def so_far(self) -> tuple[int, int]:
        """Return how many processes there were, and how many lines."""
        return len(self.runs.read_text().splitlines()), len(self.asked.read_text().splitlines())


@pytest.fixture
def count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Count]:
    """Put a program before git that writes down how it was called, and what it was asked."""
    counted = Count(tmp_path / "runs", tmp_path / "asked")
    counted.start()
    (tmp_path / "bin").mkdir()
    wrapper, real = tmp_path / "bin/git", shutil.which("git")
    # Written down before git sees it, so that what was answered is counted.
    note = f"""while IFS= read -r line; do printf '%s\\n' "$line" >> {counted.asked}; printf '%s\\n' "$line"; done"""
    wrapper.write_text(
        f'#!/bin/sh\necho "$1" >> {counted.runs}\n'
        f'case "$1" in cat-file|diff-tree) {note} | {real} "$@";; *) exec {real} "$@";; esac\n'
    )
    wrapper.chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setenv("PATH", f"{wrapper.parent}:/usr/local/bin:/usr/bin:/bin")
        yield counted


def create(tree: Path, files: int) -> None:
    (tree / "new").mkdir()
    for number in range(files):
        (tree / f"new/f{number}").write_text(f"{number}\n")


def link(tree: Path, files: int) -> None:
    for number in range(files):
        (tree / f"old/l{number}").symlink_to("f0")


def change(tree: Path, files: int) -> None:
    for number in range(files):
        (tree / f"old/f{number}").write_text("changed\n")


def change_under_attributes(tree: Path, files: int) -> None:
    (tree / ".gitattributes").write_text("*.png -text\n")
    change(tree, files)


def delete(tree: Path, files: int) -> None:
    for number in range(files):
        (tree / f"old/f{number}").unlink()


@pytest.mark.parametrize("act", [create, link, change, change_under_attributes, delete])
def test_a_snapshot_asks_git_no_more_often_the_more_files_there_are(
    tmp_path: Path, plan: Plan, home: Home, count: Count, act: Callable[[Path, int], None]
) -> None:
    repo = tmp_path / "project"
    make_repository(repo, {"kept": "", **{f"old/f{number}": f"{number}\n" for number in range(_MANY)}})
    taken: list[tuple[int, int]] = []
    with open_hub(repo, plan, home) as hub:
        workspace = Workspace(hub, "one")
        for files in (_FEW, _MANY):
            workspace.prepare(hub.base)
            act(workspace.tree, files)
            count.start()
            left = workspace.snapshot(hub.base)
            assert (len(left.changes) >= files, left.problems) == (True, ())
            taken.append(count.so_far())
            # Nor is the whole commit read into another index, which takes long where it has many files.
            assert "read-tree" not in count.runs.read_text().split()
    (few, few_asked), (many, many_asked) = taken
    assert 0 < many <= few
    # Objects are asked for some at a time, with a line that ends each time; of new links each is one.
    each = _MANY - _FEW if act is link else 0
    assert many_asked <= few_asked + each * 1.1


def test_the_folders_of_new_files_are_each_read_once(tmp_path: Path, plan: Plan, home: Home, count: Count) -> None:
    repo = tmp_path / "project"
    make_repository(repo)
    with open_hub(repo, plan, home) as hub:
        workspace = Workspace(hub, "one")
        workspace.prepare(hub.base)
        for number in range(_MANY):
            (workspace.tree / f"new/{number % 10}").mkdir(parents=True, exist_ok=True)
            (workspace.tree / f"new/{number % 10}/{number}.txt").write_text(f"{number}\n")
        count.start()
        assert len(workspace.snapshot(hub.base).changes) == _MANY
    _, asked = count.so_far()
    assert asked < 40
