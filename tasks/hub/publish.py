"""Giving the work back: planwave's branches go to the user's repository, and from there to a remote."""

import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import RepositoryUnusable
from tasks.gist import gist
from tasks.git.client import GitFailed
from tasks.git.remotes import unattended_ssh
from tasks.hub.hub import Hub
from tasks.repository.user_filters import asks_for_lfs
from tasks.repository.user_repo import SERVE, UserRepo, blocking_branch

_log = logging.getLogger(__name__)

_QUIET_FETCH = (
    "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules", "--no-prune",
    "--no-write-commit-graph",
    # What is served is planwave's: settings of the user's, such as `transfer.hideRefs`, are not for it.
    f"--upload-pack=env GIT_CONFIG_GLOBAL={os.devnull} GIT_CONFIG_NOSYSTEM=1 {SERVE}",
)  # fmt: skip
_NETWORK_S = 600.0
_NOT_ATOMIC = "does not support --atomic push"
_LFS_S = 3600.0
_MARK_SPECS = ("base", "base-taken", "wave/*", "gate/*")
_MARKS = ("base", "wave/", "gate/")


@dataclass(frozen=True)
class Published:
    """What became of branches that were to be published.

    Attributes:
        ok: those that now stand in the user's repository as in the hub.
        refused: those that do not, with the reason.
    """

    ok: tuple[str, ...]
    refused: Mapping[str, str]


@dataclass(frozen=True)
class _Move:
    """A branch of the user's that is to be moved."""

    branch: str
    ref: str
    commit: str
    forced: bool

    @property
    def refspec(self) -> str:
        return f"{'+' if self.forced else ''}{self.ref}:refs/heads/{self.branch}"


def publish(hub: Hub, branches: Sequence[str] | None = None) -> Published:
    """Bring branches of the plan from the hub to the user's repository, by one fetch that is run there.

    Nothing else there changes: not the checkout, index, HEAD, configuration or FETCH_HEAD, and no hook runs. A branch
    moves when that is a fast-forward, or when it stands where planwave itself put it last. Branches without a commit of
    their own yet are left out.

    Args:
        hub: the hub.
        branches: the target and tracks' branches, by the names they have in the user's repository; None: all.
    """
    known = hub.branches()
    wanted = {branch: known[branch] for branch in (known if branches is None else branches)}
    existing, checked_out = hub.repo.branch_tips(), hub.repo.checked_out()
    ours = hub.refs(hub.ref_name() + "/")
    refused: dict[str, str] = {}
    up_to_date: list[str] = []
    moves: list[_Move] = []
    for branch, ref in wanted.items():
        commit, tip = ours.get(ref), existing.get(branch)
        if commit is None:
            continue
        if commit == tip == ours.get(hub.published_ref(branch)):
            up_to_date.append(branch)
            continue
        move = _Move(branch, ref, commit, forced=False)
        why = None if tip == commit else _objection(hub, move, tip, checked_out.get(branch))
        if why is None:
            published = ours.get(hub.published_ref(branch))
            moves.append(_Move(branch, ref, commit, forced=tip == published and not _is_before(hub, tip, commit)))
        else:
            refused[branch] = why
    fetched = _fetch(hub, moves, refused)
    if up_to_date or fetched.ok:
        _publish_marks(hub, ours)
    return Published((*up_to_date, *fetched.ok), fetched.refused)


def record_published(hub: Hub) -> None:
    """Record what stands in the user's repository as it does here, where a kill came between publishing and that.

    Without it planwave would take a branch that it has to move back for one that somebody else moved.
    """
    existing, ours = hub.repo.branch_tips(), hub.refs(hub.ref_name() + "/")
    tips = {
        branch: existing[branch]
        for branch, ref in hub.branches().items()
        if ref in ours and existing.get(branch) == ours[ref]
    }
    _record(hub, {branch: tip for branch, tip in tips.items() if ours.get(hub.published_ref(branch)) != tip})


def _record(hub: Hub, published: Mapping[str, str]) -> None:
    records = "".join(f"update {hub.published_ref(branch)} {commit}\n" for branch, commit in published.items())
    if records:
        hub.git.run("update-ref", "--stdin", stdin=records.encode())


def _publish_marks(hub: Hub, ours: Mapping[str, str]) -> None:
    """Publish what another hub needs to go on from the branches: the base, where waves started, the GO of gates.

    They are refs beside the branches, which git's usual commands do not show.
    """
    own = hub.ref_name() + "/"
    marks = {ref: commit for ref, commit in ours.items() if ref.removeprefix(own).startswith(_MARKS)}
    if marks == hub.published_marks:
        return
    prune = tuple(option for option in _QUIET_FETCH if option != "--no-prune")
    refspecs = (f"+{own}{name}:{own}{name}" for name in _MARK_SPECS if name.endswith("*") or own + name in ours)
    with suppress(GitFailed):
        # Nothing but a later run from another hub needs them.
        hub.repo.common_git.run("fetch", *prune, "--prune", "--", str(hub.git.git_dir), *refspecs, timeout_s=_NETWORK_S)
        hub.published_marks = marks


