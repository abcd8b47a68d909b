"""Workspaces: plain folders that hold one commit each, for an agent or for checks to work in.

git never runs inside of them: the hub's git is told where the folder is, and keeps its index beside it. So nothing that
an agent leaves in the folder, `.git` included, is ever read as configuration or run.
"""

import os
import queue
import re
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tasks.agent_git import agent_messages, make_agent_git
from tasks.folders import Damaged, is_folder, make_writable, nested_repositories, remove
from tasks.gist import gist
from tasks.git import GitFailed, disk_errors
from tasks.hub import Hub
from tasks.snapshot import Snapshot, compare
from tasks.trees import show_path, tree_of

_SIGNALLED_TRIES = 3
_SET_ASIDE = "git-of-the-agent"
_MOST_IGNORED = 20
_TREE = re.compile(r"tree-[1-9][0-9]*")
_SET_ASIDE_FOLDER = "set-aside"
_LEFT_ALONE, _TREE_NAME = "left-alone", "tree-name"


def _tree_name(folder: Path) -> str:
    """Give what the tree of a workspace is called: `tree`, but where an older one has to be left alone."""
    try:
        name = (folder / _TREE_NAME).read_text()
    except (OSError, UnicodeDecodeError):
        return "tree"
    return name if _TREE.fullmatch(name) else "tree"


