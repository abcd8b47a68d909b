"""Making commits: objects written as they are, by a git that stays open."""

import tempfile
import time
from collections.abc import Sequence

from tasks.git.client import Git, disk_errors

_WRITE = ("hash-object", "-t", "commit", "-w", "--no-filters", "--stdin-paths")


def write_commit(git: Git, tree: str, parents: Sequence[str], message: str, *, date: str | None = None) -> str:
    """Make a commit; no ref moves. The same arguments and date give the same commit.

    Args:
        git: git on the repository.
        tree: the tree's id.
        parents: the parents' ids.
        message: the message as it stands.
        date: seconds since 1970 and a time zone; None: now.
    """
    name, email = git.author
    who = f"{name} <{email}> {date or f'{time.time():.0f} +0000'}"
    head = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
    with disk_errors(tempfile.gettempdir()), tempfile.NamedTemporaryFile(prefix="planwave-commit-") as file:
        file.write("\n".join([*head, "", message]).encode(errors="replace"))
        file.flush()
        return git.ask(*_WRITE, request=f"{file.name}\n".encode(), end=b"\n").decode().strip()
