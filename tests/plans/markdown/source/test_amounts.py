"""Figures in words: durations and counts."""

import pytest

from plans.markdown.source.amounts import divided, find_count, find_durations


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("~10 days", ["80h"]),
        ("1.5-2 hours", ["1h30m-2h"]),
        ("1,5 bis 2 Stunden", ["1h30m-2h"]),
        ("2 to 3 days", ["16h-24h"]),
        ("2 hours - 3 hours", ["2h-3h"]),
        ("1h 30m", ["1h30m"]),
        ("45-minute review", ["45m"]),
        ("8+ hours", ["8h-16h"]),
        ("3 days, then 20 min", ["24h", "20m"]),
        ("約2時間", ["2h"]),
        ("2 小时", ["2h"]),
        ("5-7 weeks", ["200h-280h"]),
        ("T+30", []),
        ("v1.2 days", []),
        ("10 agents", []),
        ("3 hats", []),
        ("9-3 hours", []),
        ("step 2, hours later", []),
    ],
)
def test_durations_are_found_where_a_figure_has_a_unit(text: str, found: list[str]) -> None:
    assert find_durations(text) == found


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("9 agents in parallel", 9),
        ("three coding agents", 3),
        ("3 AI coding agents", 3),
        ("agents: many", None),
        ("v3 agents", None),
        ("30 skills for agents of all kinds of use", None),
    ],
)
def test_a_count_is_the_figure_before_its_word(text: str, count: int | None) -> None:
    assert find_count(text, frozenset({"agents"})) == count


def test_a_range_is_divided_at_both_ends() -> None:
    assert divided("1h-2h", 4) == "15m-30m"
