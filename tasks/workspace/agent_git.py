"""The throw-away repository that an agent finds in its workspace, and the messages of what it commits there.

It borrows the hub's objects, has one branch and no remote. planwave never runs git with its configuration: it writes
the files by itself, and reads what the agent committed with the hub's git.
"""

import re
import shutil
from pathlib import Path

from tasks.git.client import Git, GitFailed
from tasks.hub.content import agents_settings, own_attributes, own_excludes
from tasks.programs.folders import remove

_BRANCH = re.compile(r"ref: (refs/heads/[A-Za-z0-9_][A-Za-z0-9._/-]*)\s*")
_OID = re.compile(r"([0-9a-f]{40}(?:[0-9a-f]{24})?)\s*")
_MOST_COMMITS = 50
_SMALL_BYTES = 4096


def make_agent_git(hub: Git, tree: Path, index: Path, commit: str) -> None:
    """Put a new `.git` into a tree that is exactly `commit`, in place of whatever is there."""
    place = tree / ".git"
    remove(place)
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
        (place / folder).mkdir(parents=True)
    (place / "HEAD").write_text("ref: refs/heads/work\n")
    (place / "config").write_text(_config(hub, commit), errors="surrogateescape")
    (place / "info/exclude").write_bytes(own_excludes(hub))
    (place / "info/attributes").write_bytes(own_attributes(hub))
    (place / "objects/info/alternates").write_text(f"{hub.git_dir / 'objects'}\n")
    (place / "refs/heads/work").write_text(f"{commit}\n")
    if hub.replaces:
        refs = hub.text("for-each-ref", "--format=%(objectname) %(refname)", "refs/replace/")
        (place / "packed-refs").write_text(f"{refs}\n")
    shutil.copy2(index, place / "index")
    shallow = hub.git_dir / "shallow"
    if shallow.is_file():
        shutil.copy(shallow, place / "shallow")


def agent_messages(hub: Git, tree: Path, parent: str) -> tuple[str, ...]:
    """Return the messages of the commits that the agent made on top of `parent`, oldest first.

    Nothing that the agent left can make this fail or run a program: what cannot be read counts as no commits.
    """
    tip = read_head(tree / ".git")
    if tip is None or tip == parent:
        return ()
    env = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(tree / ".git/objects")}
    options = ("-z", "--reverse", "--format=%B", f"--max-count={_MOST_COMMITS}")
    try:
        logged = hub.run("log", *options, f"{parent}..{tip}", "--", env=env, timeout_s=20)
    except GitFailed:
        return ()
    messages = (message.decode(errors="replace").strip() for message in logged.out.split(b"\0"))
    return tuple(message for message in messages if message)


def _config(hub: Git, commit: str) -> str:
    sha256 = len(commit) > 40
    name, email = hub.author
    return (
        f"[core]\n\trepositoryformatversion = {int(sha256)}\n\tfilemode = true\n\tbare = false\n"
        + ("[extensions]\n\tobjectFormat = sha256\n" if sha256 else "")
        + f"[user]\n\tname = {name}\n\temail = {email}\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
        + "".join(_section(key, setting) for key, setting in agents_settings(hub).items())
        # These commits are read for their messages alone, and whoever signs may be waited for without end.
        + "[commit]\n\tgpgSign = false\n[tag]\n\tgpgSign = false\n\tforceSignAnnotated = false\n"
    )


def _section(key: str, setting: str) -> str:
    """Write one setting as git's configuration files have it."""
    section, _, rest = key.partition(".")
    middle, _, name = rest.rpartition(".")
    heading = f"{section} {_quoted(middle)}" if middle else section
    return f"[{heading}]\n\t{name} = {_quoted(setting)}\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def read_head(place: Path) -> str | None:
    """Read what the HEAD of a repository names, by hand: one level, no links, nothing outside of `refs/heads`."""
    if place.is_symlink():
        return None
    head = _small_file(place / "HEAD")
    branch = _BRANCH.fullmatch(head)
    if branch is not None and ".." not in branch[1]:
        head = _small_file(place / branch[1])
    found = _OID.fullmatch(head)
    return found[1] if found else None


def _small_file(path: Path) -> str:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _SMALL_BYTES:
            return ""
        return path.read_text(errors="replace")
    except OSError:
        return ""
