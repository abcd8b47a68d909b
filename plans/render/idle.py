"""Time in which nothing happened but waiting."""

from collections.abc import Iterable, Iterator

Span = tuple[float, float]
"""From a moment to a later one, in seconds."""


def idle_s(waits: Iterable[Span], work: Iterable[Span]) -> float:
    """Return how long something was waited for while nothing was at work."""
    busy = list(_joined(work))
    return sum(end - start - sum(_common_s((start, end), span) for span in busy) for start, end in _joined(waits))


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the same time as spans that do not overlap, in order."""
    current: Span | None = None
    for start, end in sorted(spans):
        if current is None:
            current = (start, end)
        elif start <= current[1]:
            current = (current[0], max(current[1], end))
        else:
            yield current
            current = (start, end)
    if current is not None:
        yield current


def _common_s(one: Span, other: Span) -> float:
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))
