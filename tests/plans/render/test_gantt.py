from hypothesis import given
from hypothesis import strategies as st

from plans.render.gantt import LEAST_BAR_CELLS, Bar, cells, draw_bars, fitted

seconds = st.floats(0, 1e7)


def make_bar(label: str, start_s: float, length_s: float, *, strong: bool) -> Bar:
    return Bar(label, start_s, start_s + length_s, strong)


bars = st.builds(
    make_bar,
    st.text(st.characters(categories=("L", "N", "Zs")), max_size=60),
    seconds,
    seconds,
    strong=st.booleans(),
)


def test_bars_stand_where_their_time_is_and_the_scale_has_round_figures() -> None:
    drawn = draw_bars([Bar("first", 0, 7200), Bar("then", 7200, 10800, strong=False), Bar("end", 10800, 14400)], 52)
    assert drawn == [
        "       0          1h         2h         3h",
        "first  ██████████████████████",
        "then                         ▒▒▒▒▒▒▒▒▒▒▒▒",
        "end                                     ████████████",
    ]


def test_no_bars_draw_nothing() -> None:
    assert draw_bars([], 80) == []


def test_what_takes_no_time_still_gets_a_mark() -> None:
    assert draw_bars([Bar("instant", 0, 0), Bar("instant at the end", 9, 9), Bar("long", 0, 9)], 60)[1].endswith("█")


def test_a_time_too_small_to_divide_by_is_none() -> None:
    assert draw_bars([Bar("least", 0, 5e-324)], 40) == draw_bars([Bar("least", 0, 0)], 40)


@given(st.lists(bars, min_size=1, max_size=8), st.integers(1, 200))
def test_every_bar_is_seen_and_no_line_is_wider_than_asked_for(rows: list[Bar], width: int) -> None:
    drawn = draw_bars(rows, width)
    assert len(drawn) == len(rows) + 1
    assert all(line.count("█") + line.count("▒") >= 1 for line in drawn[1:])
    assert max(map(cells, drawn)) <= max(width, 8 + 2 + LEAST_BAR_CELLS)


@given(st.text(st.characters(categories=("L", "N", "M", "Zs")), max_size=30), st.integers(1, 20))
def test_a_fitted_text_takes_exactly_its_cells(text: str, width: int) -> None:
    assert cells(fitted(text, width)) == width


def test_wide_characters_take_two_cells() -> None:
    assert cells("日本") == 4
    assert fitted("日本語", 5) == "日本…"
    assert fitted("日本語", 4) == "日… "
