"""Whether two patterns can match one path: the product of the two automata is searched for a way to its end.

A pattern is an automaton over the names of a path, and each name is one over characters. Both searches are breadth
first, so the path that is found is a shortest one. Sound and complete for the dialect of `plans.ownership.patterns`.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, product
from typing import Generic, TypeVar

from plans.ownership.patterns import ANY, DEPTH, STAR, Characters, Glob, Pattern, Segment

Key = TypeVar("Key", bound=Hashable)
Segments = tuple[Segment | None, ...]

_DEPTH: Segments = (DEPTH,)
_STAR: Glob = (STAR,)
_ANYTHING = _STAR
_NO_NAMES = frozenset({".", ".."})
_SOME = "x"
"""Stands for any character in a witness."""


def overlap(one: Pattern, other: Pattern) -> str | None:
    """Return a path that both patterns match, or None when there is none."""
    if not (one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)):
        return None
    return meeting_path(one.against(other), other.against(one))


def meeting_path(one: Segments, other: Segments) -> str | None:
    """Return a path that two sequences of segments both match, or None when there is none."""
    if not _meet(one, other):
        return None
    queue: deque[tuple[int, int, tuple[str, ...]]] = deque([(0, 0, ())])
    seen = {(0, 0)}
    while queue:
        at, by, names = queue.popleft()
        if at == len(one) and by == len(other):
            return "/".join(names)
        for to, on, read in _steps(one, other, at, by):
            if (to, on) not in seen:
                seen.add((to, on))
                queue.append((to, on, (*names, *read)))
    return None


def _meet(one: Segments, other: Segments) -> bool:
    """Return whether there is a way, by a table of all pairs of places: far faster than to look for the way."""
    if one and other and not _next_may_meet(one[0], other[0]):
        return False
    width = len(other)
    row = [all(segment is DEPTH for segment in other[by:]) for by in range(width + 1)]
    for mine in reversed(one):
        below = row
        row = [mine is DEPTH and below[width]] * (width + 1)
        for by in range(width - 1, -1, -1):
            theirs = other[by]
            if mine is DEPTH or theirs is DEPTH:
                row[by] = below[by] or row[by + 1]
            else:
                row[by] = below[by + 1] and _next_may_meet(mine, theirs)
    return row[0]


def _next_may_meet(one: Segment | None, other: Segment | None) -> bool:
    return one is None or other is None or meeting_name(one, other) is not None


def _steps(one: Segments, other: Segments, at: int, by: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield where the two can go from here, each with the names that are read on the way."""
    mine, theirs = one[at : at + 1], other[by : by + 1]
    if mine == _DEPTH:
        yield at + 1, by, ()
    if theirs == _DEPTH:
        yield at, by + 1, ()
    if not mine or not theirs or mine == theirs == _DEPTH:
        return
    name = meeting_name(mine[0] or _ANYTHING, theirs[0] or _ANYTHING)
    if name is not None:
        yield at + (mine != _DEPTH), by + (theirs != _DEPTH), (name,)


def meeting_name(one: Segment, other: Segment) -> str | None:
    """Return a file name that two segments both match, or None when there is none."""
    if isinstance(one, str) and isinstance(other, str):
        return one if one == other else None
    return _meeting_name(_glob(one), _glob(other))


def _glob(segment: Segment) -> Glob:
    return tuple(frozenset(character) for character in segment) if isinstance(segment, str) else segment


@lru_cache(maxsize=100_000)
def _meeting_name(one: Glob, other: Glob) -> str | None:
    queue = deque([(0, 0, "")])
    seen = {(0, 0, "")}
    while queue:
        at, by, name = queue.popleft()
        if at == len(one) and by == len(other) and name and name not in _NO_NAMES:
            return name
        for to, on, character in _reads(one, other, at, by):
            longer = name + character
            # How a longer name came about is all one, but not whether it is still one of the names no file has.
            state = (to, on, longer if longer in _NO_NAMES or not longer else _SOME)
            if state not in seen:
                seen.add(state)
                queue.append((to, on, longer))
    return None


