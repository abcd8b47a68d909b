import pytest

from tally.stats import histogram, mean, median, spread


def test_the_mean_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        mean([])


def test_the_median_of_two_is_between_them() -> None:
    assert median([1, 2]) == 1.5


def test_equal_values_have_no_spread() -> None:
    assert spread([3, 3, 3]) == 0


def test_every_value_is_counted_once() -> None:
    assert sum(histogram(range(100), width=7).values()) == 100
