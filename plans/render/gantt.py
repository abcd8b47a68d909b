"""Bars on a time line, in plain text of a given width."""

import math
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from plans.durations import DAY_S, format_duration

LEAST_BAR_CELLS = 20
_LEAST_LABEL_CELLS, _MOST_LABEL_CELLS = 8, 36
_FULL, _LIGHT = "█", "▒"
_ROUND_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)
_LEAST_TICK_CELLS = 10
_NO_TIME_S = 1e-9
"""Up to this a time is none: a figure smaller still cannot even be divided by."""


class Bar(NamedTuple):
    """One row: something that lasts from one second to another."""

    label: str
    start_s: float
    end_s: float
    strong: bool = True
    """Drawn full; else lighter."""


def draw_bars(bars: Sequence[Bar], width: int, *, scale: bool = True) -> list[str]:
    """Return the lines: a scale, then a bar for each row; empty for no bars.

    Args:
        bars: the rows, from top to bottom.
        width: cells of a line; labels are cut for it, but the bars always get some room.
        scale: begin with a line of times.
    """
    if not bars:
        return []
    most = max(_LEAST_LABEL_CELLS, min(width // 3, width - 2 - LEAST_BAR_CELLS))
    label_cells = min(max(cells(bar.label) for bar in bars), _MOST_LABEL_CELLS, most)
    room = max(LEAST_BAR_CELLS, width - label_cells - 2)
    end_s = max(bar.end_s for bar in bars)
    lines = [f"{'':{label_cells}}  {_scale(end_s, room)}"] if scale else []
    lines += [f"{fitted(bar.label, label_cells)}  {_bar(bar, end_s, room)}" for bar in bars]
    return [line.rstrip() for line in lines]


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) != 0 for character in text)


def fitted(text: str, width: int) -> str:
    """Return a text in exactly so many cells: filled up, or cut with a mark at its end."""
    if cells(text) > width:
        while text and cells(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - cells(text))


def _bar(bar: Bar, end_s: float, room: int) -> str:
    scale = room / end_s if end_s > _NO_TIME_S else 0.0
    first = min(int(bar.start_s * scale), room - 1)
    # What is too short to see still gets a mark.
    last = min(max(first + 1, round(bar.end_s * scale)), room)
    return " " * first + (_FULL if bar.strong else _LIGHT) * (last - first)


def _scale(end_s: float, room: int) -> str:
    """Return the times above the bars, at round figures that do not touch."""
    if end_s <= 0:
        return "0"
    least_s = end_s * _LEAST_TICK_CELLS / room
    step_s = next((step for step in _ROUND_S if step >= least_s), None) or math.ceil(least_s / DAY_S) * DAY_S
    line = ""
    for tick in range(int(end_s / step_s) + 1):
        text = format_duration(timedelta(seconds=tick * step_s)) if tick else "0"
        at = int(tick * step_s * room / end_s)
        if at + len(text) <= room:
            line = f"{line:{at}}{text}"
    return line
