from tally.table import align, size_table


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert align([["name", "n"], ["a", "12"]]) == ["name  n", "a     12"]


def test_no_sizes_make_no_lines() -> None:
    assert size_table({}) == []
