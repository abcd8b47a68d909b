"""Durations as people write them in plans: `90s`, `45m`, `1.5h`, `2d`, `1h30m`, ISO 8601, and ranges.

A working day is 8 hours and a week is 5 working days: plans estimate effort, not calendar time.
"""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

HOUR_S = 3600.0
DAY_S = 8 * HOUR_S
WEEK_S = 5 * DAY_S
LONGEST_S = 1000 * WEEK_S

_UNITS_S = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "m": 60.0, "min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0,
    "h": HOUR_S, "hr": HOUR_S, "hrs": HOUR_S, "hour": HOUR_S, "hours": HOUR_S,
    "d": DAY_S, "day": DAY_S, "days": DAY_S,
    "w": WEEK_S, "wk": WEEK_S, "week": WEEK_S, "weeks": WEEK_S,
}  # fmt: skip
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
_PART = re.compile(rf"\s*({_NUMBER})\s*([a-z]+)\s*")
_ISO = re.compile(
    rf"P(?:({_NUMBER})W)?(?:({_NUMBER})D)?(?:T(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?",
    re.IGNORECASE,
)
_ISO_UNITS_S = (WEEK_S, DAY_S, HOUR_S, 60.0, 1.0)
_RANGE = re.compile(r"\s*(.*?[0-9a-z])\s*(?:-|\u2013|\u2014|\bto\b)\s*([0-9].*)", re.IGNORECASE)
_HINT = "write 90s, 45m, 1.5h, 2d, 1h30m or PT1H30M"


def parse_duration(text: object) -> timedelta:
    """Read one duration.

    Raises:
        ValueError: it is not text, has no unit, or is longer than 1000 weeks.
    """
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str):
        raise ValueError(f"a duration needs a unit, got {text!r}: {_HINT}")
    seconds = _iso_seconds(text) if text.strip()[:1] in {"P", "p"} else _plain_seconds(text)
    if seconds is None:
        raise ValueError(f"{text!r} is not a duration: {_HINT}")
    if seconds > LONGEST_S:
        raise ValueError(f"{text!r} is longer than 1000 weeks")
    return timedelta(seconds=seconds)


def format_duration(value: timedelta) -> str:
    """Return the shortest exact text in hours, minutes and seconds; `parse_duration` reads it back equal."""
    minutes, micros = divmod(value // timedelta(microseconds=1), 60_000_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{micros / 1_000_000:.6f}".rstrip("0").rstrip(".")
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else ""]
    return "".join([*parts, f"{seconds}s" if micros else ""]) or "0s"


class Estimate(BaseModel):
    """How long a job is thought to take: one figure (`low == high`) or a range."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: timedelta
    high: timedelta

    @property
    def middle(self) -> timedelta:
        """The figure that schedules use: the middle of the range."""
        return (self.low + self.high) / 2

    def __str__(self) -> str:
        low, high = format_duration(self.low), format_duration(self.high)
        return low if low == high else f"{low}-{high}"


def parse_estimate(text: object) -> Estimate:
    """Read a duration or a range (`1.5-2h`, `90m - 2h`, `2 to 3 days`; a missing first unit is the second's).

    Raises:
        ValueError: it is neither, or the range runs backwards.
    """
    if isinstance(text, Estimate):
        return text
    found = _RANGE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        value = parse_duration(text)
        return Estimate(low=value, high=value)
    first, second = found.groups()
    if re.fullmatch(rf"\s*{_NUMBER}\s*", first):
        first += re.sub(r"[0-9.\s]+", "", second)
    low, high = parse_duration(first), parse_duration(second)
    if low > high:
        raise ValueError(f"the range {text!r} runs backwards")
    return Estimate(low=low, high=high)


def _plain_seconds(text: str) -> float | None:
    total, position, lowered = 0.0, 0, text.lower()
    while position < len(lowered):
        part = _PART.match(lowered, position)
        if part is None or part[2] not in _UNITS_S:
            return None
        total += float(part[1]) * _UNITS_S[part[2]]
        position = part.end()
    return total if position else None


def _iso_seconds(text: str) -> float | None:
    found = _ISO.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    return sum(float(n) * unit for n, unit in zip(found.groups(), _ISO_UNITS_S, strict=True) if n)


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["90s", "45m", "1.5h", "2d", "1h30m", "PT1H30M"]}),
]
"""A length of time; in YAML and JSON a text such as `45m`."""

EstimateText = Annotated[
    Estimate,
    BeforeValidator(parse_estimate),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["2h", "1.5-2h", "3 days"]}),
]
"""An estimate; in YAML and JSON a duration or a range of two."""
