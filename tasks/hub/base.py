"""The base of a plan: the commit it started from, and the user's branch, tag or commit that this was, which may move.

The commit that a plan started from never changes: from there on git is asked what is done. Where the user's base has
gone on since, the run takes that in as a landing of its own (`tasks.landing.take_in`), before anything new starts.
"""

from tasks.errors import RepositoryUnusable
from tasks.hub.hub import Hub
from tasks.repository.user_repo import Start

_FETCH = ("fetch", "-q", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules")
_FETCH_S = 3600
_WORK = ("target", "track/", "wave/", "gate/", "replay/")


def fetch_from_user(hub: Hub, *refspecs: str) -> None:
    """Bring something of the user's repository into the hub."""
    options = ("--update-shallow", f"--upload-pack={hub.repo.serve}")
    hub.git.run(*_FETCH, *options, "--", str(hub.repo.common_dir), *refspecs, timeout_s=_FETCH_S)


def settle_base(hub: Hub, *, fresh: bool) -> None:
    """Find the plan's base, or make the user's base of now that of the plan; see whether it has moved since.

    Raises:
        RepositoryUnusable: the commit that the plan started from is gone from the user's repository.
    """
    hub.start = _start_of_now(hub)
    _fetch_start(hub)
    recorded = hub.ref(hub.ref_name("base"))
    if fresh:
        hub.base = hub.start.commit
    elif recorded is None:
        _begin(hub)
    elif recorded != hub.start.commit and not _has_work(hub):
        hub.record_base(hub.start)
    else:
        hub.base = recorded
        look_where_it_is(hub)


def foresee_base(hub: Hub, *, fresh: bool) -> None:
    """Find what `settle_base` would; nothing is changed, and nothing fetched.

    Raises:
        RepositoryUnusable: as `settle_base` raises it.
    """
    hub.start = _start_of_now(hub)
    recorded = None if fresh else hub.ref(hub.ref_name("base"))
    if recorded is None or (recorded != hub.start.commit and not _has_work(hub)):
        hub.base = hub.start.commit
    else:
        hub.base = recorded
        look_where_it_is(hub)


def _start_of_now(hub: Hub) -> Start:
    """Return the user's base as it is now: by the name on record where the plan names none, whatever is checked out."""
    name = hub.base_name() if hub.plan.base is None else None
    return hub.start if name is None else hub.repo.find_start(name) or hub.start


def _fetch_start(hub: Hub) -> None:
    """Bring the user's base into the hub; a ref is kept on it, so that it need not be fetched twice."""
    ref, commit = hub.ref_name("user-base"), hub.start.commit
    if hub.ref(ref) != commit:
        fetch_from_user(hub, f"+{commit}:{ref}")


def _begin(hub: Hub) -> None:
    """Start from the user's base of now, or from where the branches started that another hub of this plan published."""
    began = _began_elsewhere(hub) if hub.publishes else None
    if began is None:
        hub.record_base(hub.start)
        return
    names = {"base": began, "base-taken": hub.repo.commit_of(hub.ref_name("base-taken"))}
    fetch_from_user(hub, *(f"+{commit}:{hub.ref_name(name)}" for name, commit in names.items() if commit))
    hub.name_base(hub.start)
    hub.base = began
    look_where_it_is(hub)


def _began_elsewhere(hub: Hub) -> str | None:
    existing, git = hub.repo.branch_tips(), hub.repo.common_git
    shown = ("show", "-s", "--format=%(trailers:key=Plan-Id,valueonly,separator=)")
    for tip in (existing[branch] for branch in hub.branches() if branch in existing):
        if git.text(*shown, tip) == hub.plan.name:
            recorded = hub.repo.commit_of(hub.ref_name("base"))
            return recorded or git.run("merge-base", hub.start.commit, tip, ok=(0, 1)).text or None
    return None


def _was_taken_in(hub: Hub, commit: str, last: str) -> bool:
    """Return whether the target holds the landing of a commit of the base (`tasks.landing.take_in`)."""
    shown = ("--first-parent", "--format=%(trailers:key=Plan-Base,valueonly,separator=)")
    return commit in hub.git.text("log", *shown, hub.target_tip(), "--not", last, "--").splitlines()


def _has_work(hub: Hub) -> bool:
    own = hub.ref_name() + "/"
    return any(ref.removeprefix(own).startswith(_WORK) for ref in hub.refs(own))


def look_where_it_is(hub: Hub) -> None:
    """Compare the base on record with the user's, which is also at what was published when it is the target itself."""
    start, name = hub.start, hub.start.name
    taken = hub.ref(hub.ref_name("base-taken"))
    if taken is not None and not hub.contains(hub.target_tip(), taken):
        # The target was put back to before it, by a gate or to be built anew.
        taken = None
    hub.taken = () if taken is None else (taken,)
    hub.moved = None
    last = taken or hub.base
    if start.commit in {last, hub.ref(hub.published_ref(name))}:
        return
    if not hub.repo.has_commit(hub.base):
        raise RepositoryUnusable(
            f"the commit {hub.base[:10]}, where plan {hub.plan.name!r} started, is gone from {hub.repo.path}",
            "start over with `--fresh`; the work so far is kept in the hub",
        )
    if hub.contains(hub.target_tip(), start.commit) and hub.contains(start.commit, last):
        if _was_taken_in(hub, start.commit, last):
            # A run was killed between the landing and its record, which this one makes.
            hub.moved = start
        else:
            # The user put the target's own commits, or what they hold, on his branch.
            hub.note_taken(start)
    elif hub.contains(start.commit, last):
        hub.moved = start
    else:
        how = "is before" if hub.contains(last, start.commit) else "does not contain"
        said = (
            f"{name} is at {start.commit[:10]}, which {how} {last[:10]}, where the run started: "
            f"it goes on from there (`--fresh` starts over at {start.commit[:10]})"
        )
        hub.warnings += [] if said in hub.warnings else [said]
