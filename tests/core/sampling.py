"""How much is tried where everything can go wrong anywhere: some of it each day, far more in a night."""

import os
import random

TIMES = int(os.environ.get("PLANWAVE_THOROUGH") or 1)
"""So many times as much as in the tests of every day; 40 for a night."""


def moments(count: int, seed: int = 1) -> list[float]:
    """Return moments of a run to interrupt it at, as shares of it: one in each of `count` equal parts."""
    parts = count * TIMES
    draw = random.Random(seed)
    return [round((part + draw.random()) / parts, 4) for part in range(parts)]
