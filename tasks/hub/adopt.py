"""Work of a plan found in the user's repository: branches that planwave published there from another hub.

A repository that was moved, a hub that was deleted, another `PLANWAVE_HOME`: the branches of the plan are where they
were published, and with them, under `refs/planwave/<plan>/` of the user's repository, the base, what was taken in,
where waves started and which gates said GO. Branches are taken over where every commit between the base and their tips
is the plan's own, by its trailers; whether what a commit did still counts is for the digests to say, as always. What
this hub had of a branch, and had published, may have been replaced there: it is kept in the attic.
"""

from collections.abc import Mapping

from tasks.hub.base import fetch_from_user, look_where_it_is
from tasks.hub.hub import Hub

_MARKS = ("wave", "gate")
_TAKEN = "base-taken"


def adopt(hub: Hub, *, fresh: bool = False) -> None:
    """Take over what of the plan the user's repository holds and this hub does not know; warn of it, by branch.

    Args:
        hub: the hub.
        fresh: the caller starts over, so that what is found goes to the attic with the rest.
    """
    existing = hub.repo.branch_tips()
    own = hub.refs(hub.ref_name() + "/")
    tips = {branch: existing[branch] for branch in hub.branches() if branch in existing}
    adopted = [branch for branch, tip in tips.items() if _adopt(hub, branch, tip, own, fresh=fresh)]
    if adopted:
        if not fresh:
            _adopt_marks(hub)
        named = ", ".join(adopted[:5]) + (f" and {len(adopted) - 5} more" if len(adopted) > 5 else "")
        what = "it is kept in the attic" if fresh else "goes on from it"
        hub.warnings.append(f"found work of this plan in {hub.repo.path}, and {what}: {named}")


def is_of_plan(hub: Hub, tip: str) -> bool:
    """Return whether every commit up to a tip, but for those of the user's base, is of this plan by its trailers."""
    began = hub.repo.commit_of(hub.ref_name("base"))
    theirs = {hub.base, *hub.taken, hub.start.commit, *([began] if began and hub.contains(tip, began) else [])}
    shown = "--format=%(trailers:key=Plan-Id,valueonly,separator=%x2C)"
    said = hub.git.run("log", "-z", shown, tip, "--not", *theirs, "--").out.split(b"\0")[:-1]
    return bool(said) and all(name.decode(errors="replace").strip() == hub.plan.name for name in said)


def may_adopt(hub: Hub, branch: str, tip: str, own: Mapping[str, str], *, fresh: bool) -> bool:
    """Return whether a branch of the user's repository is work of this plan that can be taken over and nothing lost.

    Args:
        hub: the hub; it can read the commits.
        branch: the branch.
        tip: its last commit.
        own: the refs of the plan in the hub.
        fresh: the caller starts over.
    """
    mine = own.get(hub.branches()[branch])
    goes_on = mine is None or hub.contains(tip, mine)
    loses_nothing = goes_on or fresh or mine == own.get(hub.published_ref(branch))
    return loses_nothing and not hub.contains(hub.base, tip) and is_of_plan(hub, tip)


def _adopt(hub: Hub, branch: str, tip: str, own: Mapping[str, str], *, fresh: bool) -> bool:
    ref, published = hub.branches()[branch], hub.published_ref(branch)
    mine = own.get(ref)
    known = {mine, own.get(published), hub.base, *hub.taken, *([hub.moved.commit] if hub.moved else [])}
    if tip in known:
        return False
    found = hub.ref_name("found")
    fetch_from_user(hub, f"+{tip}:{found}")
    is_ours = may_adopt(hub, branch, tip, own, fresh=fresh)
    if is_ours:
        if mine is not None and not hub.contains(tip, mine):
            hub.set_back(ref, tip, mine)
        else:
            hub.move_ref(ref, tip, mine)
        hub.move_ref(published, tip, own.get(published))
    hub.remove_ref(found)
    return is_ours


def _adopt_marks(hub: Hub) -> None:
    """Have of where waves started, which gates said GO and what was taken in what belongs to the target as it is."""
    prefix = hub.ref_name() + "/"
    own = {name for name in hub.refs(prefix) if _is_mark(name.removeprefix(prefix))}
    listed = hub.repo.common_git.text("for-each-ref", "--format=%(objectname) %(refname)", prefix)
    published = {name: commit for commit, name in (line.split(" ", 1) for line in listed.splitlines())}
    wanted = {name: commit for name, commit in published.items() if _is_mark(name.removeprefix(prefix))}
    for name in own - wanted.keys() if wanted else ():
        hub.remove_ref(name)
    target = hub.target_tip()
    for name, commit in wanted.items():
        fetch_from_user(hub, f"+{commit}:{name}")
        # A gate's GO stands beside the target that it was said of.
        stands_on = f"{commit}^" if name.startswith(f"{prefix}gate/") else commit
        if not hub.contains(target, hub.git.text("rev-parse", stands_on)):
            hub.remove_ref(name)
    look_where_it_is(hub)


def _is_mark(name: str) -> bool:
    return name == _TAKEN or name.partition("/")[0] in _MARKS