def make_branch(repo: UserRepo, source: Path, branch: str, commit: str) -> None:
    """Make a new branch of the user's repository at a commit of another repository; none that is there is touched.

    Raises:
        RepositoryUnusable: there is such a branch, or one beside which git cannot make it, or git takes no such name.
    """
    existing, git = repo.branch_tips(), repo.common_git
    if git.run("check-ref-format", f"refs/heads/{branch}", ok=(0, 1)).code != 0 or branch.startswith("-"):
        raise RepositoryUnusable(f"git takes no branch named {branch!r}", "name another one")
    if branch in existing:
        raise RepositoryUnusable(f"{repo.path} has a branch {branch!r} already", "give another name with --branch")
    blocking = blocking_branch(branch, existing)
    if blocking is not None:
        raise RepositoryUnusable(f"{repo.path} has a branch {blocking!r}, so git cannot make {branch!r}")
    git.run("fetch", *_QUIET_FETCH, "--", str(source), commit, timeout_s=_NETWORK_S)
    # By its expected old value, none, so that one that is made meanwhile stays.
    git.run("update-ref", "-m", "planwave: restored", f"refs/heads/{branch}", commit, "0" * len(commit))


def push(hub: Hub, remote: str, branches: Sequence[str]) -> None:
    """Push published branches from the user's repository to one of its remotes: all or none, where the remote can.

    The user's own configuration and credentials are used; nothing is asked.

    Args:
        hub: the hub.
        remote: the remote's name in the user's repository.
        branches: branches that `publish` brought there.

    Raises:
        RepositoryUnusable: no such remote, or it refused.
    """
    if not branches:
        return
    git, name = hub.repo.git, f"remote.{remote}"
    if not any(git.run("config", "--get", f"{name}.{key}", ok=(0, 1)).code == 0 for key in ("url", "pushurl")):
        raise RepositoryUnusable(
            f"{hub.repo.path} has no remote {remote!r}", f"run `git remote add {remote} URL` there"
        )
    try:
        _push(hub.repo, remote, branches)
    except GitFailed as problem:
        raise RepositoryUnusable(
            f"cannot push to {remote!r}: {gist(problem.tail)}", "the branches are in your repository"
        ) from problem


def _push(repo: UserRepo, remote: str, branches: Sequence[str]) -> None:
    git, refs = repo.git, [f"refs/heads/{branch}" for branch in branches]
    # From where the user would do it: the path of a remote may be relative.
    here, env = ("-C", str(repo.path)), unattended_ssh(git)
    if any(asks_for_lfs(repo, ref) for ref in refs):
        # A hook of git-lfs brings the objects when the user pushes; hooks do not run here.
        git.run(*here, "lfs", "push", remote, *refs, env=env, timeout_s=_LFS_S)
    command, refspecs = ("push", "--quiet", "--no-verify"), ("--", remote, *(f"{ref}:{ref}" for ref in refs))
    # A mirror would get, and lose, everything, and git names no branches to one.
    one_way = git.with_config({f"remote.{remote}.mirror": "false"})
    try:
        one_way.run(*here, *command, "--atomic", *refspecs, env=env, timeout_s=_NETWORK_S)
    except GitFailed as problem:
        if _NOT_ATOMIC not in problem.tail:
            raise
        one_way.run(*here, *command, *refspecs, env=env, timeout_s=_NETWORK_S)


def _objection(hub: Hub, move: _Move, tip: str | None, checked_out: str | None) -> str | None:
    """Say why a branch must not be moved, or None."""
    if checked_out is not None:
        gone = "" if Path(checked_out).exists() else ", whose folder is gone: `git worktree prune` lets git forget it"
        return f"it is checked out in {checked_out}{gone}"
    if tip is None or _is_before(hub, tip, move.commit) or tip == hub.ref(hub.published_ref(move.branch)):
        return None
    return "it has commits that are not planwave's"


def _is_before(hub: Hub, tip: str | None, commit: str) -> bool:
    return tip is None or hub.contains(commit, tip)


def _fetch(hub: Hub, moves: Sequence[_Move], refused: dict[str, str]) -> Published:
    if not moves:
        return Published((), refused)
    said = ""
    try:
        refspecs = (move.refspec for move in moves)
        fetch = ("fetch", *_QUIET_FETCH, "--", str(hub.git.git_dir), *refspecs)
        hub.repo.common_git.run(*fetch, timeout_s=_NETWORK_S)
    except GitFailed as problem:
        # One branch that git refuses does not keep the others from moving.
        said = gist(problem.tail)
    arrived = hub.repo.branch_tips()
    ok = [move for move in moves if arrived.get(move.branch) == move.commit]
    refused |= {move.branch: said or "it moved meanwhile" for move in moves if move not in ok}
    try:
        _record(hub, {move.branch: move.commit for move in ok})
    except GitFailed as problem:
        # The branches are there; the next start records that.
        _log.warning("what was published could not be recorded: %s", gist(problem.tail))
    return Published(tuple(move.branch for move in ok), refused)
