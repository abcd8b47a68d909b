"""Workspaces: plain folders that hold one commit each, for an agent or for checks to work in.

git never runs inside of them: the hub's git is told where the folder is, and keeps its index beside it. So nothing that
an agent leaves in the folder, `.git` included, is ever read as configuration or run.
"""

import os
import queue
import re
import threading
import time
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tasks.gist import gist
from tasks.git.client import GitFailed, disk_errors
from tasks.git.trees import SUBMODULE, show_path, tree_of
from tasks.hub.content import content_digest
from tasks.hub.hub import Hub
from tasks.programs.folders import Damaged, is_folder, leads_out, make_writable, nested_repositories, remove
from tasks.workspace.agent_git import agent_messages, make_agent_git
from tasks.workspace.snapshot import Snapshot, compare
from tasks.workspace.submodules import Verdict, fill, judge, pointers
from tasks.workspace.untouched import without_untouched

_SIGNALLED_TRIES = 3
_SET_ASIDE = "git-of-the-agent"
_MOST_IGNORED = 20
_TREE = re.compile(r"tree-[1-9][0-9]*")
_SET_ASIDE_FOLDER = "set-aside"
_LEFT_ALONE, _TREE_NAME = "left-alone", "tree-name"


def _tree_name(folder: Path) -> str:
    """Return what the tree of a workspace is called: `tree`, but where an older one has to be left alone."""
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
        note: a file beside it that says which attempt is at work, kept by `tasks.workspace.rescue`.
    """

    def __init__(self, hub: Hub, name: str, *, kind: str = "tracks") -> None:
        self.hub = hub
        self.folder: Path = hub.work / kind / name
        self.tree = self.folder / _tree_name(self.folder)
        self.index = self.folder / "index"
        self.note = self.folder / "attempt.json"
        self._indexes = self.folder / "modules"
        self._made_with = self.folder / "made-with"
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

        What was there is lost: `rescue.salvage` keeps it. A folder in good order is recycled, which is many times
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
            fill(self.hub.git, self.tree, self._indexes, commit, self.hub.gitlinks)

    def snapshot(self, parent: str) -> Snapshot:
        """Return what the tree is now as a tree of the hub, compared to the commit it was prepared with.

        No process may be writing into it any more. What git cannot read or store is among the problems; the rest is in
        the tree all the same, so that it can be rescued.
        """
        if not is_folder(self.tree):
            return Snapshot(
                tree_of(self.hub.git, parent), (), ("the workspace was removed, or replaced by something else",)
            )
        self._unlock()
        nested = self._nested()
        modules = judge(self.hub.git, self.tree, self._indexes, pointers(self.hub.git, parent, self.hub.gitlinks))
        problems = [verdict.problem for verdict in modules if verdict.problem]
        problems += self._set_aside(nested, modules)
        if not self.index.is_file():
            self._remake_index(parent)
        unstored = self._add_all(modules)
        try:
            tree = self.hub.git.text("write-tree", env=self._env)
        except GitFailed:
            self._remake_index(parent)
            unstored = self._add_all(modules)
            tree = self.hub.git.text("write-tree", env=self._env)
        tree = without_untouched(self.hub.git, self._env, parent, tree)
        return compare(self.hub.git, parent, tree, [*problems, *unstored])

    def ignored(self) -> tuple[str, ...]:
        """Return some of the files and folders in the tree that git ignores."""
        options = ("-z", "--others", "--ignored", "--exclude-standard", "--directory")
        listed = self.hub.git.run("ls-files", *options, env=self._env).out.split(b"\0")[:-1]
        return tuple(show_path(path) for path in listed[:_MOST_IGNORED])

    def agent_messages(self, parent: str) -> tuple[str, ...]:
        """Return the messages of the commits that the agent made by itself on top of `parent`, oldest first."""
        return agent_messages(self.hub.git, self.tree, parent)

    def _unlock(self) -> None:
        """Remove the lock of a git that died; the plan's lock says that none is alive."""
        self.index.with_name("index.lock").unlink(missing_ok=True)

    def _recycle(self, commit: str) -> None:
        if not is_folder(self.folder) or not is_folder(self.tree) or not self.index.is_file():
            raise Damaged(f"{self.tree} is missing")
        if not self._made_with.is_file() or self._made_with.read_text() != content_digest(self.hub.git):
            raise Damaged(f"{self.tree} was checked out with other settings")
        remove(self.tree / ".git")
        for place in self.hub.gitlinks:
            if not leads_out(self.tree, place):
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
        self._made_with.write_text(content_digest(self.hub.git))

    def _remake_index(self, commit: str) -> None:
        """Make the index anew, as of a commit: it was lost or broken, which must not lose what is in the tree."""
        remove(self.index)
        self.hub.git.run("read-tree", commit, env=self._env)

    def _nested(self) -> list[Path]:
        try:
            return list(nested_repositories(self.tree))
        except Damaged:
            # Git stores no modes of folders, but could not look into them.
            make_writable(self.tree)
            return list(nested_repositories(self.tree))

    def _set_aside(self, nested: Sequence[Path], modules: Sequence[Verdict]) -> list[str]:
        """Rename the `.git` of nested repositories: git would store just its id in place of what is in it.

        What git ignores is not stored at all, so the repositories in it (builds make such) are no matter; those of
        submodules stay, unless their files are to be stored.
        """
        sound = [self.tree / verdict.place for verdict in modules if verdict.commit]
        outside = (path for path in nested if not any(path.is_relative_to(place) for place in sound))
        named = {os.fsencode(path.parent.relative_to(self.tree)): path for path in outside}
        places = {os.fsencode(verdict.place) for verdict in modules}
        for name in self._ignored_of(named.keys() - places):
            del named[name]
        for repository in named.values():
            repository.rename(repository.with_name(_SET_ASIDE))
        return [f"{show_path(name)!r} is a git repository of its own" for name in named if name not in places]

    def _ignored_of(self, names: Collection[bytes]) -> list[bytes]:
        """Return those of some folders that git ignores."""
        if not names:
            return []
        asked = b"".join(name + b"\0" for name in names)
        told = self.hub.git.run("check-ignore", "-z", "--stdin", env=self._env, stdin=asked, ok=(0, 1))
        return told.out.split(b"\0")[:-1]

    def _add_all(self, modules: Sequence[Verdict]) -> list[str]:
        """Bring the index to what is in the tree, and submodules to where they point; give what git could not add."""
        places = [(verdict.place, verdict.commit) for verdict in modules]
        lines = (f"{SUBMODULE if commit else 0} {commit or self.hub.absent}\t{place}\0" for place, commit in places)
        if modules:
            stored = "".join(lines).encode(errors="surrogateescape")
            self.hub.git.run("update-index", "-z", "--index-info", env=self._env, stdin=stored)
        kept = [f":(exclude,top,literal){place}" for place, commit in places if commit]
        # Many files reach the disk together, which takes a fraction of the time that each by itself does.
        git = self.hub.git.with_config({"core.fsyncMethod": "batch"})
        for left in reversed(range(_SIGNALLED_TRIES)):
            try:
                git.run("add", "-A", "--ignore-errors", "--no-warn-embedded-repo", "--", ":/", *kept, env=self._env)
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
