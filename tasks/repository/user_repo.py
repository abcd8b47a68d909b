"""The user's repository: what planwave reads of it. Nothing here writes."""

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tasks.errors import RepositoryUnusable
from tasks.gist import gist
from tasks.git.client import Git, GitFailed
from tasks.git.remotes import unattended_ssh

_PREFIXES = ("refs/heads/", "refs/remotes/", "refs/remotes/origin/", "refs/tags/", "refs/")
_COMMIT_ID = re.compile(r"[0-9a-f]{7,64}")
SERVE = (
    "git -c safe.directory='*' -c transfer.hideRefs='!refs' -c uploadpack.allowAnySHA1InWant=true"
    " -c uploadpack.allowFilter=true upload-pack"
)
"""The command that serves a fetch from a repository on this machine; refs hidden from others are shown."""
_CONFIGURES = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_SSH", "GIT_SSH_COMMAND")
OLDEST_GIT = (2, 39)
"""The first git that this is tested on; `merge-tree` merges without a work tree since 2.38."""


@dataclass(frozen=True)
class Start:
    """Where a run starts: a commit and how the user calls it."""

    commit: str
    name: str
    detached: bool = False


@dataclass(frozen=True)
class UserRepo:
    """A repository of the user's, seen from the checkout that was named.

    Attributes:
        git_dir: the git directory of this checkout.
        common_dir: the git directory that all its checkouts share, as a real path.
        top: the top folder of this checkout; None for a bare repository.
    """

    git_dir: Path
    common_dir: Path
    top: Path | None

    @property
    def path(self) -> Path:
        """What to call it: the checkout's folder, or the bare repository."""
        return self.top or self.common_dir

    @cached_property
    def git(self) -> Git:
        """Git on it, with the user's own configuration."""
        return Git(self.git_dir, user_config=True)

    @property
    def common_git(self) -> Git:
        """Git on what all its checkouts share, rather than on this one."""
        return replace(self.git, git_dir=self.common_dir)

    def branch_tips(self) -> dict[str, str]:
        """Return the tip of every local branch."""
        listed = self.git.text("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/")
        pairs = (line.split(" ", 1) for line in listed.splitlines())
        return {ref.removeprefix("refs/heads/"): commit for commit, ref in pairs}

    def aliases(self) -> dict[str, str]:
        """Return every local branch that is just another name for a ref, with that ref: moving it moves the other."""
        listed = self.git.text("for-each-ref", "--format=%(refname) %(symref)", "refs/heads/")
        pairs = (line.split(" ", 1) for line in listed.splitlines())
        return {ref.removeprefix("refs/heads/"): meant for ref, meant in pairs if meant}

    def checked_out(self) -> dict[str, str]:
        """Return the folder in which a branch is checked out, for every branch that is, in any worktree.

        To git a branch is also checked out in a worktree whose folder is gone, until `git worktree prune`.
        """
        found: dict[str, str] = {}
        folder = ""
        for line in self.git.run("worktree", "list", "--porcelain", "-z").out.split(b"\0"):
            word, _, value = line.decode(errors="replace").partition(" ")
            if word == "worktree":
                folder = value
            elif word == "branch":
                found[value.removeprefix("refs/heads/")] = folder
        return found

    def uncommitted(self) -> tuple[str, ...]:
        """Return the paths that differ from the last commit, folders that are new as a whole with a slash at the end.

        A bare repository has none.
        """
        if self.top is None:
            return ()
        env = {"GIT_WORK_TREE": str(self.top)}
        listed = self.git.run("status", "--porcelain", "-z", "--no-renames", env=env).out
        return tuple(entry[3:].decode(errors="replace") for entry in listed.split(b"\0") if entry)

    def behind_upstream(self, branch: str) -> tuple[str, int] | None:
        """Return what a branch follows, and how many commits of that, as it was fetched last, the branch does not have.

        None: it follows nothing, or has all of it.
        """
        listed = self.git.text("for-each-ref", "--format=%(upstream) %(upstream:short)", f"refs/heads/{branch}")
        ref, _, name = listed.partition(" ")
        if not ref or self.commit_of(ref) is None:
            return None
        missing = int(self.git.text("rev-list", "--count", ref, "--not", f"refs/heads/{branch}", "--"))
        return (name, missing) if missing else None

    def start(self, base: str | None) -> Start:
        """Return the commit that a run starts from.

        Args:
            base: as for `find_start`; None: what is checked out.

        Raises:
            RepositoryUnusable: there is no such thing, or no commit yet.
        """
        found = self._start_at_head() if base is None else self.find_start(base)
        if found is None:
            hint = "set `base` to a branch (also `origin/NAME`), a tag, a full ref or a commit that exists"
            raise RepositoryUnusable(f"{self.path} has no branch, tag or commit {base!r}", hint)
        return found

    def find_start(self, base: str) -> Start | None:
        """Return the commit that a name means: a branch (also of a remote), a tag, a full ref, or a commit's id."""
        prefixes = ("",) if base.startswith("refs/") else _PREFIXES
        for prefix in prefixes:
            commit = self.commit_of(prefix + base)
            if commit:
                return Start(commit, base.removeprefix("refs/").removeprefix("heads/"))
        commit = self.commit_of(base) if _COMMIT_ID.fullmatch(base) else None
        return None if commit is None else Start(commit, base[:10])

    def _start_at_head(self) -> Start:
        branch = self.git.run("symbolic-ref", "-q", "--short", "HEAD", ok=(0, 1)).text
        commit = self.commit_of("HEAD")
        if commit is None:
            raise self._no_commit(branch)
        return Start(commit, branch or commit[:10], detached=not branch)

    def _no_commit(self, branch: str) -> RepositoryUnusable:
        """Say what is so where HEAD leads to no commit: others may have one."""
        others = sorted(self.branch_tips())
        if not others:
            return RepositoryUnusable(f"{self.path} has no commit yet", "commit something first")
        what = f"the branch {branch!r}, which is checked out," if branch else "what is checked out"
        named = ", ".join(others[:3]) + (" ..." if len(others) > 3 else "")
        choices = (
            "set `base` in the plan to one that has"
            if self.top is None
            else "check out one that has, or set `base` in the plan"
        )
        return RepositoryUnusable(f"{what} has no commit in {self.path}", f"{choices} ({named})")

    def has_commit(self, commit: str) -> bool:
        """Return whether a commit is in the repository at all."""
        return self.commit_of(commit) is not None

    def filters(self) -> dict[str, str]:
        """Return every `filter.*` setting that holds for the user in this repository."""
        listed = self.git.run("config", "-z", "--get-regexp", r"^filter\.", ok=(0, 1)).out.decode(errors="replace")
        pairs = (entry.partition("\n") for entry in listed.split("\0") if entry)
        # `required` may stand there without a value.
        return {key: value if stands else "true" for key, stands, value in pairs}

    @cached_property
    def is_partial(self) -> bool:
        """Return whether some of its objects are only on its remote."""
        return self.git.run("config", "--get-regexp", r"^remote\..*\.promisor$", ok=(0, 1)).code == 0

    @cached_property
    def serve(self) -> str:
        """The command that serves a fetch from the repository.

        Whether it is trusted was asked when it was found; git asks again, for its git directory, which is another name
        than the one under which the user trusts it. What a partial clone lacks is fetched from its remote first,
        with the user's own configuration.
        """
        if not self.is_partial:
            return SERVE
        chosen = {name: os.environ[name] for name in _CONFIGURES if name in os.environ} | unattended_ssh(self.git)
        env = " ".join(f"{name}={shlex.quote(value)}" for name, value in chosen.items())
        return f"env -u GIT_CONFIG_GLOBAL -u GIT_CONFIG_NOSYSTEM {env} GIT_NO_LAZY_FETCH=0 {SERVE}"

    @cached_property
    def promises(self) -> Mapping[str, str]:
        """The settings with which git on a hub fetches, when it needs them, objects that a partial clone lacks."""
        if not self.is_partial:
            return {}
        told = {"url": str(self.common_dir), "uploadpack": self.serve, "promisor": "true"}
        return {f"remote.promisor.{key}": value for key, value in told.items()}

    def commit_of(self, name: str) -> str | None:
        """Return the commit that a name means to git; None: it means none."""
        found = self.git.run("rev-parse", "-q", "--verify", "--end-of-options", name + "^{commit}", ok=(0, 1, 128))
        return found.text if found.code == 0 else None


