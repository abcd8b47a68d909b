"""Jobs in batches: one batch after the other, the jobs of one batch side by side."""

from collections.abc import Sequence
from itertools import pairwise

from plans.markdown.draft import Draft, DraftJob, DraftTrack

Batch = Sequence[DraftJob]


def put_in_order(draft: Draft, batches: Sequence[Batch], track: DraftTrack) -> None:
    """Tie batches to one another by `after`; jobs that stand alone in theirs follow each other on one track.

    The common track gives each of them the work of those before it without a merge in between.

    Args:
        draft: it gets the track, where two jobs or more share it.
        batches: in order.
        track: the lane of the jobs that stand alone.
    """
    alone = [batch[0] for batch in batches if len(batch) == 1]
    shared = len(alone) > 1
    if shared:
        draft.tracks[track.key] = track
        for job in alone:
            job.track = track.key
    for before, behind in pairwise(batches):
        if shared and len(before) == len(behind) == 1:
            continue
        for job in behind:
            job.after += [one for one in before if one not in job.after]
