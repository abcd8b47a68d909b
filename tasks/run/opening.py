"""Opening the hub for one plan: its lock, its base, its branches, and what stands against working on it."""

import shlex
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

from plans.model import Plan
from plans.text.plural import counted
from tasks.errors import RepositoryUnusable
from tasks.git.client import Git
from tasks.git.file_lock import opened, plan_lock
from tasks.git.streams import Streams
from tasks.home import Home
from tasks.hub.adopt import adopt, is_of_plan, may_adopt
from tasks.hub.base import foresee_base, settle_base
from tasks.hub.content import settle_content
from tasks.hub.guard import HubGuard
from tasks.hub.hub import Hub, hub_key
from tasks.hub.publish import record_published
from tasks.hub.setup import Features, clean_leftovers, features, make_hub
from tasks.repository.user_repo import UserRepo, blocking_branch, find_repository
from tasks.run.forewarn import ambiguous_target, forewarnings, ignored_work
from tasks.workspace.user_modules import take_modules


@contextmanager
def open_hub(
    repo: str | Path | UserRepo, plan: Plan, home: Home, *, fresh: bool = False, publishes: bool = True
) -> Generator[Hub]:
    """Open the hub of a repository for one plan, alone, making it when there is none.

    The user's repository is only read. Leftovers of processes that were killed are cleaned. Locks are given back at the
    end; the hub must not be used after that.

    Args:
        repo: the user's repository: a folder in a checkout, or a bare repository; or as it was found before.
        plan: the plan; its refs, workspaces and lock go by its name.
        home: where planwave keeps what it keeps.
        fresh: the caller starts over, by `Hub.fresh`: what stands against going on is no matter.
        publishes: as `Hub.publishes` says.

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
        guard = HubGuard(path)
        git = Git(path, lock_fds=(mine.fd, shared.fd), config=user.promises, streams=streams).guarded_by(guard.check)
        hub = Hub(key, git, user, plan, home, start, publishes=publishes)
        clean_leftovers(path, own=None if shared.try_exclusive() else hub.ref_name())
        shared.share()
        settle_base(hub, fresh=fresh)
        if publishes:
            adopt(hub, fresh=fresh)
        _check_branches(hub)
        if publishes:
            record_published(hub)
        _apply(hub, features(hub.git, user, hub.taken[0] if hub.taken else hub.base))
        guard.settle()
        hub.warnings += guard.found
        yield hub


def require_usable(repo: str | Path, plan: Plan, home: Home, *, fresh: bool = False, publishes: bool = True) -> None:
    """Refuse what `open_hub` would refuse, but for a run of the plan that is alive; nothing is changed.

    Args:
        repo: the user's repository.
        plan: the plan.
        home: where planwave keeps what it keeps.
        fresh: whether the run would start over.
        publishes: whether the user's repository would get the plan's branches.

    Raises:
        RepositoryUnusable: the repository is in a state that planwave must not work on.
    """
    user = find_repository(repo)
    key = hub_key(user)
    path, objects = home.hubs / f"{key}.git", str(user.common_dir / "objects")
    # What a run would fetch first is read where it is.
    env = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
    git = Git(path, config=user.promises, env=env) if path.is_dir() else user.common_git
    hub = Hub(key, git, user, plan, home, user.start(plan.base), publishes=publishes)
    if path.is_dir():
        foresee_base(hub, fresh=fresh)
    else:
        hub.base = hub.start.commit
    own = hub.refs(hub.ref_name() + "/")
    _check_branches(hub, adopts=lambda branch, tip: publishes and may_adopt(hub, branch, tip, own, fresh=fresh))
    features(git, user, hub.taken[0] if hub.taken else hub.base)


def _check_branches(hub: Hub, *, adopts: Callable[[str, str], bool] = lambda _branch, _tip: False) -> None:
    """Refuse to work for branches that could not be published without harm.

    A branch that exists is taken when moving it is a fast-forward (it is the base or before it, or before our own tip)
    or when it stands where planwave itself left it; so nothing of the user's is ever dropped.

    Args:
        hub: the hub.
        adopts: tells whether a branch, of a name and a tip, will be taken over first.
    """
    user, existing, checked_out = hub.repo, hub.repo.branch_tips(), hub.repo.checked_out()
    if not hub.publishes:
        existing = checked_out = {}
    names, aliases = hub.branches(), hub.repo.aliases() if hub.publishes else {}
    if len(names) <= len(hub.plan.lanes):
        raise RepositoryUnusable(f"two tracks of plan {hub.plan.name!r}, or one and the target, have the same branch")
    if hub.plan.target_branch in checked_out:
        raise _checked_out(hub, checked_out[hub.plan.target_branch])
    own = hub.refs(hub.ref_name() + "/")
    hub.know_tips(own)
    for branch, ref in names.items():
        if branch in aliases:
            raise RepositoryUnusable(
                f"the branch {branch!r} of {user.path} is just another name for {aliases[branch]}",
                f"remove it with `git symbolic-ref -d refs/heads/{branch}`, or name another branch in the plan",
            )
        blocking = blocking_branch(branch, existing)
        if blocking is not None:
            raise RepositoryUnusable(
                f"{user.path} has a branch {blocking!r}, so git cannot make {branch!r}",
                f"rename it (`git branch -m {blocking} NEW`), or give the plan a `target`, and its tracks a `branch`, "
                "that are called otherwise",
            )
        tip = existing.get(branch)
        if tip is None or tip in {own.get(ref), own.get(hub.published_ref(branch)), hub.base}:
            continue
        is_taken = hub.contains(own.get(ref, hub.base), tip) or hub.contains(hub.base, tip)
        if not is_taken and not adopts(branch, tip):
            if hub.git.run("cat-file", "-e", tip, ok=(0, 1, 128)).code == 0 and is_of_plan(hub, tip):
                raise RepositoryUnusable(
                    f"{user.path} has a branch {branch!r} with work of this plan that another hub published, and this "
                    "hub holds work of the plan that was never published",
                    "go on with the `PLANWAVE_HOME` that published it, or start over here with `--fresh`",
                )
            raise RepositoryUnusable(
                f"{user.path} has a branch {branch!r} with commits that are not of plan {hub.plan.name!r}",
                "rename or delete it, or give the plan another name for it",
            )


def _checked_out(hub: Hub, where: str) -> RepositoryUnusable:
    what = f"the target {hub.plan.target_branch!r} is checked out in {where}"
    if Path(where).exists():
        return RepositoryUnusable(what, "check out another branch there, or give the plan another `target`")
    prune = f"git -C {shlex.quote(str(hub.repo.path))} worktree prune"
    return RepositoryUnusable(f"{what}, a worktree whose folder is gone", f"`{prune}` lets git forget it")


def _apply(hub: Hub, found: Features) -> None:
    hub.git = hub.git.with_config(found.filters.config, found.filters.env)
    settle_content(hub)
    hub.gitlinks = found.gitlinks
    if hub.start.detached:
        hub.warnings.append(f"no branch is checked out: the run starts from commit {hub.base[:10]}")
    hub.warnings += forewarnings(hub.repo, hub.start, hub.plan)
    hub.warnings += ambiguous_target(hub.repo, hub.plan) if hub.publishes else []
    hub.warnings += ignored_work(hub.git, hub.base, hub.plan)
    missing = take_modules(hub, hub.taken[0] if hub.taken else hub.base)
    if missing:
        what = f"the files of {counted(len(missing), 'submodule')} are not here: their folders are empty for the agents"
        fetched = f"`git -C {shlex.quote(str(hub.repo.path))} submodule update --init` brings them"
        hub.warnings.append(f"{what}: {', '.join(missing[:5])} ({fetched})")
