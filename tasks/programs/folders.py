"""Folders that an agent had its hands on: looked through and removed without following links out of them."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path


class Damaged(Exception):
    """A folder is not as it was made, beyond what git mends: it must be made anew."""


def nested_repositories(tree: Path) -> Iterator[Path]:
    """Yield every `.git` below the top of a tree, whatever it is; links are not followed.

    Raises:
        Damaged: a folder cannot be read or written.
    """
    waiting = [os.fspath(tree)]
    while waiting:
        folder = waiting.pop()
        for entry in _entries(folder):
            if entry.name.lower() == ".git":
                if folder != os.fspath(tree):
                    yield Path(entry.path)
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            entries = list(found)
        sound = os.lstat(folder).st_mode & stat.S_IRWXU == stat.S_IRWXU
    except OSError as problem:
        raise Damaged(f"{folder} cannot be read: {problem}") from problem
    if not sound:
        raise Damaged(f"{folder} cannot be written")
    return entries


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder itself, and not a link to one."""
    return path.is_dir() and not path.is_symlink()


def leads_out(tree: Path, place: str) -> bool:
    """Return whether a place in a tree is behind a link, so that it may be anywhere."""
    return any((tree / parent).is_symlink() for parent in Path(place).parents)


def remove(path: Path) -> None:
    """Remove whatever is at a path, also what was made read-only; links are removed, not followed."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(mode):
        path.unlink()
        return
    try:
        shutil.rmtree(path)
    except PermissionError:
        make_writable(path)
        shutil.rmtree(path)


def make_writable(tree: Path) -> None:
    """Let the owner read, write and enter every folder of a tree; links are not followed."""
    tree.chmod(stat.S_IRWXU)
    for folder, names, _ in os.walk(tree):
        for name in names:
            inner = Path(folder, name)
            if not inner.is_symlink():
                # Before `os.walk` enters it.
                inner.chmod(stat.S_IRWXU)
