"""Turns at speaking, so that many together say no more than a server takes."""

MESSAGES_PER_S = 2.0
"""Of all jobs of a run together: a line of log costs the server 5 ms."""


class Turns:
    """Lets so many speak in a second, whoever they are."""

    def __init__(self, per_s: float = MESSAGES_PER_S) -> None:
        self._gap_s = 1 / per_s
        self._next = 0.0

    def wait_s(self, now: float) -> float:
        """Take the next turn, and give the seconds until it."""
        turn = max(now, self._next)
        self._next = turn + self._gap_s
        return turn - now
