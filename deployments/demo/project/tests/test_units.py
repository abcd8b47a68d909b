import pytest

from tally.units import format_duration, format_size, parse_duration, parse_size


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1500, 2_000_000, 3_000_000_000])
def test_a_size_reads_back(count: int) -> None:
    assert parse_size(format_size(count)) == count


@pytest.mark.parametrize("seconds", [0, 59, 60, 3599, 3600, 86399, 86400, 100_000])
def test_a_duration_reads_back(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "1 h", "h", "5x"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


def test_what_is_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_size("large")
