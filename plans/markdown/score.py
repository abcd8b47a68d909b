"""How well one way of reading a document fits it: a score with its reasons, kept beside the order that decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One measure of a reading."""

    value: float
    """0, nothing fits, to 1."""
    reason: str
    """In words, with the figures that it comes from."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well a reading fits its document; each part is measured on the same evidence for every reading of it."""

    references: Part
    """How many of the document's dependencies name something that the reading knows."""
    mentions: Part
    """How much of what the document names by a label is a job, a group or a lane in the reading."""
    agreement: Part
    """Whether the reading contradicts itself: jobs that wait for later groups, one label for two jobs."""
    claims: Part
    """How near its figures are to those that the document gives of itself: `12 tasks in 4 waves`."""

    @property
    def parts(self) -> Iterator[tuple[str, Part]]:
        """Its parts by name."""
        yield "references", self.references
        yield "mentions", self.mentions
        yield "agreement", self.agreement
        yield "claims", self.claims

    @property
    def total(self) -> float:
        """The mean of its parts, 0 to 1."""
        values = [part.value for _, part in self.parts]
        return sum(values) / len(values)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way of reading a document that found jobs in it."""

    name: str
    score: Score
    taken: bool
    """The order of the ways decided for it."""


def disagreement(candidates: Sequence[Candidate]) -> str:
    """Say how the scores would have decided otherwise than the order has; "" where they agree."""
    taken = next((one for one in candidates if one.taken), None)
    best = max(candidates, key=lambda one: one.score.total, default=None)
    if taken is None or best is None or round(best.score.total - taken.score.total, 9) <= 0:
        return ""
    better = [
        f"{name}: {part.reason}, not {mine.reason}"
        for (name, part), (_, mine) in zip(best.score.parts, taken.score.parts, strict=True)
        if part.value > mine.value
    ]
    return (
        f"read as {taken.name} ({taken.score.total:.2f}), while {best.name} fits better ({best.score.total:.2f}): "
        f"{'; '.join(better)}"
    )
