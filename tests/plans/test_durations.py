from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.durations import Estimate, format_duration, parse_duration, parse_estimate

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", 1.5 * MINUTE),
        ("45m", 45 * MINUTE),
        ("1.5h", 1.5 * HOUR),
        ("1h30m", 1.5 * HOUR),
        ("1 hour 30 minutes", 1.5 * HOUR),
        ("2d", 16 * HOUR),
        ("1 week", 40 * HOUR),
        ("PT1H30M", 1.5 * HOUR),
        ("P1D", 8 * HOUR),
        ("P1W", 40 * HOUR),
        ("2 Hrs", 2 * HOUR),
        ("0s", timedelta()),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "3", "h", "1x", "1h 2", "P", "PT", "-1h", "1001w", "1e3s", "1h-", "soon", 3, None, 1.5]
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"duration|longer"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2h", 2 * HOUR, 2 * HOUR),
        ("1.5-2h", 1.5 * HOUR, 2 * HOUR),
        ("90m - 2h", 1.5 * HOUR, 2 * HOUR),
        ("2 to 3 days", 16 * HOUR, 24 * HOUR),
        ("1h\u20132h", HOUR, 2 * HOUR),
        ("1h30m-2h", 1.5 * HOUR, 2 * HOUR),
    ],
)
def test_estimates_may_be_ranges(text: str, low: timedelta, high: timedelta) -> None:
    estimate = parse_estimate(text)
    assert (estimate.low, estimate.high) == (low, high)
    assert estimate.middle == (low + high) / 2


@pytest.mark.parametrize("text", ["3-2h", "2h-1h", "2-3", "-", "a-b", "1-2-3h", 5])
def test_what_is_no_estimate_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"duration|backwards"):
        parse_estimate(text)


lengths = st.timedeltas(timedelta(), timedelta(days=300))


@given(lengths)
def test_a_duration_that_was_written_reads_back_equal(length: timedelta) -> None:
    assert parse_duration(format_duration(length)) == length


@given(lengths, lengths)
def test_an_estimate_that_was_written_reads_back_equal(one: timedelta, other: timedelta) -> None:
    estimate = Estimate(low=min(one, other), high=max(one, other))
    assert parse_estimate(str(estimate)) == estimate


@given(st.text("0123456789.hmsdwPT -to", max_size=20))
def test_no_text_ends_in_anything_but_an_estimate_or_a_value_error(text: str) -> None:
    try:
        estimate = parse_estimate(text)
    except ValueError:
        return
    assert estimate.low <= estimate.high
