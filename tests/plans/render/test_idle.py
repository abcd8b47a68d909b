from hypothesis import given
from hypothesis import strategies as st

from plans.render.idle import idle_s

moment = st.integers(0, 40)
spans = st.lists(st.tuples(moment, moment).map(lambda pair: (float(min(pair)), float(max(pair)))), max_size=6)


def test_waiting_counts_only_while_nothing_is_at_work() -> None:
    assert idle_s([(10, 30)], []) == 20
    assert idle_s([(10, 30)], [(0, 12), (20, 25), (24, 26), (29, 50)]) == 11
    assert idle_s([(10, 30), (20, 40)], []) == 30, "two questions at once are waited for once"
    assert idle_s([], [(0, 5)]) == 0


@given(spans, spans)
def test_it_is_as_if_every_second_were_looked_at(
    waits: list[tuple[float, float]], work: list[tuple[float, float]]
) -> None:
    def covers(listed: list[tuple[float, float]], second: int) -> bool:
        return any(start <= second < end for start, end in listed)

    assert idle_s(waits, work) == sum(covers(waits, second) and not covers(work, second) for second in range(41))
