import pytest

from tests.histories.trying import try_histories


@pytest.mark.timeout(1200)
def test_edited_jobs_that_share_files_come_to_what_they_give_from_scratch_or_say_what_differs() -> None:
    tally = try_histories("shared", 45)
    assert tally.killed > 10
    assert tally.said_no <= tally.histories // 10
