"""The hub: planwave's own bare clone of the user's repository, in which all work is done.

The refs of a plan, each moved by one update with the expected old value:

- `refs/planwave/<plan>/base`: where the plan started
- `refs/planwave/<plan>/target`, `refs/planwave/<plan>/track/<track>`: its branches
- `refs/planwave/<plan>/published/<branch>`: what the user's repository was given last, `/` written as `%2F`
- `refs/planwave/rescue/<plan>/<job>/<n>`: what a failed or killed attempt left
- `refs/planwave/attic/<plan>/<n>/...`: what was moved out of the way

Branches of the plan stand apart from the user's branches (and other plans') in the hub, whatever their names.
"""

import hashlib
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from plans.model import Plan
from tasks.errors import RepositoryUnusable
from tasks.git import Git, GitFailed, GitOutput
from tasks.git_streams import Streams
from tasks.home import Home
from tasks.hub_setup import Features, clean_leftovers, features, make_hub
from tasks.locks import opened, plan_lock
from tasks.user_repo import Start, UserRepo, blocking_branch, find_repository

_MOVE = ("update-ref", "--stdin", "-z", "-m", "planwave")
_RESERVED = frozenset({"rescue", "attic"})


@dataclass
class Hub:
    """One plan on one repository, opened for work by this process alone; its methods may be called from many threads.

    Attributes:
        key: the hub's name under `Home.hubs`.
        git: git on the hub, with the user's filters where the repository uses them.
        repo: the user's repository.
        start: the user's base as it is now.
        base: the commit that the plan started from.
        warnings: what the user should know, a line each.
        gitlinks: the folders of submodules; they stay as they are.
    """

    key: str
    git: Git
    repo: UserRepo
    plan: Plan
    home: Home
    start: Start
    base: str = ""
    warnings: list[str] = field(default_factory=list[str])
    gitlinks: tuple[str, ...] = ()
    _tips: dict[str, str | None] = field(default_factory=dict[str, str | None], repr=False)
    """The target and the tracks, which this process alone moves, and only here: as they were last read or moved to."""

    @property
    def work(self) -> Path:
        """The folder of this plan's workspaces and private indexes."""
        return self.home.work(self.key, self.plan.name)

    @property
    def absent(self) -> str:
        """What git takes as the old value of a ref that must not exist."""
        return "0" * len(self.start.commit)

    @property
    def target_ref(self) -> str:
        """The ref that merges land on."""
        return self.ref_name("target")

    def track_ref(self, track: str) -> str:
        """Give the ref of a track's line of commits."""
        return self.ref_name("track", track)

    def published_ref(self, branch: str) -> str:
        """Give the ref that remembers what a branch of the user's repository was last moved to."""
        return self.ref_name("published", quote(branch, safe=""))

    def ref_name(self, *parts: str) -> str:
        """Give the full name of a ref of this plan."""
        return plan_ref(self.plan.name, *parts)

    def ref(self, name: str) -> str | None:
        """Give what a ref points to, or None when there is no such ref."""
        found = self.git.run("rev-parse", "-q", "--verify", "--end-of-options", name, ok=(0, 1))
        return found.text or None

    def refs(self, prefix: str) -> dict[str, str]:
        """Give every ref below a prefix that ends in `/`, with what it points to."""
        listed = self.git.text("for-each-ref", "--format=%(objectname) %(refname)", prefix)
        pairs = (line.split(" ", 1) for line in listed.splitlines())
        return {ref: commit for commit, ref in pairs}

    def branches(self) -> dict[str, str]:
        """Give the user's name of the target and of every track's branch, each with its ref here."""
        plan = self.plan
        return {plan.target_branch: self.target_ref} | {plan.branch(t): self.track_ref(t) for t in plan.lanes}

    def target_tip(self) -> str:
        """Give the commit that the next merge lands on: the base until something landed."""
        return self._tip(self.target_ref) or self.base

    def track_tip(self, track: str) -> str | None:
        """Give the last commit of a track, or None when it has none of its own."""
        return self._tip(self.track_ref(track))

    def has_target(self) -> bool:
        """Tell whether anything has landed yet."""
        return self._tip(self.target_ref) is not None

    def know_tips(self, refs: Mapping[str, str]) -> None:
        """Take note of where the branches are, as all of the plan's refs say."""
        self._tips |= {name: refs.get(name) for name in self.branches().values()}

    def _tip(self, name: str) -> str | None:
        if name not in self._tips:
            # Another thread may have moved it while it was read; then what that one says holds.
            self._tips.setdefault(name, self.ref(name))
        return self._tips[name]

    def move_ref(self, name: str, new: str, old: str | None) -> None:
        """Move a ref, or make it when `old` is None; the one atomic step of everything.

        Raises:
            GitFailed: it is not at `old` any more; nothing changed.
        """
        try:
            move = f"start\0update {name}\0{new}\0{old or self.absent}\0prepare\0commit\0"
            self.git.ask(*_MOVE, request=move.encode(), end=b"commit: ok\n")
        except GitFailed:
            self._tips.pop(name, None)
            raise
        self._tips[name] = new

    def drop_ref(self, name: str) -> None:
        """Remove a ref, if there is one, and keep what it pointed to in the attic."""
        commit = self.ref(name)
        if commit is not None:
            self._to_attic({name: commit})

    def contains(self, tip: str, commit: str) -> bool:
        """Tell whether a commit is `tip` or before it; False too when the hub does not know it."""
        if tip == commit:
            return True
        return self.git.run("merge-base", "--is-ancestor", commit, tip, ok=(0, 1, 128)).code == 0

    def missing(self, tip: str, commits: Iterable[str]) -> frozenset[str]:
        """Give those of some commits that are neither `tip` nor before it, asked in one command."""
        asked = "".join(f"{commit}\n" for commit in commits)
        listed = self.git.run("rev-list", "--stdin", stdin=f"{asked}^{tip}\n".encode()).text if asked else ""
        return frozenset(listed.split()) & frozenset(asked.split())

    def fresh(self) -> None:
        """Start the plan over from the user's base of now; every ref it had is kept in the attic.

        What was published stays on record, so that planwave's own branches can be moved again.
        """
        published = self.ref_name("published") + "/"
        ours = self.refs(self.ref_name() + "/")
        self._to_attic({name: commit for name, commit in ours.items() if not name.startswith(published)})
        record_base(self)

    def rollback_target(self, commit: str, expected_old: str) -> None:
        """Put the target back to an earlier commit; where it was is kept in the attic.

        Raises:
            GitFailed: the target is not at `expected_old` any more; nothing changed.
        """
        self.set_back(self.target_ref, commit, expected_old)

    def set_back(self, name: str, commit: str, expected_old: str) -> None:
        """Move a ref back to an earlier commit; where it was is kept in the attic.

        Raises:
            GitFailed: it is not at `expected_old` any more; nothing changed.
        """
        if commit != expected_old:
            self._copy_to_attic({name: expected_old})
            self.move_ref(name, commit, expected_old)

    def _copy_to_attic(self, refs: Mapping[str, str]) -> None:
        attic = f"refs/planwave/attic/{self.plan.name}/"
        taken = [int(name.removeprefix(attic).split("/", 1)[0]) for name in self.refs(attic)]
        own = self.ref_name() + "/"
        folder = f"{attic}{max(taken, default=0) + 1}/"
        self._transact(f"create {folder}{name.removeprefix(own)} {commit}" for name, commit in refs.items())

    def _to_attic(self, refs: Mapping[str, str]) -> None:
        """Copy refs, then remove them: in two steps, because one with many refs is not atomic when it is killed."""
        self._copy_to_attic(refs)
        self._transact(f"delete {name} {commit}" for name, commit in refs.items())

    def _transact(self, commands: Iterable[str]) -> GitOutput:
        self._tips.clear()
        return self.git.run("update-ref", "--stdin", stdin="".join(f"{line}\n" for line in commands).encode())


