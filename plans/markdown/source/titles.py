"""Whether two titles are of one thing."""

from plans.markdown.source.text import words


def alike(title: str, other: str) -> bool:
    """Return whether two titles may be of one thing: most of the shorter one's words are in the other."""
    mine, theirs = {*words(title)}, {*words(other)}
    if not mine or not theirs:
        return True
    return len(mine & theirs) >= 0.5 * min(len(mine), len(theirs))


def alike_titles(title: str, other: str) -> bool:
    """Return whether two titles are the same but for marks and case."""
    return words(title) == words(other)
