"""Taking back what an edited job had done, as long as nothing stands on it.

A job whose definition changed is done again. Where its old commit has not landed and ends its track, the track goes
back to before it, so that the job starts from what it started from then; the old commits are kept in the attic. What
has landed stays, and the job builds on it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tasks.hub import Hub
from tasks.ledger import Ledger

_KEYS = ("Plan-Job", "Plan-Job-Digest")
_FORMAT = "--format=%H" + "".join(f"%x1f%(trailers:key={key},valueonly,separator=)" for key in _KEYS)


class _Step(NamedTuple):
    commit: str
    job: str
    digest: str


def rewind_edited(hub: Hub, ledger: Ledger, digests: Mapping[str, str]) -> tuple[str, ...]:
    """Move every track back over the commits at its end that are out of date and not on the target.

    Args:
        hub: the hub.
        ledger: what is done.
        digests: the digest of every job of the plan.

    Returns:
        The tracks that were moved.
    """
    valid = {record.commit for job, record in ledger.jobs.items() if digests.get(job) == record.digest}
    tips = {track: hub.track_tip(track) for track in hub.plan.lanes} if ledger.jobs else {}
    return tuple(t for t, tip in tips.items() if tip is not None and tip not in valid and _rewind(hub, t, tip, digests))


def _rewind(hub: Hub, track: str, tip: str, digests: Mapping[str, str]) -> bool:
    target = hub.target_tip()
    for step in _line(hub, tip):
        if digests.get(step.job) == step.digest or hub.contains(target, step.commit):
            hub.set_back(hub.track_ref(track), step.commit, tip)
            return step.commit != tip
    hub.drop_ref(hub.track_ref(track))
    return True


def _line(hub: Hub, tip: str) -> list[_Step]:
    """Give the job commits of a track's own line, newest first."""
    listed = hub.git.text("log", "--first-parent", _FORMAT, tip, "--not", hub.base, "--")
    steps = (_Step(*line.split("\x1f")) for line in listed.splitlines())
    return [step for step in steps if step.job]
