"""Submodules: their files in workspaces where the objects are here, and what an attempt did to them.

The hub keeps a bare clone of its own of every submodule that the user has checked out, under `planwave/modules`. As
with the workspace itself, git never runs with what an agent left in a submodule's `.git`: that is read by hand, and its
objects are read as objects only.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tasks.gist import gist
from tasks.git.client import Git, GitFailed
from tasks.git.trees import SUBMODULE, tree_of
from tasks.programs.folders import is_folder, leads_out
from tasks.workspace.agent_git import make_agent_git, read_head
from tasks.workspace.untouched import without_untouched

_REF_LINE = re.compile(r"([0-9a-f]{40,64}) (refs/remotes/\S+)")
_MOST_REFS = 500
_SMALL_BYTES = 4096


@dataclass(frozen=True)
class Verdict:
    """What an attempt made of one submodule.

    Attributes:
        place: its folder.
        commit: where it points now; None: it was removed, or there are files in place of it.
        problem: why that must not be committed, if so.
    """

    place: str
    commit: str | None
    problem: str | None = None


def module_git(hub: Git, place: str) -> Git:
    """Return git on the hub's own clone of a submodule, which need not be there."""
    return Git(hub.git_dir / "planwave/modules" / quote(place, safe=""), lock_fds=hub.lock_fds, config=hub.config)


def pointers(hub: Git, commit: str, places: Iterable[str]) -> dict[str, str]:
    """Return the commits of the submodules that a commit has at some places."""
    asked = list(places)
    if not asked:
        return {}
    listed = hub.run("ls-tree", "-z", commit, "--", *asked).out
    entries = (entry.partition(b"\t") for entry in listed.split(b"\0") if entry)
    return {os.fsdecode(path): meta.split(b" ")[2].decode() for meta, _, path in entries if _is_pointer(meta)}


def has_commit(module: Git, commit: str) -> bool:
    """Return whether a submodule's clone is there, and has a commit."""
    return module.git_dir.is_dir() and module.run("cat-file", "-e", f"{commit}^{{commit}}", ok=(0, 1, 128)).code == 0


def fill(hub: Git, tree: Path, indexes: Path, commit: str, places: Iterable[str]) -> None:
    """Put the files of a commit's submodules into a tree that is exactly that commit, where they are here."""
    indexes.mkdir(exist_ok=True)
    for place, pointer in pointers(hub, commit, places).items():
        module, folder = module_git(hub, place), tree / place
        if has_commit(module, pointer) and is_folder(folder) and not leads_out(tree, place):
            env = _work(folder, indexes, place)
            Path(env["GIT_INDEX_FILE"]).unlink(missing_ok=True)
            module.run("read-tree", "-m", "-u", pointer, env=env)
            make_agent_git(module, folder, Path(env["GIT_INDEX_FILE"]), pointer)
            _add_remote(module, folder / ".git", pointer)


def judge(hub: Git, tree: Path, indexes: Path, recorded: Mapping[str, str]) -> list[Verdict]:
    """Say what an attempt made of each submodule, by where it pointed before."""
    indexes.mkdir(exist_ok=True)
    return [_judge(hub, tree, indexes, place, commit) for place, commit in recorded.items()]


def _judge(hub: Git, tree: Path, indexes: Path, place: str, recorded: str) -> Verdict:
    folder = tree / place
    if leads_out(tree, place) or not is_folder(folder):
        return Verdict(place, None)
    if not any(folder.iterdir()):
        return Verdict(place, recorded)
    repository = _repository(tree, folder)
    head = None if repository is None else read_head(repository)
    if repository is None or head is None:
        what = f"there are files in the folder of the submodule {place!r}, which is not checked out"
        return Verdict(place, None, what)
    try:
        problem = _problem(hub, repository, _work(folder, indexes, place), place, head, recorded)
    except GitFailed as failure:
        problem = f"the submodule {place!r} cannot be read: {gist(failure.tail)}"
    return Verdict(place, None if problem else head, problem)


def _problem(  # noqa: PLR0913, PLR0917 - what a submodule is
    hub: Git, repository: Path, work: Mapping[str, str], place: str, head: str, recorded: str
) -> str | None:
    module = module_git(hub, place)
    remote = _take_in(hub, module, repository, head, recorded)
    if _is_dirty(module, work, head, as_filled=head == recorded):
        what = f"files of the submodule {place!r} were changed and not committed in it"
        return f"{what}: a job can only move it to another commit of its remote"
    if head != recorded and module.text("rev-list", "-1", head, "--not", *remote):
        what = f"the submodule {place!r} was moved to commit {head[:10]}, which no branch of its remote has"
        return f"{what}: it must be pushed there first"
    return None


