import pytest

from tests.histories.trying import try_histories


@pytest.mark.timeout(1200)
def test_edited_plans_come_to_what_they_give_from_scratch_or_say_what_differs() -> None:
    tally = try_histories("edits", 45)
    assert tally.histories >= 45
    # Without work that was taken out after it had landed there is nothing that a run could not do.
    assert tally.said_no == 0