class Workspace:
    """The folder of one track (or of one check at a time); used by one caller at a time, and disposable.

    Attributes:
        tree: the work tree, which the agent gets as its current directory.
        index: the hub's index of it, beside it.
        note: a file beside it that says which attempt is at work, kept by `tasks.rescue`.
    """

    def __init__(self, hub: Hub, name: str, *, kind: str = "tracks") -> None:
        self.hub = hub
        self.folder: Path = hub.work / kind / name
        self.tree = self.folder / _tree_name(self.folder)
        self.index = self.folder / "index"
        self.note = self.folder / "attempt.json"
        self._env = {"GIT_WORK_TREE": str(self.tree), "GIT_INDEX_FILE": str(self.index)}

    def take_over(self, other: "Workspace") -> bool:
        """Have the folder of a workspace that nobody needs any more; `prepare` recycles it. False: nothing was done.

        Where this one has a folder of its own it stays, with what a killed attempt may have left in it.
        """
        if os.path.lexists(self.folder):
            return False
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            other.folder.rename(self.folder)
        except OSError:
            return False
        self._stand_in(_tree_name(self.folder))
        return True

    def leave_alone(self) -> None:
        """Let nobody else have the tree: something may still write into it. The next `prepare` makes another one."""
        with disk_errors(str(self.folder)):
            (self.folder / _LEFT_ALONE).touch()

    def set_aside(self) -> Path:
        """Move the folder out of the way, with all that is in it, and give where it is now."""
        aside = self.hub.work / _SET_ASIDE_FOLDER / f"{self.folder.name}-{time.time_ns()}"
        with disk_errors(str(aside)):
            aside.parent.mkdir(parents=True, exist_ok=True)
            self.folder.rename(aside)
        self._stand_in(_tree_name(self.folder))
        return aside

    def _stand_in(self, name: str) -> None:
        self.tree = self.folder / name
        self._env = {"GIT_WORK_TREE": str(self.tree), "GIT_INDEX_FILE": str(self.index)}

    def _move_on(self) -> None:
        """Stand in a tree by another name, where the one before has to be left alone."""
        mark = self.folder / _LEFT_ALONE
        if not mark.exists():
            return
        _, _, number = self.tree.name.partition("-")
        name = f"tree-{int(number or 1) + 1}"
        (self.folder / _TREE_NAME).write_text(name)
        mark.unlink()
        self._stand_in(name)

    def prepare(self, commit: str) -> None:
        """Make the tree exactly `commit`, with nothing else in it, not even ignored files, and a new `.git`.

        What was there is lost: `tasks.rescue.salvage` keeps it. A folder in good order is recycled, which is many times
        faster than a new one; anything else is made anew.

        Raises:
            GitFailed: the hub cannot give the commit.
            DiskFull: a disk is full.
        """
        with disk_errors(str(self.folder)):
            self._unlock()
            self._move_on()
            try:
                self._recycle(commit)
            except (Damaged, GitFailed, OSError):
                self._rebuild(commit)
            make_agent_git(self.hub.git, self.tree, self.index, commit)

    def snapshot(self, parent: str) -> Snapshot:
        """Give what the tree is now as a tree of the hub, compared to the commit it was prepared with.

        No process may be writing into it any more. What git cannot read or store is among the problems; the rest is in
        the tree all the same, so that it can be rescued.
        """
        if not is_folder(self.tree):
            return Snapshot(
                tree_of(self.hub.git, parent), (), ("the workspace was removed, or replaced by something else",)
            )
        self._unlock()
        problems = self._set_nested_aside()
        if not self.index.is_file():
            self._remake_index(parent)
        unstored = self._add_all()
        try:
            tree = self.hub.git.text("write-tree", env=self._env)
        except GitFailed:
            self._remake_index(parent)
            unstored = self._add_all()
            tree = self.hub.git.text("write-tree", env=self._env)
        return compare(self.hub.git, parent, tree, [*problems, *unstored])

    def ignored(self) -> tuple[str, ...]:
        """Give some of the files and folders in the tree that git ignores."""
        options = ("-z", "--others", "--ignored", "--exclude-standard", "--directory")
        listed = self.hub.git.run("ls-files", *options, env=self._env).out.split(b"\0")[:-1]
        return tuple(show_path(path) for path in listed[:_MOST_IGNORED])

    def agent_messages(self, parent: str) -> tuple[str, ...]:
        """Give the messages of the commits that the agent made by itself on top of `parent`, oldest first."""
        return agent_messages(self.hub.git, self.tree, parent)

    def _unlock(self) -> None:
        """Remove the lock of a git that died; the plan's lock says that none is alive."""
        self.index.with_name("index.lock").unlink(missing_ok=True)

    def _recycle(self, commit: str) -> None:
        if not is_folder(self.folder) or not is_folder(self.tree) or not self.index.is_file():
            raise Damaged(f"{self.tree} is missing")
        remove(self.tree / ".git")
        for place in self.hub.gitlinks:
            remove(self.tree / place)
        for repository in nested_repositories(self.tree):
            remove(repository)
        self.hub.git.run("clean", "-ffdxq", env=self._env)
        self.hub.git.run("read-tree", "--reset", "-u", commit, env=self._env)

    def _rebuild(self, commit: str) -> None:
        if not is_folder(self.folder):
            remove(self.folder)
        elif self.folder.exists():
            make_writable(self.folder)
        remove(self.tree)
        remove(self.index)
        self._unlock()
        self.tree.mkdir(parents=True)
        self.hub.git.run("read-tree", "-m", "-u", commit, env=self._env)

    def _remake_index(self, commit: str) -> None:
        """Make the index anew, as of a commit: it was lost or broken, which must not lose what is in the tree."""
        remove(self.index)
        self.hub.git.run("read-tree", commit, env=self._env)

    def _set_nested_aside(self) -> list[str]:
        """Rename the `.git` of every nested repository: git would store just its id in place of what is in it."""
        known = {self.tree / place / ".git" for place in self.hub.gitlinks}
        problems: list[str] = []
        try:
            found = list(nested_repositories(self.tree))
        except Damaged as problem:
            problems.append(str(problem))
            make_writable(self.tree)
            found = list(nested_repositories(self.tree))
        for repository in found:
            if repository not in known:
                problems.append(f"{str(repository.parent.relative_to(self.tree))!r} is a git repository of its own")
                repository.rename(repository.with_name(_SET_ASIDE))
        return problems

    def _add_all(self) -> list[str]:
        """Bring the index to what is in the tree, apart from submodules; give what git could not add."""
        kept = [f":(exclude,top,literal){place}" for place in self.hub.gitlinks]
        for left in reversed(range(_SIGNALLED_TRIES)):
            try:
                self.hub.git.run(
                    "add", "-A", "--ignore-errors", "--no-warn-embedded-repo", "--", ":/", *kept, env=self._env
                )
            except GitFailed as problem:
                self._unlock()
                # A file that is cut short while git reads it ends git with SIGBUS.
                if problem.code < 0 and left:
                    continue
                return [f"git cannot store everything: {gist(problem.tail)}"]
            break
        return []


class Pool:
    """Workspaces for checks, made as they are needed and used again and again."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._free: queue.LifoQueue[Workspace] = queue.LifoQueue()
        self._made = 0
        self._making = threading.Lock()

    @contextmanager
    def lease(self, commit: str) -> Generator[Workspace]:
        """Have a workspace that is exactly `commit`, for the caller alone; it goes back at the end."""
        workspace = self._take()
        try:
            workspace.prepare(commit)
            yield workspace
        finally:
            self._free.put(workspace)

    def _take(self) -> Workspace:
        try:
            return self._free.get_nowait()
        except queue.Empty:
            with self._making:
                self._made += 1
                return Workspace(self._hub, str(self._made), kind="checks")