def _take_in(hub: Git, module: Git, repository: Path, head: str, recorded: str) -> list[str]:
    """Bring what the agent's repository has of a submodule into the hub's clone; give what is not lost without it."""
    if not module.git_dir.is_dir():
        object_format = "sha256" if len(recorded) > 40 else "sha1"
        options = ("-q", "--bare", "--template=", f"--object-format={object_format}")
        hub.run("init", *options, str(module.git_dir), env={"GIT_DIR": str(module.git_dir)})
    if head == recorded and has_commit(module, head):
        return []
    tips = list(_remote_tips(repository))
    missing = [commit for commit in dict.fromkeys((head, *tips)) if not has_commit(module, commit)]
    if missing:
        env = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(repository / "objects")}
        known = [f"^{recorded}"] if has_commit(module, recorded) else []
        asked = "\n".join([*missing, *known, ""]).encode()
        pack = module.run("pack-objects", "--revs", "--stdout", "-q", env=env, stdin=asked).out
        module.run("index-pack", "--stdin", "--strict", stdin=pack)
    users = module.text("for-each-ref", "--format=%(objectname)", "refs/remotes/").split()
    return [*tips, *users, *([recorded] if has_commit(module, recorded) else [])]


def _is_dirty(module: Git, work: Mapping[str, str], head: str, *, as_filled: bool) -> bool:
    """Return whether the files of a submodule are other than its commit's."""
    index = Path(work["GIT_INDEX_FILE"])
    index.with_name(index.name + ".lock").unlink(missing_ok=True)
    if not as_filled or not index.is_file():
        index.unlink(missing_ok=True)
        module.run("read-tree", head, env=work)
    module.run("add", "-A", "--no-warn-embedded-repo", "--", ":/", env=work)
    tree = without_untouched(module, work, head, module.text("write-tree", env=work))
    return tree != tree_of(module, head)


def _repository(tree: Path, folder: Path) -> Path | None:
    """Return the git directory of a submodule's folder: in it, or where the agent's own git keeps it."""
    place = folder / ".git"
    if is_folder(place):
        return place
    if place.is_symlink() or not place.is_file() or place.stat().st_size > _SMALL_BYTES:
        return None
    named = place.read_text(errors="replace").strip().removeprefix("gitdir:").strip()
    found = (folder / named).resolve()
    return found if found.is_relative_to((tree / ".git/modules").resolve()) and found.is_dir() else None


def _remote_tips(repository: Path) -> Iterator[str]:
    packed = repository / "packed-refs"
    lines = packed.read_text(errors="replace").splitlines() if packed.is_file() else []
    loose = (path for path in (repository / "refs/remotes").rglob("*") if path.is_file() and not path.is_symlink())
    texts = [f"{path.read_text(errors='replace').strip()} refs/remotes/x" for path in loose]
    found = (_REF_LINE.fullmatch(line) for line in [*lines, *texts][:_MOST_REFS])
    return (match[1] for match in found if match)


def _add_remote(module: Git, place: Path, commit: str) -> None:
    """Let a submodule's repository in a workspace be one as git makes it: detached, with its remote's branches."""
    (place / "HEAD").write_text(f"{commit}\n")
    (place / "refs/heads/work").unlink()
    url = module.run("config", "--get", "remote.origin.url", ok=(0, 1)).text
    if url:
        with (place / "config").open("a", encoding="utf-8") as config:
            config.write(f'[remote "origin"]\n\turl = "{url}"\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n')
    refs = module.text("for-each-ref", "--format=%(objectname) %(refname)", "refs/remotes/").splitlines()
    (place / "packed-refs").write_text("".join(f"{ref}\n" for ref in refs if not ref.endswith("/HEAD")))
    head = module.run("symbolic-ref", "-q", "refs/remotes/origin/HEAD", ok=(0, 1, 128)).text
    if head:
        (place / "refs/remotes/origin").mkdir(parents=True)
        (place / "refs/remotes/origin/HEAD").write_text(f"ref: {head}\n")


def _work(folder: Path, indexes: Path, place: str) -> dict[str, str]:
    return {"GIT_WORK_TREE": str(folder), "GIT_INDEX_FILE": str(indexes / quote(place, safe=""))}


def _is_pointer(meta: bytes) -> bool:
    return meta.startswith(SUBMODULE.encode())
