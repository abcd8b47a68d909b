import pytest

from plans.markdown.draft import Draft
from plans.markdown.recognisers.modes import recognise_modes
from tests.plans.drafts import recognised, tracks_draft


def _tracks() -> Draft:
    return tracks_draft({"1": "Alpha side", "2": "Beta side", "3": "Gamma side"})


def test_options_choose_tracks_build_on_each_other_and_may_be_serial() -> None:
    text = """
    **Option A: Start 2 tracks (recommended)**

    ```sh
    # this session: Track 1
    # another one: Track 3
    ```

    **Option B: Start 3 tracks**

    Same as Option A, plus Track 2.

    **Option C: Sequential**

    One after the other.
    """
    draft = recognised(recognise_modes, text, _tracks())
    assert [(mode.key, mode.tracks, mode.max_parallel) for mode in draft.modes] == [
        ("option-a", ("track 1", "track 3"), None),
        ("option-b", ("track 1", "track 2", "track 3"), None),
        ("option-c", None, 1),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "**Option A: Redis**\n\nFast.\n\n**Option B: Kafka**\n\nSturdy.\n",
        "### Option A: only Track 1\n\nThere is no other.\n",
        "We have the option 1 of two.\n",
    ],
)
def test_options_about_something_else_and_a_single_one_are_no_modes(text: str) -> None:
    assert recognised(recognise_modes, text, _tracks()).modes == []


def test_an_option_whose_count_and_tracks_differ_is_not_guessed() -> None:
    text = "### Option A: Start 2 tracks\n\nTrack 1\n\n### Option B: Sequential\n\nAll of it.\n"
    assert recognised(recognise_modes, text, _tracks()).modes == []
