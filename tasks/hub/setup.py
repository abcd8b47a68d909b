"""Making a hub, cleaning up after killed processes, and what of the repository needs care."""

import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import RepositoryUnusable
from tasks.gist import gist
from tasks.git.client import Git, GitFailed
from tasks.git.file_lock import opened
from tasks.programs.folders import remove
from tasks.repository.user_filters import Filters, filters_for
from tasks.repository.user_repo import UserRepo

_CLONE_S = 3600.0
_GITLINK = re.compile(rb"\x00160000 commit [0-9a-f]+\t([^\x00]*)(?=\x00)")
_ATTRIBUTES = re.compile(rb"[\t/]\.gitattributes(?=\x00)")
# Precious objects are never deleted, not even by a person's `git gc --prune=now`: workspaces borrow them.
_SETTINGS = """
[core]
	repositoryFormatVersion = 1
	logAllRefUpdates = always
[extensions]
	preciousObjects = true
[gc]
	auto = 0
[maintenance]
	auto = false
"""


@dataclass(frozen=True)
class Features:
    """What of a commit needs care: its submodules, and the user's filters."""

    gitlinks: tuple[str, ...]
    filters: Filters


def make_hub(repo: UserRepo, hubs: Path, key: str) -> Path:
    """Return the hub of a repository, cloning it first when there is none; safe when killed, or done twice at once.

    A clone on the same disk links the objects in place of copying them, so it takes milliseconds. In any case the hub
    has all that it needs by itself: neither a rewrite of the user's history followed by a garbage collection takes that
    away, nor the end of a repository that the user's one borrows from.

    Raises:
        RepositoryUnusable: the repository cannot be cloned.
    """
    hub = hubs / f"{key}.git"
    if hub.is_dir():
        _own_objects(hub)
        return hub
    with opened(hubs / f".{key}.lock") as lock:
        lock.wait_exclusive()
        for leftover in hubs.glob(f".{key}.*.new"):
            shutil.rmtree(leftover)
        if not hub.is_dir():
            building = Path(tempfile.mkdtemp(prefix=f".{key}.", suffix=".new", dir=hubs))
            _clone(repo, building, (lock.fd,))
            building.rename(hub)
    return hub


def _own_objects(hub: Path) -> None:
    """Let a hub that borrows objects, as older ones may, have them by itself, while they can still be had."""
    borrowed = hub / "objects/info/alternates"
    if borrowed.exists():
        with suppress(GitFailed):
            Git(hub).run("repack", "-a", "-q", timeout_s=_CLONE_S)
            borrowed.unlink(missing_ok=True)


def _clone(repo: UserRepo, building: Path, lock_fds: tuple[int, ...]) -> None:
    """Clone by linking or copying the files of the objects; where git cannot do that, by having them sent.

    git copies only from folders that are no links, with links in none of them. A hub made from a repository that
    borrows objects of a third one would borrow them too, for ever: what is sent is the hub's own.
    """
    git = Git(building, lock_fds=lock_fds, config={"safe.directory": "*"})
    options = ("clone", "-q", "--bare", "--no-tags", "--template=", f"--upload-pack={repo.serve}")
    place = ("--", str(repo.common_dir), str(building))
    borrows = (repo.common_dir / "objects/info/alternates").exists()
    try:
        if borrows or git.run(*options, *place, timeout_s=_CLONE_S, ok=range(256)).code != 0:
            git.run(*options, "--no-local", *place, timeout_s=_CLONE_S)
    except GitFailed as problem:
        hint = f"`git -C {shlex.quote(str(repo.path))} fsck` says what is wrong with it"
        raise RepositoryUnusable(f"git cannot clone {repo.path}: {gist(problem.tail)}", hint) from problem
    with (building / "config").open("a", encoding="utf-8") as config:
        config.write(_SETTINGS)


def clean_leftovers(hub: Path, *, own: str | None) -> None:
    """Remove what killed git commands left.

    Args:
        hub: the hub; its plan lock is held, so no git of this plan is alive.
        own: None when no other plan is at work on the hub; else the prefix of this plan's refs, the only locks that may
            be removed then.
    """
    for leftover in _own_locks(hub, own) if own is not None else _all_leftovers(hub):
        # A killed `git add` leaves a folder.
        remove(leftover)


def _own_locks(hub: Path, own: str) -> Iterator[Path]:
    return (hub / own).rglob("*.lock")


def _all_leftovers(hub: Path) -> Iterator[Path]:
    for folder in ("refs", "logs"):
        yield from (hub / folder).rglob("*.lock")
    yield from hub.glob("*.lock")
    yield hub / "packed-refs.new"
    objects = hub / "objects"
    yield from (path for pattern in ("tmp_*", "??/tmp_obj_*", "pack/tmp_*") for path in objects.glob(pattern))
    yield from (path for folder in (objects, objects / "info", objects / "pack") for path in folder.glob("*.lock"))


def features(git: Git, repo: UserRepo, commit: str) -> Features:
    """Look through a commit's tree for submodules and for attributes that ask for filters.

    Raises:
        RepositoryUnusable: it asks for a filter that the user has not configured.
    """
    listed = b"\0" + git.run("ls-tree", "-r", "-z", commit).out
    gitlinks = tuple(match[1].decode(errors="surrogateescape") for match in _GITLINK.finditer(listed))
    # Of a great many entries these few are looked for, rather than taking each apart.
    starts = (listed.rindex(b"\0", 0, match.start()) + 1 for match in _ATTRIBUTES.finditer(listed))
    attributes = [listed[start : listed.index(b"\t", start)].split(b" ")[2].decode() for start in starts]
    asked = "\n".join(attributes).encode()
    contents = git.run("cat-file", "--batch", stdin=asked).out if attributes else b""
    return Features(gitlinks, filters_for(repo, git.git_dir, contents))