def plan_ref(plan: str, *parts: str) -> str:
    """Give the full name of a ref of a plan, by the plan's name."""
    folder = f"{plan}.plan" if plan in _RESERVED else plan
    return "/".join(("refs/planwave", folder, *parts))


@contextmanager
def open_hub(repo: str | Path | UserRepo, plan: Plan, home: Home, *, fresh: bool = False) -> Generator[Hub]:
    """Open the hub of a repository for one plan, alone, making it when there is none.

    The user's repository is only read. Leftovers of processes that were killed are cleaned. Locks are given back at the
    end; the hub must not be used after that.

    Args:
        repo: the user's repository: a folder in a checkout, or a bare repository; or as it was found before.
        plan: the plan; its refs, workspaces and lock go by its name.
        home: where planwave keeps what it keeps.
        fresh: start over, as `Hub.fresh` says.

    Raises:
        RepositoryUnusable: the repository is in a state that planwave must not work on.
        PlanBusy: another process runs this plan on this repository.
        DiskFull: a disk is full.
    """
    user = repo if isinstance(repo, UserRepo) else find_repository(repo)
    start = user.start(plan.base)
    key = hub_key(user)
    path = make_hub(user, home.hubs, key)
    with (
        plan_lock(home.plan_lock(key, plan.name), plan.name, str(user.path)) as mine,
        opened(path / "planwave/hub.lock") as shared,
        closing(Streams()) as streams,
    ):
        git = Git(path, lock_fds=(mine.fd, shared.fd), streams=streams)
        hub = Hub(key, git, user, plan, home, start)
        clean_leftovers(path, own=None if shared.try_exclusive() else hub.ref_name())
        shared.share()
        _fetch_start(hub)
        _settle_base(hub, fresh=fresh)
        _check_branches(hub)
        _apply(hub, features(hub.git, user, hub.base))
        yield hub


