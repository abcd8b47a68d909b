"""Which of the tracks of a tier lands first when they are ready at nearly the same moment: the first in the plan."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from plans.model import Job
from plans.schedule.board import JobState
from plans.schedule.landing_order import Landing, Tiers
from tasks.session.session import Session

MOMENT_S = 1.0
"""How long a track waits at most for one before it, whose agents are through."""


class Precedence:
    """Lets tracks of one tier that are ready together land in plan order, so that a plan lands the same each time.

    The members of a tier may land in any order, and nobody waits for an agent; but between the end of an agent and its
    commit are milliseconds, and which of two tracks a conflict keeps off the target should not hang on those.
    """

    def __init__(self, session: Session, tiers: Tiers, jobs: Mapping[str, Sequence[Job]]) -> None:
        """Set it up for one round of landings: its tiers, and the jobs of each track."""
        self._session, self._jobs = session, jobs
        self._before = {track: tier[:place] for tier in tiers for place, track in enumerate(tier)}
        self._since: dict[str, float] = {}

    async def gives_way(self, track: str, landings: Mapping[str, Landing]) -> bool:
        """Wait, a moment at most, while a track before a ready one is nearly ready too; return whether it waited."""
        now = self._session.now()
        left = self._since.setdefault(track, now) + MOMENT_S - now
        before = (each for each in self._before[track] if landings[each] is Landing.WORKING)
        if left <= 0 or not any(self._is_nearly_ready(each) for each in before):
            return False
        with suppress(TimeoutError):
            await asyncio.wait_for(self._session.slots.change(), left)
        return True

    def _is_nearly_ready(self, track: str) -> bool:
        """Return whether the agents of a track are through, and only judging and committing is left."""
        frontier = self._session.frontier
        left = [job.id for job in self._jobs[track] if not frontier.state(job.id).is_final]
        return all(
            frontier.state(job) is JobState.RUNNING
            and not frontier.holds_slot(job)
            and not frontier.waits_for_slot(job)
            for job in left
        )
