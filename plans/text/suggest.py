"""Guessing which known name a misspelt one was meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is near a misspelt one, or None where none is."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    near = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return a hint `did you mean 'x'?`, or None where no known name is near."""
    near = nearest(name, known)
    return None if near is None else f"did you mean {near!r}?"
