"""What the sections of a document are: each is known once, by its heading and by what it stands in.

A section defines jobs, says how they are run, speaks of them again, tells everybody something, or only shows.
"""

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from plans.markdown.source.region_words import (
    ASIDES,
    ASSIGNMENTS,
    FOR_EVERYBODY,
    ONLY_SHOWN,
    PLANWAVES_OWN,
    PROGRESS,
    SPOKEN_OF_AGAIN,
    TopicWords,
)
from plans.markdown.source.text import plain

_LONGEST_HEADING = 500
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}")
"""Scripts whose words are not parted by blanks."""


class Region(Enum):
    """What a section is."""

    DEFINES = "defines"
    """Its jobs are told here, or may be: nothing says otherwise."""
    RUNS = "runs"
    """How the plan is run (schedules, branches, gates, merging): planwave does that, and no agent is told."""
    REPEATS = "repeats"
    """It speaks of jobs again that are told elsewhere."""
    RULES = "rules"
    """Every agent is told: conventions, risks, decisions."""
    SHOWS = "shows"
    """It only shows: an example, a message, progress. Nothing in it is said of the plan."""


class Place(NamedTuple):
    """What a section is, with what it stands in."""

    region: Region = Region.DEFINES
    defines: bool | None = None
    """Whether jobs are defined here; None: as around it.

    Some headings are sure (`Progress`, `Risks`: False; `Agent assignments`: True). Others tell the region only: work
    that is named under `Implementation details` or `Schedule` is defined there.
    """


ANYWHERE = Place()


def place_of(heading: str, depth: int, around: Place) -> Place:
    """Return what a section is.

    Args:
        heading: its heading, raw Markdown.
        depth: 1 of the title and of chapters, which name the whole; more of the sections in them; 0 of an item that
            heads a list.
        around: what it stands in.
    """
    own = _own(heading[:_LONGEST_HEADING])
    region = own.region
    if around.region is Region.SHOWS or (around.region is Region.RUNS and region is not Region.SHOWS):
        region = around.region
    elif region not in {Region.SHOWS, Region.RUNS}:
        region = around.region if around.region is Region.RULES or depth == 0 else region
    return Place(region, own.defines if depth > 1 or own.defines else None)


def inside(place: Place, depth: int) -> Place:
    """Return what the sections in one stand in: what everybody is told or what is repeated is no document's title."""
    return ANYWHERE if depth == 1 and place.region in {Region.RULES, Region.REPEATS} else place


@lru_cache(maxsize=4096)
def _own(heading: str) -> Place:
    """Return what a heading says by itself: of several topics the first in the table counts."""
    words = plain(heading)
    is_sure = any(sure is not None and sure.search(words) is not None for _, sure, _ in _TOPICS)
    region = next((region for region, *either in _TOPICS if any(one and one.search(words) for one in either)), None)
    if is_sure:
        return Place(region or Region.REPEATS, defines=False)
    return Place(region or Region.DEFINES, defines=True if _ASSIGNMENTS.search(words) is not None else None)


def lists_work(heading: str, place: Place) -> bool:
    """Return whether a list under a heading in a wave can be the wave's jobs."""
    return place.defines is not False and _ASIDES.match(plain(heading)) is None


def shows_data(heading: str, place: Place) -> bool:
    """Return whether JSON or YAML under a heading is an example or a scheme of data, and no plan."""
    return place.defines is False or "schema" in plain(heading).lower()


def keeps_progress(heading: str) -> bool:
    """Return whether a section is where a document wants to see how its jobs stand."""
    return _PROGRESS.search(heading) is not None


def _pattern(topics: tuple[str, ...]) -> re.Pattern[str] | None:
    if not topics:
        return None
    spaced = "|".join(sorted((one for one in topics if not _UNSPACED.search(one)), key=len, reverse=True))
    unspaced = [one for one in topics if _UNSPACED.search(one)]
    return re.compile("|".join([rf"(?<![^\W_])(?:{spaced})(?![^\W_])", *unspaced]), re.IGNORECASE)


def _row(region: Region, topics: TopicWords) -> tuple[Region, re.Pattern[str] | None, re.Pattern[str] | None]:
    return region, _pattern(topics.sure), _pattern(topics.open)


_TOPICS = (
    _row(Region.SHOWS, ONLY_SHOWN),
    _row(Region.RUNS, PLANWAVES_OWN),
    _row(Region.RULES, FOR_EVERYBODY),
    _row(Region.REPEATS, SPOKEN_OF_AGAIN),
)
_ASSIGNMENTS = re.compile(ASSIGNMENTS, re.IGNORECASE)
_ASIDES = re.compile(ASIDES, re.IGNORECASE)
_PROGRESS = re.compile(PROGRESS, re.IGNORECASE)