def hub_key(repo: UserRepo) -> str:
    """Give the name of a repository's hub: the folder's name, and what tells it from others of that name."""
    folder = repo.common_dir.parent if repo.common_dir.name == ".git" else repo.common_dir
    name = "".join(c if c.isalnum() or c in "._-" else "-" for c in folder.name).strip(".-") or "repository"
    return f"{name[:60]}-{hashlib.sha256(str(repo.common_dir).encode(errors='surrogateescape')).hexdigest()[:8]}"


def record_base(hub: Hub) -> None:
    """Let the plan start from the user's base of now."""
    hub.git.run("update-ref", hub.ref_name("base"), hub.start.commit)
    hub.base = hub.start.commit


def _fetch_start(hub: Hub) -> None:
    """Bring the user's base into the hub; a ref is kept on it, so that it need not be fetched twice."""
    ref, commit = hub.ref_name("user-base"), hub.start.commit
    if hub.ref(ref) == commit:
        return
    options = (
        "-q",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-auto-gc",
        "--no-recurse-submodules",
        "--update-shallow",
    )
    hub.git.run("fetch", *options, "--", str(hub.repo.common_dir), f"+{commit}:{ref}", timeout_s=3600)


def _settle_base(hub: Hub, *, fresh: bool) -> None:
    recorded = hub.ref(hub.ref_name("base"))
    if fresh and recorded is not None:
        hub.fresh()
    elif recorded is None or (recorded != hub.start.commit and not _has_work(hub)):
        record_base(hub)
    else:
        hub.base = recorded
        _check_base(hub)


def _has_work(hub: Hub) -> bool:
    return any(ref != hub.ref_name("base") for ref in hub.refs(hub.ref_name() + "/") if not ref.endswith("/user-base"))


def _check_base(hub: Hub) -> None:
    """Compare the base on record with the user's, which is also at what was published when it is the target itself."""
    now, name = hub.start.commit, hub.start.name
    if now in {hub.base, hub.ref(hub.published_ref(name))}:
        return
    if not hub.repo.has_commit(hub.base):
        raise RepositoryUnusable(
            f"the commit {hub.base[:10]}, where plan {hub.plan.name!r} started, is gone from {hub.repo.path}",
            "start over with `--fresh`; the work so far is kept in the hub",
        )
    hub.warnings.append(
        f"the run goes on from {hub.base[:10]}, where it started; {name} is now at {now[:10]} (`--fresh` starts there)"
    )


def _check_branches(hub: Hub) -> None:
    """Refuse to work for branches that could not be published without harm.

    A branch that exists is taken when moving it is a fast-forward (it is the base or before it, or before our own tip)
    or when it stands where planwave itself left it; so nothing of the user's is ever dropped.
    """
    user, existing, checked_out = hub.repo, hub.repo.branch_tips(), hub.repo.checked_out()
    names = hub.branches()
    if len(names) <= len(hub.plan.lanes):
        raise RepositoryUnusable(f"two tracks of plan {hub.plan.name!r}, or one and the target, have the same branch")
    if hub.plan.target_branch in checked_out:
        where = checked_out[hub.plan.target_branch]
        raise RepositoryUnusable(
            f"the target {hub.plan.target_branch!r} is checked out in {where}", "check out another branch there"
        )
    own = hub.refs(hub.ref_name() + "/")
    hub.know_tips(own)
    for branch, ref in names.items():
        blocking = blocking_branch(branch, existing)
        if blocking is not None:
            raise RepositoryUnusable(f"{user.path} has a branch {blocking!r}, so git cannot make {branch!r}")
        tip = existing.get(branch)
        if tip is None or tip in {own.get(ref), own.get(hub.published_ref(branch)), hub.base}:
            continue
        if not (hub.contains(own.get(ref, hub.base), tip) or hub.contains(hub.base, tip)):
            raise RepositoryUnusable(
                f"{user.path} has a branch {branch!r} with commits that are not of plan {hub.plan.name!r}",
                "rename or delete it, or give the plan another name for it",
            )


def _apply(hub: Hub, found: Features) -> None:
    hub.git = hub.git.with_config(found.filters)
    hub.gitlinks = found.gitlinks
    if hub.start.detached:
        hub.warnings.append(f"no branch is checked out: the run starts from commit {hub.base[:10]}")
    uncommitted = hub.repo.uncommitted()
    if uncommitted:
        hub.warnings.append(f"{uncommitted} uncommitted change(s) in {hub.repo.path} are not part of the run")
    if hub.gitlinks:
        listed = ", ".join(hub.gitlinks[:5])
        hub.warnings.append(f"submodules stay as they are, and their folders are empty for the agents: {listed}")
