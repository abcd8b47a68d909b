"""Work of a plan found in the user's repository: branches that planwave published there from another hub.

A repository that was moved, a hub that was deleted, another `PLANWAVE_HOME`: the branches of the plan are where they
were published, and with them, under `refs/planwave/<plan>/` of the user's repository, the base, where waves started and
which gates said GO. Branches are taken over where every commit between the base and their tips is the plan's own, by
its trailers; whether what a commit did still counts is for the digests to say, as always.
"""

from collections.abc import Mapping

from tasks.base import fetch_from_user
from tasks.hub import Hub

_KINDS = ("wave", "gate")


def adopt(hub: Hub) -> None:
    """Take over what of the plan the user's repository holds and this hub does not know; warn of it, by branch."""
    existing = hub.repo.branch_tips()
    own = hub.refs(hub.ref_name() + "/")
    adopted = [branch for branch, ref in hub.branches().items() if _adopt(hub, branch, ref, existing.get(branch), own)]
    if adopted:
        _adopt_marks(hub)
        named = ", ".join(adopted[:5]) + (f" and {len(adopted) - 5} more" if len(adopted) > 5 else "")
        hub.warnings.append(f"found work of this plan in {hub.repo.path}, and goes on from it: {named}")


def _adopt(hub: Hub, branch: str, ref: str, tip: str | None, own: Mapping[str, str]) -> bool:
    mine, published = own.get(ref), hub.published_ref(branch)
    known = {mine, own.get(published), hub.base, *hub.taken, *([hub.moved.commit] if hub.moved else [])}
    if tip is None or tip in known:
        return False
    found = hub.ref_name("found")
    fetch_from_user(hub, f"+{tip}:{found}")
    is_ours = (mine is None or hub.contains(tip, mine)) and not hub.contains(hub.base, tip) and is_of_plan(hub, tip)
    if is_ours:
        hub.move_ref(ref, tip, mine)
        hub.move_ref(published, tip, own.get(published))
    hub.remove_ref(found)
    return is_ours


def is_of_plan(hub: Hub, tip: str) -> bool:
    """Tell whether every commit up to a tip, but for those of the user's base, is of this plan by its trailers."""
    theirs = (hub.base, *hub.taken, hub.start.commit)
    shown = "--format=%(trailers:key=Plan-Id,valueonly,separator=%x2C)"
    said = hub.git.run("log", "-z", shown, tip, "--not", *theirs, "--").out.split(b"\0")[:-1]
    return bool(said) and all(name.decode(errors="replace").strip() == hub.plan.name for name in said)


def _adopt_marks(hub: Hub) -> None:
    """Take over where waves started and which gates said GO, as far as they belong to the target as it is."""
    prefix = hub.ref_name() + "/"
    listed = hub.repo.common_git.text("for-each-ref", "--format=%(objectname) %(refname)", prefix)
    target = hub.target_tip()
    for commit, name in (line.split(" ", 1) for line in listed.splitlines()):
        if name.removeprefix(prefix).partition("/")[0] not in _KINDS or hub.ref(name) is not None:
            continue
        fetch_from_user(hub, f"+{commit}:{name}")
        # A gate's GO stands beside the target that it was said of.
        stands_on = f"{commit}^" if name.startswith(f"{prefix}gate/") else commit
        if not hub.contains(target, hub.git.text("rev-parse", stands_on)):
            hub.remove_ref(name)
