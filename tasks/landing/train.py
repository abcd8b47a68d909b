"""The merge train of a run: what all that moves its target shares."""

import asyncio

from tasks.landing.publishing import Publishing
from tasks.session.session import Session


class Train:
    """What landings, gates and the beginnings of waves share; waves without a barrier go on beside one another.

    Attributes:
        session: the run.
        target_turn: held by whoever moves the target, from looking where it is.
        opening: held while a wave's marks are put in order: waves that open together drop the same ones.
        publishing: what brings to the user what has landed.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.target_turn = asyncio.Lock()
        self.opening = asyncio.Lock()
        self.publishing = Publishing(session)
