"""What a reader has found so far: a plan in the making, in the document's own words, with lines.

Readers of all dialects fill a draft; `plans.markdown.build` makes the plan from it. Everything that was taken from the
document carries the line it stood in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Literal, NamedTuple

from plans.errors import Problem
from plans.markdown.score import Candidate, disagreement
from plans.model import Role

Mode = Literal["parallel", "serial"]


class Said(NamedTuple):
    """Words of the document."""

    text: str
    line: int


class Trust(IntEnum):
    """How far a place is trusted: of two that contradict each other the one with the smaller figure counts."""

    TABLE = 1
    FIELD = 2
    BRACKET = 3
    AGAIN = 4
    """Where the document speaks of its jobs again: progress, commands, summaries."""


class Statement(NamedTuple):
    """What one place says that a job waits for; without words: that it waits for nothing."""

    trust: Trust
    said: tuple[Said, ...]
    line: int


@dataclass
class DraftOwns:
    """Paths as written."""

    create: list[Said] = field(default_factory=list[Said])
    modify: list[Said] = field(default_factory=list[Said])
    read: list[Said] = field(default_factory=list[Said])

    def paths(self) -> Iterator[str]:
        """Yield every path that may be written."""
        return (said.text for said in (*self.create, *self.modify))


class DraftStart(NamedTuple):
    """A start condition: after so long, or at so many percent of a track (by its key)."""

    line: int
    after: str | None = None
    progress: str | None = None
    percent: float | None = None


@dataclass
class DraftStep:
    """A line of a checklist."""

    text: str
    line: int
    done: bool = False


@dataclass(eq=False)
class DraftJob:
    """What one agent carries out."""

    key: str
    """Its label as the document has it (`1.1`, `#61`, `T030A`, `4.2-4.5`, `auction-fixer`), or "" where it has none."""
    title: str
    line: int
    word: str = ""
    """What the document calls it: `task`, `story`, `agent` ..."""
    track: str = ""
    """The key of its track in `Draft.tracks`; "": one of its own."""
    agent: str = ""
    """Who does it, as written."""
    prompt: list[Said] = field(default_factory=list[Said])
    steps: list[DraftStep] = field(default_factory=list[DraftStep])
    needs: list[Said] = field(default_factory=list[Said])
    """Phrases that say what must be done first, as written; `plans.markdown.resolve.needs` resolves them."""
    statements: list[Statement] = field(default_factory=list[Statement])
    """What each place says of that; the best trusted ones are among `needs` once the draft is assembled."""
    blocks: list[Said] = field(default_factory=list[Said])
    """Phrases that say what waits for it."""
    after: list["DraftJob"] = field(default_factory=list["DraftJob"])
    """What they were resolved to."""
    owns: DraftOwns = field(default_factory=DraftOwns)
    outputs: list[Said] = field(default_factory=list[Said])
    """What the document says comes out of it: words that phrases of other jobs refer to."""
    locks: list[Said] = field(default_factory=list[Said])
    starts: list[DraftStart] = field(default_factory=list[DraftStart])
    """Any of these lets it start."""
    pipeline: list[Role] = field(default_factory=list[Role])
    criteria: list[Said] = field(default_factory=list[Said])
    estimate: Said | None = None
    lengths: list[tuple[Trust, Said]] = field(default_factory=list[tuple[Trust, Said]])
    """What each place says of how long it takes; the best trusted one becomes `estimate`."""
    contingency: list[Said] = field(default_factory=list[Said])
    optional: bool = False
    is_loose: bool = False
    """Its paths only say where it works, not all that it may write."""
    done: bool = False


@dataclass(eq=False)
class DraftTrack:
    """A lane."""

    key: str
    title: str
    line: int
    word: str = "track"
    branch: Said | None = None
    owns: DraftOwns = field(default_factory=DraftOwns)
    optional: bool = False
    starts: list[DraftStart] = field(default_factory=list[DraftStart])


@dataclass
class DraftClaims:
    """What the document says of itself: field of `plans.model.Claims` to words."""

    said: dict[str, Said] = field(default_factory=dict[str, Said])


@dataclass(eq=False)
class DraftWave:
    """A group of jobs."""

    key: str
    title: str
    line: int
    word: str = "wave"
    mode: Mode = "parallel"
    max_parallel: Said | None = None
    barrier: bool = True
    jobs: list[DraftJob] = field(default_factory=list[DraftJob])
    needs: list[Said] = field(default_factory=list[Said])
    """Phrases that say what must be done before the wave, as written."""
    gate: list[Said] = field(default_factory=list[Said])
    """Questions and criteria asked at its end."""
    asks: bool = False
    """The document wants a decision there: a GO/NO-GO checkpoint, an approval."""
    claims: DraftClaims = field(default_factory=DraftClaims)


class DraftMode(NamedTuple):
    """A named choice ("Option A")."""

    key: str
    title: str
    line: int
    tracks: tuple[str, ...] | None = None
    """Keys of tracks; None: all."""
    max_parallel: int | None = None


@dataclass
class Draft:
    """The whole document."""

    title: str = ""
    line: int = 1
    goal: list[Said] = field(default_factory=list[Said])
    context: list[Said] = field(default_factory=list[Said])
    """What every agent should know: goals, hints, risks."""
    waves: list[DraftWave] = field(default_factory=list[DraftWave])
    tracks: dict[str, DraftTrack] = field(default_factory=dict[str, DraftTrack])
    frozen: list[Said] = field(default_factory=list[Said])
    modes: list[DraftMode] = field(default_factory=list[DraftMode])
    merge_order: list[list[str]] = field(default_factory=list[list[str]])
    """Keys of tracks or jobs, in tiers."""
    merge_line: int | None = None
    criteria: list[Said] = field(default_factory=list[Said])
    claims: DraftClaims = field(default_factory=DraftClaims)
    warnings: list[Problem] = field(default_factory=list[Problem])
    weigh: Callable[[], tuple[Candidate, ...]] = tuple
    """Scores the ways in which the document can be read, where there are several."""

    @cached_property
    def readings(self) -> tuple[Candidate, ...]:
        """The ways in which the document can be read, where there are several, each with its score.

        Weighed when somebody asks: the order of the ways has decided without.
        """
        return self.weigh()

    @property
    def disputed(self) -> str:
        """How the scores of its readings would have decided otherwise; "" where they agree with what was taken."""
        return disagreement(self.readings)

    @property
    def jobs(self) -> Iterator[DraftJob]:
        """Every job, in order."""
        return (job for wave in self.waves for job in wave.jobs)
