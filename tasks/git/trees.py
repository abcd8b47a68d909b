"""What is in git's trees, read as bytes: names are whatever a file system takes."""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tasks.git.client import Git, GitFailed

OBJECT_ID = re.compile(rb"[0-9a-f]{40}([0-9a-f]{24})?")
_DIFF = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")
_READ = ("cat-file", "--batch")
_END = secrets.token_hex(8).encode()
"""What no object is called, and no path ends in."""
_AT_ONCE = 60
"""Objects that are asked for in one go: the request fits into the smallest of pipes, so that writing it never waits."""
LINK, SUBMODULE, FOLDER = "120000", "160000", "40000"


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


Found = dict[bytes, Entry]
"""What a tree has under some names, by their paths."""
_Wanted = dict[bytes, tuple[list[bytes], "_Wanted"]]
"""The parts of paths that are looked for: which paths end there, and which parts come below."""


def show_path(path: bytes) -> str:
    """Return a path as text that can be printed; bytes that are no UTF-8 are written as escapes."""
    return path.decode(errors="backslashreplace")


def diff_trees(git: Git, old: str, new: str) -> dict[bytes, Difference]:
    """Return every path that two trees (or commits) hold differently; a rename is a path that went and one that came.

    Rename detection would hide that a path was deleted.
    """
    trees = (tree_of(git, old), tree_of(git, new))
    _, _, fields = _ask(git, *_DIFF, request=" ".join(trees).encode(), end=_END + b"\n").partition(b"\n")
    return _differences(fields)


def changes_since(git: Git, base: str, *tips: str) -> tuple[dict[bytes, Difference], ...]:
    """Return what each of some commits changed since `base`, as `diff_trees` does."""
    return tuple(diff_trees(git, base, tip) for tip in tips)


def tree_of(git: Git, name: str) -> str:
    """Return the tree of a commit, or of a tree itself, by the id of either."""
    kind, content = read_object(git, name)
    return content[5 : content.index(b"\n")].decode() if kind == "commit" else name


def read_object(git: Git, oid: str) -> tuple[str, bytes]:
    """Return an object's kind and content.

    Raises:
        GitFailed: there is no such object.
    """
    header, _, rest = _ask(git, *_READ, request=oid.encode(), end=_END + b" missing\n").partition(b"\n")
    if header.endswith(b" missing"):
        raise GitFailed(("git", *_READ), 128, header.decode(errors="replace"))
    _, kind, size = header.split(b" ")
    return kind.decode(), rest[: int(size)]


def list_names(git: Git, tree: str) -> list[bytes]:
    """Return every path of a tree, submodules too."""
    return git.run("ls-tree", "-r", "-z", "--name-only", tree).out.split(b"\0")[:-1]


def read_objects(git: Git, oids: Iterable[str]) -> Mapping[str, tuple[str, bytes]]:
    """Return the kind and content of some objects, by their ids: asked many at a time, however many there are.

    Raises:
        GitFailed: there is no such object.
    """
    asked = list(dict.fromkeys(oids))
    found: dict[str, tuple[str, bytes]] = {}
    for at in range(0, len(asked), _AT_ONCE):
        request = "\n".join(asked[at : at + _AT_ONCE]).encode()
        found |= _parse_objects(_ask(git, *_READ, request=request, end=_END + b" missing\n"))
    return found


def _parse_objects(answer: bytes) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Read `(id SP kind SP size LF content LF)*`."""
    at = 0
    while at < len(answer):
        line = answer.index(b"\n", at)
        header = answer[at:line].decode(errors="replace")
        if header.endswith(" missing"):
            raise GitFailed(("git", *_READ), 128, header)
        oid, kind, size = header.split(" ")
        at = line + 1 + int(size) + 1
        yield oid, (kind, answer[line + 1 : at - 1])


def read_blobs(git: Git, oids: Iterable[str]) -> Mapping[str, bytes]:
    """Return the contents of some blobs, by their ids."""
    return {oid: content for oid, (_, content) in read_objects(git, oids).items()}


def look_up(git: Git, name: str, paths: Iterable[bytes], fold: Callable[[bytes], bytes] = bytes) -> dict[bytes, Found]:
    """Give, for every of some paths, what a tree (or commit) has there, by the names that it has in it.

    Each folder on the way is read once, those that are equally deep together: what it takes grows with the paths and
    the size of their folders, and not with their product.

    Args:
        git: git on the repository.
        name: the tree, or a commit.
        paths: the paths.
        fold: names are the same when this gives the same for them; by default when they are equal.
    """
    wanted: _Wanted = {}
    found: dict[bytes, Found] = {path: {} for path in paths}
    for path in found:
        _want(wanted, path, [fold(part) for part in path.split(b"/")])
    # What is wanted of folders that are one when they are folded, with each of these folders.
    level: list[tuple[_Wanted, list[tuple[bytes, str]]]] = [(wanted, [(b"", tree_of(git, name))])]
    while level:
        trees = read_objects(git, (oid for _, folders in level for _, oid in folders))
        below: list[tuple[_Wanted, list[tuple[bytes, str]]]] = []
        for wants, folders in level:
            here = _named(trees, folders, wants, fold)
            for part, (asked, deeper) in wants.items():
                entries = here.get(part, {})
                found |= dict.fromkeys(asked, entries)
                inner = [(path + b"/", entry.oid) for path, entry in entries.items() if entry.mode == FOLDER]
                if deeper and inner:
                    below.append((deeper, inner))
        level = below
    return found


def folders_above(paths: Iterable[bytes]) -> set[bytes]:
    """Return all folders above some paths, the top, whose name is empty, included."""
    folders: set[bytes] = set()
    for path in paths:
        folder = path.rpartition(b"/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition(b"/")[0]
    return folders


def names_above(paths: Iterable[bytes], name: bytes) -> list[bytes]:
    """Return the paths that files of one name have in all folders above some paths."""
    return sorted(folder + b"/" + name if folder else name for folder in folders_above(paths))


def is_file(entry: Entry) -> bool:
    """Return whether what a tree has is a file, no link and no folder."""
    return entry.mode.startswith("100")


def _want(wanted: "_Wanted", path: bytes, parts: Sequence[bytes]) -> None:
    """Note that a path, of these parts, is to be looked for."""
    for part in parts[:-1]:
        wanted = wanted.setdefault(part, ([], {}))[1]
    wanted.setdefault(parts[-1], ([], {}))[0].append(path)


def _named(
    trees: Mapping[str, tuple[str, bytes]],
    folders: Iterable[tuple[bytes, str]],
    wants: "_Wanted",
    fold: Callable[[bytes], bytes],
) -> dict[bytes, Found]:
    """Return what some folders have of what is wanted of them, by the folded names."""
    here: dict[bytes, Found] = {}
    for prefix, oid in folders:
        for mode, name, entry in _entries(trees[oid][1], len(oid) // 2):
            part = fold(name)
            if part in wants:
                here.setdefault(part, {})[prefix + name] = Entry(mode.decode(), entry.hex())
    return here


def _entries(content: bytes, width: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield mode, name and id of all that a tree holds: `mode SP name NUL id`, the id of `width` bytes, one by one."""
    at = 0
    while at < len(content):
        zero = content.index(b"\0", at)
        mode, _, name = content[at:zero].partition(b" ")
        at = zero + 1 + width
        yield mode, name, content[zero + 1 : at]


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
