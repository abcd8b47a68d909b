import pytest

from tests.histories.trying import try_histories


@pytest.mark.timeout(1200)
def test_edited_plans_that_are_run_in_parts_come_to_what_they_give_from_scratch_or_say_what_differs() -> None:
    tally = try_histories("choices", 45)
    assert tally.killed > 10
    assert tally.said_no <= tally.histories // 20
