"""What is in git's trees, read as bytes: names are whatever a file system takes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tasks.git import Git

OBJECT_ID = re.compile(rb"[0-9a-f]{40}([0-9a-f]{24})?")
LINK, SUBMODULE = "120000", "160000"


@dataclass(frozen=True)
class Entry:
    """One path of a tree: its mode and object; None in place of it means that there is no such path."""

    mode: str
    oid: str


@dataclass(frozen=True)
class Difference:
    """One path that two trees hold differently."""

    old: Entry | None
    new: Entry | None


def show_path(path: bytes) -> str:
    """Give a path as text that can be printed; bytes that are no UTF-8 are written as escapes."""
    return path.decode(errors="backslashreplace")


def diff_trees(git: Git, old: str, new: str) -> dict[bytes, Difference]:
    """Give every path that two trees (or commits) hold differently; a rename is a path that went and one that came.

    Rename detection would hide that a path was deleted.
    """
    fields = git.run("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new).out.split(b"\0")
    return {path: _difference(meta.decode()) for meta, path in zip(fields[0:-1:2], fields[1::2], strict=True)}


def changes_since(git: Git, base: str, *tips: str) -> tuple[dict[bytes, Difference], ...]:
    """Give what each of some commits changed since `base`, as `diff_trees` does, in one command."""
    asked = "".join(f"{tip} {base}\n" for tip in tips).encode()
    stream = git.run("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", stdin=asked).out
    fields = iter(stream.split(b"\0")[:-1])
    found: dict[str, dict[bytes, Difference]] = {tip: {} for tip in tips}
    tip = ""
    for field in fields:
        if field.startswith(b":"):
            found[tip][next(fields)] = _difference(field.decode())
        else:
            tip = field.decode()
    return tuple(found[tip] for tip in tips)


def list_names(git: Git, tree: str) -> list[bytes]:
    """Give every path of a tree, submodules too."""
    return git.run("ls-tree", "-r", "-z", "--name-only", tree).out.split(b"\0")[:-1]


def read_blobs(git: Git, oids: Iterable[str]) -> Mapping[str, bytes]:
    """Give the contents of some blobs, by their ids, in one command."""
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return {}
    stream = git.run("cat-file", "--batch", stdin="\n".join(wanted).encode()).out
    found: dict[str, bytes] = {}
    at = 0
    for oid in wanted:
        line_end = stream.index(b"\n", at)
        size = int(stream[at:line_end].split(b" ")[2])
        found[oid] = stream[line_end + 1 : line_end + 1 + size]
        at = line_end + 1 + size + 1
    return found


def _difference(meta: str) -> Difference:
    old_mode, new_mode, old_oid, new_oid, _status = meta.removeprefix(":").split(" ")
    old = None if old_mode == "000000" else Entry(old_mode, old_oid)
    new = None if new_mode == "000000" else Entry(new_mode, new_oid)
    return Difference(old, new)
