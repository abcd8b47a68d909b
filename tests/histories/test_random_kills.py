import pytest

from tests.histories.trying import try_histories


@pytest.mark.timeout(1200)
def test_killed_runs_of_edited_plans_come_to_what_they_give_from_scratch_or_say_what_differs() -> None:
    tally = try_histories("kills", 45)
    assert tally.killed > 20
    assert tally.said_no <= tally.histories // 20
