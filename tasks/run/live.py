"""A run with all of its parts, as the flows go through it."""

from dataclasses import dataclass

from tasks.attempt.desk import Desk
from tasks.landing.train import Train
from tasks.session.session import Session


@dataclass(frozen=True)
class LiveRun:
    """An opened run: what it knows, where its jobs are done, and how its tracks land."""

    session: Session
    desk: Desk
    train: Train

    @classmethod
    def of(cls, session: Session) -> "LiveRun":
        """Return the run of a session, with nothing begun."""
        return cls(session, Desk(session), Train(session))