def find_repository(named: str | Path) -> UserRepo:
    """Find the repository of a folder: a checkout or a folder in one, a linked worktree, or a bare repository.

    Raises:
        RepositoryUnusable: no such folder, no repository there, one that git cannot read, or git is too old.
    """
    folder = _as_folder(named)
    require_git()
    for place in (folder, *folder.parents):
        for candidate in (place / ".git", place):
            git_dir = _resolve(candidate)
            if git_dir is not None:
                top = place if candidate is not place else (place.parent if place.name == ".git" else None)
                return _open(git_dir, top)
    raise RepositoryUnusable(f"{folder} is not a git repository", "run `git init` there, or name another folder")


@cache
def require_git() -> None:
    """Check that git is there and new enough.

    Raises:
        RepositoryUnusable: it is not.
    """
    said = Git(Path("/")).text("version")
    figures = re.search(r"(\d+)\.(\d+)", said)
    if figures is None or (int(figures[1]), int(figures[2])) < OLDEST_GIT:
        wanted = ".".join(map(str, OLDEST_GIT))
        raise RepositoryUnusable(f"{said} is too old", f"install git {wanted} or newer")


def blocking_branch(branch: str, existing: Mapping[str, str]) -> str | None:
    """Return the branch whose name keeps git from making this one (`a` and `a/b` cannot both be), if any."""
    above = next((name for name in _parents(branch) if name in existing), None)
    return above or next((name for name in existing if name.startswith(branch + "/")), None)


