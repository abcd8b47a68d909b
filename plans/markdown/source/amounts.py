"""Figures in words: durations (`~10 days`, `1.5-2 hours`, `2-4h each`) and counts (`3 agents`)."""

import re
from functools import cache

from plans.durations import Estimate, parse_estimate
from plans.markdown.source.words import NUMBERS

_UNITS = {
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m", "minuten": "m", "minutos": "m", "分钟": "m",
    "分": "m", "분": "m",
    "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "std": "h", "stunde": "h", "stunden": "h", "heure": "h",
    "heures": "h", "hora": "h", "horas": "h", "小时": "h", "時間": "h", "시간": "h",
    "d": "d", "day": "d", "days": "d", "tag": "d", "tage": "d", "jour": "d", "jours": "d", "día": "d", "días": "d",
    "dia": "d", "dias": "d", "天": "d", "日": "d", "일": "d",
    "w": "w", "wk": "w", "wks": "w", "week": "w", "weeks": "w", "woche": "w", "wochen": "w", "semaine": "w",
    "semaines": "w", "semana": "w", "semanas": "w", "周": "w", "週": "w", "주": "w",
}  # fmt: skip
"""What units are called, by the plan format's letter."""

_AT_LEAST = 2
"""What `8+` may come to, times the figure."""
_NUMBER = r"\d{1,6}(?:[.,]\d{1,3})?"
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?<![A-Za-z0-9_.:/#-])[~≈<>≤]?\s?(?P<low>{_NUMBER})\s?(?P<first>(?:{_UNIT})(?![^\W\d_]))?\+?(?:\s?(?:-|–|—|to|bis|à|a)\s?(?P<high>{_NUMBER})\+?)?"
    rf"[\s-]?(?P<unit>{_UNIT})(?P<more>\s?{_NUMBER}\s?(?:m|min|mins|minutes))?\+?(?![^\W\d_])",
    re.IGNORECASE,
)
_ADJECTIVE = r"(?!(?:for|of|in|with|per|and|or|to|by|on)\b)[\w/-]+"


@cache
def _counted(things: frozenset[str]) -> re.Pattern[str]:
    named = "|".join(map(re.escape, sorted(things, key=len, reverse=True)))
    return re.compile(
        rf"(?<![\w.#-])(?P<number>\d{{1,5}}|{'|'.join(NUMBERS)})\s+(?:{_ADJECTIVE}\s+){{0,3}}?(?:{named})(?![^\W\d_])",
        re.IGNORECASE,
    )


def find_durations(text: str) -> list[str]:
    """Return every duration in a text, as the plan format writes it, in order; `8+ hours` is a range of 8 to 16."""
    found = list[str]()
    for amount in _AMOUNT.finditer(text):
        unit = _UNITS[amount["unit"].lower()]
        low, high = amount["low"].replace(",", "."), (amount["high"] or "").replace(",", ".")
        first = _UNITS[amount["first"].lower()] if amount["first"] else unit
        more = re.sub(r"[^\d.]", "", amount["more"] or "")
        if not high and amount["first"]:
            continue
        if not high and not more and "+" in amount[0]:
            high = str(_AT_LEAST * float(low))
        value = f"{low}{first if high else unit}" + (f"-{high}{unit}" if high else f"{more}m" if more else "")
        try:
            found.append(str(parse_estimate(value)))
        except ValueError:
            continue  # backwards or without end: not an estimate
    return found


def find_duration(text: str) -> str | None:
    """Return the first duration in a text, as the plan format writes it."""
    return next(iter(find_durations(text)), None)


def find_count(text: str, things: frozenset[str]) -> int | None:
    """Return the number before one of some words, as in `3 agents` (things in the plural, lower case)."""
    found = _counted(things).search(text)
    if found is None:
        return None
    number = found["number"].lower()
    return NUMBERS.get(number) or int(number)


def divided(length: str, parts: int) -> str:
    """Return one of so many equal parts of a duration or a range of two; the whole where there are none."""
    whole, parts = parse_estimate(length), max(parts, 1)
    return str(Estimate(low=whole.low / parts, high=whole.high / parts))
