import pytest

from tests.histories.trying import try_histories


@pytest.mark.timeout(1200)
def test_plans_whose_base_moves_and_whose_home_is_lost_come_to_what_they_give_from_scratch() -> None:
    tally = try_histories("moves", 45)
    assert tally.histories >= 45
    assert tally.said_no <= tally.histories // 20
