"""What an attempt left: the changed paths, and what about them must not be committed."""

import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tasks.git.client import Git
from tasks.git.trees import (
    LINK,
    SUBMODULE,
    Difference,
    diff_trees,
    folders_above,
    list_names,
    look_up,
    read_blobs,
    show_path,
)

ChangeKind = Literal["created", "modified", "deleted"]

MASS_DELETION = 10
"""A tree of more files than these that is left empty was wiped, not edited."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HFS_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_DOT_GIT = re.compile(r"(\.git|git~[0-9])[ .]*(:.*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """One path that an attempt changed. A rename is two: one deleted, one created."""

    path: str
    kind: ChangeKind
    old_mode: str | None
    new_mode: str | None


@dataclass(frozen=True)
class Snapshot:
    """A workspace as a tree in the hub.

    Attributes:
        tree: the tree; everything that git could read is in it, also when there are problems.
        changes: what differs from the commit the attempt started from, in git's order.
        problems: why it must not be committed, a line each; empty when nothing speaks against it.
    """

    tree: str
    changes: tuple[Change, ...]
    problems: tuple[str, ...] = ()


def compare(git: Git, parent: str, tree: str, problems: Iterable[str] = ()) -> Snapshot:
    """Judge a tree by what it changes of `parent`.

    Args:
        git: git on the hub.
        parent: the commit that the attempt started from.
        tree: what it left.
        problems: what is known to be wrong already.
    """
    differences = diff_trees(git, parent, tree)
    changes = tuple(_change(path, difference) for path, difference in differences.items())
    found = [
        *problems,
        *_bad_names(differences),
        *_bad_entries(git, differences),
        *_collisions(git, parent, tree, differences),
    ]
    deleted = sum(change.kind == "deleted" for change in changes)
    if deleted == len(changes) > MASS_DELETION and not list_names(git, tree):
        found.append(f"every file of the repository was deleted ({deleted})")
    return Snapshot(tree, changes, tuple(dict.fromkeys(found)))


def bad_name(path: str) -> str | None:
    """Say why a new path must not be committed, or None: some names do harm, or cannot be made, on other systems."""
    if "\\x" in path or "\\" in path:
        return "has a backslash, or is not UTF-8"
    if _CONTROL.search(path):
        return "has control characters"
    parts = _HFS_IGNORED.sub("", path).split("/")
    return "is `.git` on other file systems" if any(_DOT_GIT.fullmatch(part) for part in parts) else None


def leaves_repository(path: str, target: str) -> bool:
    """Return whether a symbolic link at `path` points out of the repository, or into its `.git`."""
    if target.startswith("/"):
        return True
    parts = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)).split("/")
    return parts[0] == ".." or parts[0].lower() == ".git"


def _change(path: bytes, difference: Difference) -> Change:
    kind: ChangeKind = "created" if difference.old is None else "deleted" if difference.new is None else "modified"
    old, new = difference.old, difference.new
    return Change(show_path(path), kind, old.mode if old else None, new.mode if new else None)


def _bad_names(differences: Mapping[bytes, Difference]) -> Iterator[str]:
    for path, difference in differences.items():
        why = bad_name(show_path(path)) if difference.old is None else None
        if why:
            yield f"{show_path(path)!r} {why}"


def _bad_entries(git: Git, differences: Mapping[bytes, Difference]) -> Iterator[str]:
    links: dict[bytes, str] = {}
    for path, difference in differences.items():
        modes = [entry.mode for entry in (difference.old, difference.new) if entry]
        # One that was there may be moved or removed.
        if difference.new and SUBMODULE in modes and modes != [SUBMODULE] * 2:
            yield f"{show_path(path)!r} is a submodule, or a git repository of its own"
        if difference.new and difference.new.mode == LINK:
            links[path] = difference.new.oid
    targets = read_blobs(git, links.values())
    for path, oid in links.items():
        target = targets[oid].decode(errors="backslashreplace")
        if leaves_repository(show_path(path), target):
            yield f"{show_path(path)!r} is a symbolic link that leaves the repository, to {target!r}"


def _collisions(git: Git, parent: str, tree: str, differences: Mapping[bytes, Difference]) -> Iterator[str]:
    """Find new paths that are the same name as another on file systems that fold case or compose letters."""
    created = [path for path, difference in differences.items() if difference.old is None]
    new = Counter(_folded(path) for path in (*created, *folders_above(created)))
    # Folders that are new as well need not be read: all that is in them is among the new paths.
    before = look_up(git, parent, created, _folded) if created else {}
    suspects = [path for path in created if before[path] or new[_folded(path)] > 1]
    found = look_up(git, tree, suspects, _folded) if suspects else {}
    for path in suspects:
        # One is enough to tell of: of many that are the same, each is the same as all others.
        other = next((other for other in found[path] if other != path), None)
        if other is not None:
            yield f"{show_path(path)!r} and {show_path(other)!r} are one file on some systems"


def _folded(path: bytes) -> bytes:
    if path.isascii():
        return path.lower()
    return (
        unicodedata.normalize("NFC", path.decode(errors="surrogateescape")).casefold().encode(errors="surrogateescape")
    )
