"""What is in git's trees, read as bytes: names are whatever a file system takes."""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tasks.git.client import Git, GitFailed

OBJECT_ID = re.compile(rb"[0-9a-f]{40}([0-9a-f]{24})?")
_DIFF = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")
_READ = ("cat-file", "--batch")
_END = secrets.token_hex(8).encode()
"""What no object is called, and no path ends in."""
_FOLDER = b"40000"
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
    trees = (tree_of(git, old), tree_of(git, new))
    _, _, fields = _ask(git, *_DIFF, request=" ".join(trees).encode(), end=_END + b"\n").partition(b"\n")
    return _differences(fields)


def changes_since(git: Git, base: str, *tips: str) -> tuple[dict[bytes, Difference], ...]:
    """Give what each of some commits changed since `base`, as `diff_trees` does."""
    return tuple(diff_trees(git, base, tip) for tip in tips)


def tree_of(git: Git, name: str) -> str:
    """Give the tree of a commit, or of a tree itself, by the id of either."""
    kind, content = read_object(git, name)
    return content[5 : content.index(b"\n")].decode() if kind == "commit" else name


def read_object(git: Git, oid: str) -> tuple[str, bytes]:
    """Give an object's kind and content.

    Raises:
        GitFailed: there is no such object.
    """
    header, _, rest = _ask(git, *_READ, request=oid.encode(), end=_END + b" missing\n").partition(b"\n")
    if header.endswith(b" missing"):
        raise GitFailed(("git", *_READ), 128, header.decode(errors="replace"))
    _, kind, size = header.split(b" ")
    return kind.decode(), rest[: int(size)]


def list_names(git: Git, tree: str) -> list[bytes]:
    """Give every path of a tree, submodules too."""
    return git.run("ls-tree", "-r", "-z", "--name-only", tree).out.split(b"\0")[:-1]


def read_blobs(git: Git, oids: Iterable[str]) -> Mapping[str, bytes]:
    """Give the contents of some blobs, by their ids."""
    return {oid: read_object(git, oid)[1] for oid in dict.fromkeys(oids)}


def same_names(git: Git, tree: str, path: bytes, fold: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """Give every path of a tree, `path` included, that is the same when every part of it is folded."""
    part, _, rest = path.partition(b"/")
    for mode, name, oid in _entries(read_object(git, tree)[1], len(tree) // 2):
        if fold(name) == fold(part):
            if not rest:
                yield name
            elif mode == _FOLDER:
                yield from (name + b"/" + below for below in same_names(git, oid, rest, fold))


def _entries(content: bytes, width: int) -> Iterator[tuple[bytes, bytes, str]]:
    """Give mode, name and id of all that a tree holds: `mode SP name NUL id`, the id of `width` bytes, one by one."""
    at = 0
    while at < len(content):
        zero = content.index(b"\0", at)
        mode, _, name = content[at:zero].partition(b" ")
        at = zero + 1 + width
        yield mode, name, content[zero + 1 : at].hex()


def _ask(git: Git, *args: str, request: bytes, end: bytes) -> bytes:
    """Ask one line and then another that means nothing, whose echo ends the answer; give what is before it."""
    return git.ask(*args, request=request + b"\n" + _END + b"\n", end=end).removesuffix(end)


def _differences(fields: bytes) -> dict[bytes, Difference]:
    parts = fields.split(b"\0")
    return {path: _difference(meta.decode()) for meta, path in zip(parts[0:-1:2], parts[1::2], strict=True)}


def _difference(meta: str) -> Difference:
    old_mode, new_mode, old_oid, new_oid, _status = meta.removeprefix(":").split(" ")
    old = None if old_mode == "000000" else Entry(old_mode, old_oid)
    new = None if new_mode == "000000" else Entry(new_mode, new_oid)
    return Difference(old, new)
