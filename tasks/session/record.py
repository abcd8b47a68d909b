"""What a run knows of itself: facts that are only ever added, and what follows from them.

Effects come in one order: the ref in the hub moves, the fact is noted here, and then whoever looks on is told.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tasks.ledger.ledger import JobRecord
from tasks.session.derived import Course, Gates, Jobs, Landings
from tasks.session.facts import Fact, Warned


@dataclass(frozen=True)
class Noted:
    """A fact, with its moment."""

    at: float
    """In seconds since the run began."""
    fact: Fact


Follower = Callable[[Noted], None]


class Record:
    """The record of one run; added to on the run's event loop only.

    What is derived is read anywhere and changed here alone, a fact at a time: nothing looks through the whole record.

    Args:
        now: the run's clock.
        done: the commits of jobs that earlier runs finished.
        warnings: what is to be told from the beginning.
    """

    def __init__(
        self, now: Callable[[], float], *, done: Mapping[str, JobRecord] | None = None, warnings: Iterable[str] = ()
    ) -> None:
        self._now = now
        self._noted: list[Noted] = []
        self._followers: list[Follower] = []
        self.jobs = Jobs(done=dict(done or {}))
        self.landings = Landings()
        self.gates = Gates()
        self.course = Course()
        for text in warnings:
            self.note(Warned(text))

    @property
    def noted(self) -> tuple[Noted, ...]:
        """All that was noted, in order."""
        return tuple(self._noted)

    def note(self, fact: Fact) -> None:
        """Add a fact, and let those who follow the record have it."""
        noted = Noted(self._now(), fact)
        self._noted.append(noted)
        self.jobs.take(fact, noted.at)
        self.landings.take(fact)
        self.gates.take(fact, noted.at)
        self.course.take(fact)
        for follower in self._followers:
            follower(noted)

    def follow(self, follower: Follower) -> None:
        """Let `follower` have each fact from now on, at once and in order; it must not raise."""
        self._followers.append(follower)
