"""How hard a property is tried: by day, and ten times as hard under `--hypothesis-profile=nightly`."""

from hypothesis import settings

_DAY = 100
"""Examples of hypothesis's own default, which a profile changes."""


def examples(count: int) -> settings:
    """Return the settings of a property that tries so many examples by day.

    Counts are small where an example is dear or where more of them have never found anything.
    """
    return settings(max_examples=max(1, count * settings().max_examples // _DAY))