def _parents(branch: str) -> Iterator[str]:
    parts = branch.split("/")
    return ("/".join(parts[:length]) for length in range(1, len(parts)))


def _as_folder(named: str | Path) -> Path:
    url = urlsplit(named) if isinstance(named, str) and "://" in named else None
    if url is not None and url.scheme != "file":
        raise RepositoryUnusable(f"{named} is not a folder on this machine", "clone it first and name the clone")
    folder = Path(unquote(url.path)) if url is not None else Path(named).expanduser()
    if not folder.exists():
        raise RepositoryUnusable(f"{folder} does not exist", "name the folder of a git repository")
    real = folder.resolve()
    return real if real.is_dir() else real.parent


def _resolve(candidate: Path) -> Path | None:
    if not candidate.exists():
        return None
    found = Git(candidate).run("rev-parse", "--resolve-git-dir", str(candidate), ok=(0, 128))
    return Path("/", found.text).resolve() if found.code == 0 else None


def _require_trust(folder: Path, git_dir: Path) -> None:
    """Check that the user trusts a repository which belongs to somebody else, by asking git as the user would."""
    if all(place.stat().st_uid == os.geteuid() for place in (folder, git_dir)):
        return
    said = Git(git_dir, user_config=True).discover(folder)
    if "dubious ownership" in said.err:
        trusted = f"`git config --global --add safe.directory {shlex.quote(str(folder))}` says that you trust it"
        raise RepositoryUnusable(f"{folder} belongs to another user, so git does not work on it", trusted)


def _open(git_dir: Path, top: Path | None) -> UserRepo:
    _require_trust(top or git_dir, git_dir)
    try:
        common = Git(git_dir, user_config=True).text("rev-parse", "--git-common-dir")
    except GitFailed as problem:
        raise RepositoryUnusable(f"git cannot read {top or git_dir}: {gist(problem.tail)}") from problem
    # A `.git` file may lead to a bare repository, beside whose worktrees it lies: its folder is no checkout.
    bare = top is not None and Git(git_dir, user_config=True).text("rev-parse", "--is-bare-repository") == "true"
    return UserRepo(git_dir, Path("/", common).resolve(), None if bare else top)
