"""One agent's file among those of a team: what it was read to, and what the others call it."""

import re
from dataclasses import dataclass, field

from plans.markdown.draft import Draft, DraftJob, DraftTrack

_PLAN_SUFFIX = re.compile(r"[-_ ]?(?:plan|tasks?|instructions|prompt|brief)$")


@dataclass
class Member:
    """One agent's file."""

    file: str
    text: str
    draft: Draft
    track: DraftTrack = field(init=False)

    def __post_init__(self) -> None:
        self.track = next(iter(self.draft.tracks.values()), DraftTrack("", self.draft.title, self.draft.line, "agent"))

    @property
    def name(self) -> str:
        """What other files call it, without its end: `agent-1` of `agent-1-plan.md`."""
        stem = self.file.rpartition("/")[2].rpartition(".")[0].lower()
        return _PLAN_SUFFIX.sub("", stem) or stem

    @property
    def jobs(self) -> list[DraftJob]:
        """Its jobs, in order."""
        return list(self.draft.jobs)
