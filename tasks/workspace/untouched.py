"""Files that git would store otherwise than they are stored, though nobody touched them.

A text that was committed before an attribute asked for other line ends, or a file that a filter would clean today: to
git it is changed as soon as it is checked out. What an agent left as it found it is not the agent's change.
"""

import filecmp
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from tasks.git.client import Git, GitFailed
from tasks.git.trees import Difference, Entry, diff_trees, is_file, look_up, names_above
from tasks.hub.content import own_merge_attributes

_FILES = {"100644", "100755"}


def without_untouched(git: Git, work: Mapping[str, str], parent: str, tree: str) -> str:
    """Return a tree that was made of a work tree, with whatever is as `parent` was checked out put back to how it was.

    Args:
        git: git on the hub.
        work: the variables that name the work tree and its index, which gets the same.
        parent: the commit that was checked out.
        tree: what was made of the work tree.
    """
    suspects = {path: found for path, found in diff_trees(git, parent, tree).items() if _is_other_content(found)}
    if not suspects:
        return tree
    work_tree = Path(work["GIT_WORK_TREE"])
    names = names_above(suspects, b".gitattributes")
    above = (entries for found in look_up(git, parent, names).values() for entries in found.items())
    rules = {path: entry for path, entry in above if is_file(entry)}
    if not (rules or _converts_all(git) or any(os.path.lexists(_below(work_tree, name)) for name in names)):
        # What nothing converts is stored as it is: other content in git is another file.
        return tree
    started = {path: found.old for path, found in suspects.items() if found.old}
    as_found = _as_checked_out(git, work_tree, {**rules, **started}, suspects)
    if not as_found:
        return tree
    entries = ((suspects[path], path) for path in as_found)
    lines = [f"{of.new.mode} {of.old.oid}\t".encode() + path + b"\0" for of, path in entries if of.new and of.old]
    git.run("update-index", "-z", "--index-info", env=work, stdin=b"".join(lines))
    return git.text("write-tree", env=work)


def _is_other_content(found: Difference) -> bool:
    old, new = found.old, found.new
    return bool(old and new and old.oid != new.oid and {old.mode, new.mode} <= _FILES)


def _converts_all(git: Git) -> bool:
    """Return whether files may be stored otherwise than they are, whatever the repository's own attributes say."""
    return git.replaces or git.config.get("core.autocrlf", "false") != "false" or bool(own_merge_attributes(git))


def _as_checked_out(git: Git, tree: Path, entries: Mapping[bytes, Entry], paths: Iterable[bytes]) -> list[bytes]:
    """Return which files of a work tree hold, byte for byte, what checking out a commit puts there.

    Args:
        git: git on the hub.
        tree: the work tree.
        entries: these files as the commit has them, and the attributes that hold for them.
        paths: the files.
    """
    asked = list(paths)
    # An index of these alone: one of the whole commit takes long where that is large.
    lines = [f"{entry.mode} {entry.oid}\t".encode() + path + b"\0" for path, entry in entries.items()]
    with tempfile.TemporaryDirectory(prefix="start-", dir=tree.parent) as folder:
        start = Path(folder, "tree")
        start.mkdir()
        env = {"GIT_WORK_TREE": str(start), "GIT_INDEX_FILE": str(Path(folder, "index"))}
        try:
            git.run("update-index", "-z", "--index-info", env=env, stdin=b"".join(lines))
            git.run("checkout-index", "-z", "--stdin", env=env, stdin=b"".join(path + b"\0" for path in asked))
        except GitFailed:
            # A filter that cannot give a file again: then the agent's file counts as it is.
            pass
        return [path for path in asked if _same_content(_below(start, path), _below(tree, path))]


def _below(folder: Path, path: bytes) -> Path:
    return folder / path.decode(errors="surrogateescape")


def _same_content(one: Path, other: Path) -> bool:
    try:
        return not other.is_symlink() and filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False
