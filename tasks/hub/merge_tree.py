"""Merging two commits in the hub, without a work tree, an index, or a lock on anything that others use.

A merge that git calls clean is looked at once more: what just one side changed must be as that side left it.
"""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tasks.errors import LostWork, MergeConflict, TaskError
from tasks.git.client import Git, GitFailed, GitOutput
from tasks.git.commits import write_commit
from tasks.git.trees import OBJECT_ID, Difference, Entry, changes_since, diff_trees, read_blobs, show_path, tree_of
from tasks.hub.hub import Hub
from tasks.hub.merge_rules import MergeRules, merge_rules, without_drivers

_MOST_HUNKS_SHOWN = 10
_NO_DATE = "0 +0000"
_MARKER = re.compile(rb"^(<{7}|\|{7}|={7}|>{7})(?: |\r?$)", re.MULTILINE)


class NothingToMerge(TaskError):
    """What was to be merged is part of the other side already."""

    def __init__(self, theirs: str, ours: str) -> None:
        super().__init__(f"{theirs} is part of {ours} already")


@dataclass(frozen=True)
class Sides:
    """Two commits to be merged, and what to call them in messages."""

    ours: str
    theirs: str
    ours_name: str
    theirs_name: str


@dataclass(frozen=True)
class _Merged:
    tree: str
    clean: bool
    kinds: Mapping[bytes, str]
    """By path in conflict: git's word for what is wrong."""


def merge_commits(  # noqa: PLR0913 - by keyword, and each a thing of its own
    hub: Hub, ours: str, theirs: str, message: str, *, ours_name: str, theirs_name: str, date: str | None = None
) -> str:
    """Merge `theirs` into `ours` and give the merge commit: always a real one, with `ours` as its first parent.

    No ref moves. The same commits, message and date give the same commit, also when it is made again.

    Args:
        hub: the hub that has both commits.
        ours: the commit to merge into.
        theirs: the commit to be merged.
        message: the commit's message.
        ours_name: what to call `ours` in an error.
        theirs_name: what to call `theirs` in an error.
        date: the commit's date as git takes it; by default the later of the two commits' dates.

    Raises:
        MergeConflict: both changed the same thing.
        NothingToMerge: `theirs` is `ours`, or before it.
        LostWork: git called the merge clean, but it does not hold what one side did.
    """
    sides = Sides(ours, theirs, ours_name, theirs_name)
    tree = _merged_tree(hub.git, sides)
    return write_commit(hub.git, tree, (ours, theirs), message, date=date or _later_date(hub.git, ours, theirs))


def apply_change(git: Git, before: str, sides: Sides) -> str:
    """Return the tree that making a change once more gives: what leads from one commit to another, made on a third.

    Args:
        git: git on the hub.
        before: the commit that the change was made on.
        sides: `theirs` is what it was made into (the other way round, the change is undone), `ours` what it is made on.

    Raises:
        MergeConflict: it does not go there.
        LostWork: it would lose what `ours` has.
    """
    # Before git 2.40 a merge takes no base, so one is made: commits that no ref ever reaches.
    root = write_commit(git, tree_of(git, before), (), "before", date=_NO_DATE)
    ours = write_commit(git, tree_of(git, sides.ours), (root,), "ours", date=_NO_DATE)
    theirs = write_commit(git, tree_of(git, sides.theirs), (root,), "theirs", date=_NO_DATE)
    return _merged_tree(git, replace(sides, ours=ours, theirs=theirs))


def try_merge(hub: Hub, ours: str, theirs: str, *, ours_name: str, theirs_name: str) -> MergeConflict | None:
    """Return whether two commits would conflict, without making anything of it."""
    try:
        _merged_tree(hub.git, Sides(ours, theirs, ours_name, theirs_name))
    except MergeConflict as conflict:
        return conflict
    except NothingToMerge:
        return None
    return None


