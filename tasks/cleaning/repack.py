"""Packing a hub: loose objects become a pack, and many small packs one. No object is ever lost by it.

Safe beside runs that work on the hub: a pack is whole and on the disk before what it stands for goes, and every git
that misses an object looks for new packs. What nothing reaches is packed like the rest, since the workspaces' indexes,
a killed run's last commit or an agent's `.git` may name it; so `git gc`, which prunes, and `git repack -d`, which drops
what it takes for garbage, are not used, and git refuses them on a hub (`extensions.preciousObjects`).
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from plans.text.plural import counted
from tasks.cleaning.choice import Packable, roll_up
from tasks.errors import TaskError
from tasks.git.client import Git
from tasks.git.file_lock import opened
from tasks.hub.guard import guarded

_FAN = re.compile(r"[0-9a-f]{2}")
_REST = re.compile(r"[0-9a-f]{38}|[0-9a-f]{62}")
_PACK = re.compile(r"pack-(?:[0-9a-f]{40}|[0-9a-f]{64})\.pack")
_PACK_S = 3 * 3600.0
_ENDINGS = (".pack", ".rev", ".bitmap", ".idx")
"""In the order in which they go: without its pack an index is passed over, and the next packing removes it."""


class PackLost(TaskError):
    """A new pack does not hold all that it should; the old ones stay."""

    def __init__(self, hub: Path, missing: int) -> None:
        super().__init__(
            f"the pack of {hub} lacks {counted(missing, 'object')} that it was made of: nothing was removed"
        )


@dataclass(frozen=True)
class Packed:
    """What a packing did."""

    loose: int
    """Objects that were files of their own."""
    packs: int
    """Packs that are one now."""
    bytes_before: int
    bytes_after: int


def packable(hub: Path) -> Packable | None:
    """Return what there is to pack; nothing is changed. None: nothing."""
    loose, packs = len(_loose(hub)), len(_small_packs(hub))
    return Packable(hub.name.removesuffix(".git"), loose, packs) if loose or packs else None


def pack(hub: Path) -> Packed | None:
    """Pack a hub, beside whatever works on it; None: somebody else is packing it.

    Killed at any time it leaves every object where git finds it, and done again it goes on.

    Raises:
        GitFailed: git cannot read what is there; all of it stays.
        PackLost: as it says.
    """
    with opened(hub / "planwave/repack.lock") as mine, opened(hub / "planwave/hub.lock") as shared:
        if not mine.try_exclusive():
            return None
        # So that no run that starts takes the pack that is being written for a leftover.
        shared.share()
        git = guarded(Git(hub, lock_fds=(mine.fd, shared.fd)))
        before = _own_bytes(hub)
        loose = _pack_loose(git)
        packs = _join_packs(git)
        return Packed(loose, packs, before, _own_bytes(hub))


def _pack_loose(git: Git) -> int:
    """Pack loose objects, and remove the files of those that a pack is seen to hold.

    `git prune-packed` would remove empty folders too, in which a git beside it may be about to write.
    """
    loose = _loose(git.git_dir)
    if not loose:
        return 0
    names = "".join(f"{name}\n" for name in loose).encode()
    command = ("pack-objects", "-q", "--incremental", _packs_of(git))
    made = git.run(*command, stdin=names, timeout_s=_PACK_S).text.split()
    packed = _objects(git, [f"pack-{name}.pack" for name in made])
    if not packed.issuperset(loose):
        # A packing was killed before it removed them.
        packed |= _objects(git, [name for name, _ in _own_packs(git.git_dir)])
    gone = [name for name in loose if name in packed]
    for name in gone:
        (git.git_dir / "objects" / name[:2] / name[2:]).unlink(missing_ok=True)
    return len(gone)


def _join_packs(git: Git) -> int:
    hub = git.git_dir
    _remove_lost_indexes(hub)
    old = _small_packs(hub)
    if not old:
        return 0
    listed = "".join(f"{name}\n" for name in old).encode()
    made = git.run("pack-objects", "-q", "--stdin-packs", _packs_of(git), stdin=listed, timeout_s=_PACK_S).text.split()
    new = [f"pack-{name}.pack" for name in made]
    lost = _objects(git, old) - _objects(git, new)
    if lost:
        raise PackLost(hub, len(lost))
    for name in old:
        if name not in new:
            for ending in _ENDINGS:
                (hub / "objects/pack" / name).with_suffix(ending).unlink(missing_ok=True)
    return len(old)


def _packs_of(git: Git) -> str:
    return str(git.git_dir / "objects/pack/pack")


def _objects(git: Git, packs: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for name in packs:
        index = (git.git_dir / "objects/pack" / name).with_suffix(".idx").read_bytes()
        found |= {line.split(" ", 2)[1] for line in git.text("show-index", stdin=index).splitlines()}
    return found


def _loose(hub: Path) -> list[str]:
    """Return every object that is a file of its own, by its id."""
    fans = (entry for entry in _entries(hub / "objects") if _FAN.fullmatch(entry.name))
    return sorted(
        fan.name + entry.name
        for fan in fans
        if fan.is_dir(follow_symlinks=False)
        for entry in _entries(Path(fan.path))
        if _REST.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
    )


def _small_packs(hub: Path) -> tuple[str, ...]:
    """Return the packs that should be one."""
    return roll_up(_own_packs(hub))


def _own_packs(hub: Path) -> list[tuple[str, int]]:
    """Return name and size of the packs that the hub has for itself, and that nothing else relies on.

    Those it shares with the user's repository, as links to the same files, cost nothing; of a partial clone, git has
    to know which pack came from the remote.
    """
    folder = hub / "objects/pack"
    entries = {entry.name: entry for entry in _entries(folder)}
    if any(name.endswith(".promisor") for name in entries):
        return []
    index = folder / "multi-pack-index"
    indexed = index.read_bytes() if index.is_file() else b""
    return [
        (name, stat.st_size)
        for name, entry in entries.items()
        if _PACK.fullmatch(name) and (stat := entry.stat(follow_symlinks=False)).st_nlink == 1
        if name.replace(".pack", ".idx") in entries and name.replace(".pack", ".keep") not in entries
        if name.replace(".pack", ".idx").encode() not in indexed
    ]


def _remove_lost_indexes(hub: Path) -> None:
    """Remove the indexes of packs that are gone, as a kill leaves them: git writes a pack before its index."""
    for entry in _entries(hub / "objects/pack"):
        path = Path(entry.path)
        if path.suffix in {".idx", ".rev"} and _PACK.fullmatch(f"{path.stem}.pack"):
            pack_file = path.with_suffix(".pack")
            if not pack_file.exists():
                path.unlink(missing_ok=True)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def _own_bytes(hub: Path) -> int:
    """Return what the objects take on the disk that no other repository has too."""
    total = 0
    for folder, _, names in os.walk(hub / "objects"):
        for name in names:
            try:
                stat = os.lstat(os.path.join(folder, name))  # noqa: PTH118 - thousands of them
            except FileNotFoundError:
                continue
            total += stat.st_blocks * 512 if stat.st_nlink == 1 else 0
    return total
