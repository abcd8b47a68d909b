"""How to merge, where attributes or the user's settings say so: what git finds of it only beside files.

Before 2.41, git reads the attributes of a merge from a work tree only, and from where it runs; and a merge driver of
the user's runs where the files of "ours" are, as in a merge in a checkout.
"""

import re
import tempfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tasks.git.client import Git
from tasks.git.trees import is_file, look_up, names_above, read_blobs, show_path
from tasks.hub.content import own_merge_attributes

_DRIVER = re.compile(r"merge\.(.+)\.driver")
_NAMED = re.compile(rb"(?:^|\s)merge=(\S+)", re.MULTILINE)
_RULES = (b"merge", b"binary")


@dataclass(frozen=True)
class MergeRules:
    """What says how to merge some paths.

    Attributes:
        files: the `.gitattributes` files that hold for them, by their paths.
        drivers: whether a program of the user's may be asked.
    """

    files: Mapping[str, bytes]
    drivers: bool

    @contextmanager
    def place(self, git: Git, ours: str) -> Generator[tuple[str, dict[str, str]]]:
        """Yield a folder to merge in, with the variables that name it to git; it is gone at the end."""
        with tempfile.TemporaryDirectory(prefix="planwave-merge-") as folder:
            tree = Path(folder, "tree")
            tree.mkdir()
            env = {"GIT_WORK_TREE": str(tree), "GIT_INDEX_FILE": str(Path(folder, "index"))}
            if self.drivers:
                git.run("read-tree", "-m", "-u", ours, env=env)
            else:
                _write_files(tree, self.files)
            yield str(tree), env


def _write_files(tree: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        place = tree / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def without_drivers(git: Git) -> Git:
    """Return the same git without the merge drivers of the user's, which must not run just anywhere."""
    return replace(git, config={key: value for key, value in git.config.items() if not _DRIVER.fullmatch(key)})


def merge_rules(git: Git, commit: str, paths: Iterable[bytes]) -> MergeRules | None:
    """Return what says how to merge some paths; None: nothing does, and they merge as text.

    Args:
        git: git on the hub.
        commit: "ours": as in a checkout, its attributes hold.
        paths: the paths that both sides changed.
    """
    files = _attribute_contents(git, commit, paths)
    said = b"\n".join([*files.values(), own_merge_attributes(git)])
    default = git.config.get("merge.default")
    if not (any(word in said for word in _RULES) or default or "merge.renormalize" in git.config):
        return None
    drivers = {match[1] for match in map(_DRIVER.fullmatch, git.config) if match}
    named = {name.decode(errors="replace") for name in _NAMED.findall(said)} | {default}
    return MergeRules(files, drivers=bool(drivers & named))


def _attribute_contents(git: Git, commit: str, paths: Iterable[bytes]) -> dict[str, bytes]:
    found = look_up(git, commit, names_above(paths, b".gitattributes")).values()
    oids = {show_path(path): entry.oid for entries in found for path, entry in entries.items() if is_file(entry)}
    contents = read_blobs(git, oids.values())
    return {path: contents[oid] for path, oid in oids.items()}