def _merged_tree(git: Git, sides: Sides) -> str:
    bases = git.run("merge-base", "--all", sides.ours, sides.theirs, ok=(0, 1)).text.split()
    if bases == [sides.theirs]:
        raise NothingToMerge(sides.theirs_name, sides.ours_name)
    changes = [changes_since(git, base, sides.ours, sides.theirs) for base in bases]
    merged = _run_merge(without_drivers(git), sides)
    disputed = {path for ours, theirs in changes for path in ours.keys() & theirs.keys()} | merged.kinds.keys()
    rules = merge_rules(git, sides.ours, disputed) if disputed else None
    if rules is not None:
        merged = _run_merge(git, sides, rules)
    if not merged.clean:
        raise _conflict(git, sides, merged)
    for ours, theirs in changes:
        _check_nothing_lost(git, sides, merged.tree, ours, theirs)
        if rules is None and len(bases) == 1:
            _check_nothing_dropped(git, sides, merged.tree, ours, theirs)
    return merged.tree


def _run_merge(git: Git, sides: Sides, rules: MergeRules | None = None) -> _Merged:
    command = ("merge-tree", "--write-tree", "-z", "--messages", sides.ours, sides.theirs)
    if rules is None:
        return _parse(git.run(*command, ok=(0, 1)), command)
    with rules.place(git, sides.ours) as (folder, env):
        return _parse(git.run("-C", folder, *command, ok=(0, 1), env=env), command)


def _parse(output: GitOutput, command: Sequence[str]) -> _Merged:
    """Read `tree NUL (mode oid stage TAB path NUL)* NUL (count NUL path* kind NUL text NUL)*`."""
    tree, _, rest = output.out.partition(b"\0")
    if not OBJECT_ID.fullmatch(tree):
        # The status of a name that git does not know is that of a conflict.
        raise GitFailed(("git", *command), output.code, output.err)
    if output.code == 0:
        return _Merged(tree.decode(), clean=True, kinds={})
    staged, _, messages = rest.partition(b"\0\0") if not rest.startswith(b"\0") else (b"", b"", rest[1:])
    kinds = {entry.partition(b"\t")[2]: "" for entry in staged.split(b"\0") if entry}
    fields = messages.split(b"\0")
    at = 0
    while at < len(fields) and fields[at].isdigit():
        count = int(fields[at])
        paths, kind = fields[at + 1 : at + 1 + count], fields[at + 1 + count].decode(errors="replace")
        if kind.startswith("CONFLICT"):
            kinds |= dict.fromkeys(paths, kind.removeprefix("CONFLICT ").strip("()"))
        at += count + 3
    return _Merged(tree.decode(), clean=False, kinds=kinds)


def _conflict(git: Git, sides: Sides, merged: _Merged) -> MergeConflict:
    shown = list(merged.kinds.items())[:_MOST_HUNKS_SHOWN]
    listed = git.run("ls-tree", "-z", merged.tree, "--", *(show_path(path) for path, _ in shown)).out
    blobs = {
        path: meta.split(b" ")[2].decode()
        for meta, _, path in (entry.partition(b"\t") for entry in listed.split(b"\0"))
        if b" blob " in meta
    }
    contents = read_blobs(git, blobs.values())
    details = "; ".join(_describe(path, kind, contents.get(blobs.get(path, ""), b"")) for path, kind in shown)
    return MergeConflict(sides.ours_name, sides.theirs_name, [show_path(path) for path in merged.kinds], details)


def _describe(path: bytes, kind: str, content: bytes) -> str:
    hunks = _hunk_sizes(content)
    sizes = ", ".join(f"{ours} against {theirs} lines" for ours, theirs in hunks[:3])
    return f"{show_path(path)}: {kind or 'conflict'}" + (f", {sizes}" if sizes else "")


def _hunk_sizes(content: bytes) -> list[tuple[int, int]]:
    """Return how many lines each side has in every hunk between conflict markers."""
    hunks: list[tuple[int, int]] = []
    counts = {b"<": 0, b"=": 0}
    part = b""
    for line in content.splitlines(keepends=True):
        marker = _MARKER.match(line)
        if marker is None:
            counts[part] = counts.get(part, 0) + 1
            continue
        part = marker[1][:1]
        if part == b"<":
            counts = {b"<": 0, b"=": 0}
        elif part == b">":
            hunks.append((counts[b"<"], counts[b"="]))
    return hunks


Changes = Mapping[bytes, Difference]