def _reads(one: Glob, other: Glob, at: int, by: int) -> Iterator[tuple[int, int, str]]:
    """Yield where the two can go from here, each with the character that is read on the way, if any."""
    mine, theirs = one[at : at + 1], other[by : by + 1]
    if mine == _STAR:
        yield at + 1, by, ""
    if theirs == _STAR:
        yield at, by + 1, ""
    if mine and theirs:
        for character in _common(mine[0] or ANY, theirs[0] or ANY):
            yield at + (mine != _STAR), by + (theirs != _STAR), character


def _common(one: Characters, other: Characters) -> Iterator[str]:
    """Yield characters that stand for all that two sets have in common: the first, and one that is no dot."""
    if not one and not other:
        yield _SOME
        return
    both = sorted(one & other if one and other else one | other)
    yield from both[:1]
    yield from [character for character in both[1:] if both[0] == "."][:1]


class PatternIndex:
    """Patterns by the text that their paths begin with, so that only those that can meet are compared."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._sorted = sorted(patterns, key=lambda pattern: pattern.prefix)
        self._prefixes = [pattern.prefix for pattern in self._sorted]
        self._known = set(self._prefixes)

    def near(self, pattern: Pattern) -> Iterator[Pattern]:
        """Yield the indexed patterns that may overlap with a pattern: one's beginning is a beginning of the other's."""
        prefix = pattern.prefix
        for length in range(len(prefix)):
            if prefix[:length] in self._known:
                yield from self._from(prefix[:length], lambda found, begin: found == begin)
        yield from self._from(prefix, str.startswith)

    def _from(self, prefix: str, fits: Callable[[str, str], bool]) -> Iterator[Pattern]:
        for at in range(bisect_left(self._prefixes, prefix), len(self._prefixes)):
            if not fits(self._prefixes[at], prefix):
                return
            yield self._sorted[at]


@dataclass(frozen=True)
class Overlap(Generic[Key]):
    """Two owners that may both touch a path."""

    one: Key
    other: Key
    pattern: Pattern
    """Of the one."""
    other_pattern: Pattern
    path: str
    """A path that both patterns match."""


def find_overlaps(
    groups: Mapping[Key, Iterable[Pattern]],
    others: Mapping[Key, Iterable[Pattern]] | None = None,
    *,
    matters: Callable[[Key, Key], bool] = lambda _one, _other: True,
) -> Iterator[Overlap[Key]]:
    """Yield the overlaps between the patterns of different owners, each pair of owners once.

    Args:
        groups: patterns by owner.
        others: compare with these; absent: `groups` with one another.
        matters: whether an overlap of two owners is of interest; asked before patterns are compared.
    """
    owners = _by_pattern(groups)
    other_owners = owners if others is None else _by_pattern(others)
    place = {key: at for at, key in enumerate(groups)}
    index = PatternIndex(other_owners)
    told: set[tuple[Key, Key]] = set()
    for pattern, keys in owners.items():
        for other_pattern in index.near(pattern):
            pairs: Iterator[tuple[Key, Key]] = product(keys, other_owners[other_pattern])
            if others is None:
                pairs = ((one, other) for one, other in pairs if place[one] < place[other])
            open_pairs = (pair for pair in pairs if pair not in told and pair[0] != pair[1] and matters(*pair))
            first = next(open_pairs, None)
            path = None if first is None else overlap(pattern, other_pattern)
            if first is None or path is None:
                continue
            for one, other in chain((first,), open_pairs):
                told.add((one, other))
                yield Overlap(one, other, pattern, other_pattern, path)


def _by_pattern(groups: Mapping[Key, Iterable[Pattern]]) -> Mapping[Pattern, list[Key]]:
    owners: dict[Pattern, dict[Key, None]] = {}
    for key, patterns in groups.items():
        for pattern in patterns:
            owners.setdefault(pattern, {})[key] = None
    return {pattern: list(keys) for pattern, keys in owners.items()}