def _check_nothing_lost(git: Git, sides: Sides, tree: str, ours: Changes, theirs: Changes) -> None:
    """Check a clean merge: what just one side changed is as that side left it.

    Raises:
        LostWork: it is not.
    """
    result = diff_trees(git, sides.ours, tree)
    suspects = {path for path in ours.keys() - theirs.keys() if path in result}
    for path in theirs.keys() - ours.keys():
        landed = result[path].new if path in result else None
        if path not in result or landed != theirs[path].new:
            suspects.add(path)
    # Neither side touched these.
    suspects |= result.keys() - ours.keys() - theirs.keys()
    if suspects:
        suspects -= _explained_by_renames(git, ours, theirs)
    if suspects:
        raise LostWork(sides.theirs_name, sorted(show_path(path) for path in suspects))


def _check_nothing_dropped(git: Git, sides: Sides, tree: str, ours: Changes, theirs: Changes) -> None:
    """Check a clean merge: where both sides edited a file and one of them prevailed, merging the texts says so too.

    Raises:
        LostWork: it does not.
    """
    disputed = {path: (ours[path], theirs[path]) for path in ours.keys() & theirs.keys()}
    edited = {path: pair for path, pair in disputed.items() if _both_edited(*pair)}
    if not edited:
        return
    result = diff_trees(git, sides.ours, tree)
    for path, (mine, its) in edited.items():
        landed = result[path].new if path in result else mine.new
        versions = [entry.oid for entry in (mine.new, mine.old, its.new) if entry]
        if landed and landed.oid in {versions[0], versions[2]} and not _is_text_merge(git, versions, landed.oid):
            raise LostWork(sides.theirs_name, [show_path(path)])


def _both_edited(mine: Difference, its: Difference) -> bool:
    """Return whether two sides gave a file different contents, each another than it had."""
    entries = (mine.old, mine.new, its.new)
    return all(entries) and len({entry.oid for entry in entries if entry}) == len(entries)


def _is_text_merge(git: Git, versions: Sequence[str], landed: str) -> bool:
    """Return whether merging three versions (ours, base, theirs) as text gives what landed."""
    contents = read_blobs(git, [*versions, landed])
    with tempfile.TemporaryDirectory(prefix="planwave-versions-") as folder:
        files = [Path(folder, str(number)) for number in range(len(versions))]
        for file, oid in zip(files, versions, strict=True):
            file.write_bytes(contents[oid])
        merged = git.run("merge-file", "-p", "-q", *map(str, files), ok=range(256))
    return merged.code == 0 and merged.out == contents[landed]


def _explained_by_renames(git: Git, ours: Changes, theirs: Changes) -> set[bytes]:
    """Return the paths where git merged a change of one side into a file that the other side renamed."""
    return {new for tip, others in ((ours, theirs), (theirs, ours)) for new in _renamed(git, tip, others)}


def _renamed(git: Git, changes: Changes, others: Changes) -> list[bytes]:
    """Return the new paths of the files that one side renamed and the other changed.

    Like the merge, this compares just those files with all that came, however many there are: git's own limit is for
    comparing all with all.
    """
    went = {path: found.old for path, found in changes.items() if found.old and not found.new and path in others}
    came = {path: found.new for path, found in changes.items() if found.new and not found.old}
    if not went or not came:
        return []
    trees = (_tree_with(git, went), _tree_with(git, came))
    options = ("-r", "-z", "-M", "-l0", "--diff-filter=R", "--name-status")
    return git.run("diff-tree", *options, *trees).out.split(b"\0")[2::3]


def _tree_with(git: Git, entries: Mapping[bytes, Entry]) -> str:
    """Make a tree that holds these entries and nothing else."""
    lines = (f"{entry.mode} {entry.oid}\t".encode() + path + b"\0" for path, entry in entries.items())
    with tempfile.TemporaryDirectory(prefix="planwave-index-") as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        git.run("update-index", "-z", "--index-info", env=env, stdin=b"".join(lines))
        return git.text("write-tree", env=env)


def _later_date(git: Git, *commits: str) -> str:
    dates = git.text("show", "-s", "--format=%ct", *commits).split()
    return f"{max(map(int, dates))} +0000"
