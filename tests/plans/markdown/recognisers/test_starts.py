import pytest

from plans.markdown.draft import Draft, DraftStart
from plans.markdown.recognisers.starts import recognise_starts
from tests.plans.drafts import recognised, tracks_draft


def _track(text: str) -> Draft:
    draft = tracks_draft({"1": "Parser", "2": "Pages", "3": "Docs"})
    draft.line = 0
    draft.tracks["track 3"].line = draft.waves[0].jobs[2].line = 1
    return recognised(recognise_starts, text, draft)


def _starts(draft: Draft) -> list[DraftStart]:
    return [start._replace(line=0) for start in draft.tracks["track 3"].starts]


@pytest.mark.parametrize(
    ("text", "starts", "optional"),
    [
        ("## Track 3: Docs (OPTIONAL - START AFTER 1h)\n", [DraftStart(0, after="1h")], True),
        (
            "## Track 3: Docs\n\n**Status:** Start when Track 1 or 2 is 50% done\n",
            [DraftStart(0, progress="track 1", percent=50), DraftStart(0, progress="track 2", percent=50)],
            False,
        ),
        (
            "## Track 3: Docs\n- Start: begins once Track 2 is halfway done\n",
            [DraftStart(0, progress="track 2", percent=50)],
            False,
        ),
        ("## Track 3: Docs (optional)\n", [], True),
        ("## Track 3: Docs\n\nStarts when Wave 1 is complete. Start after Track 1.\n", [], False),
        ("## Track 3: Docs on optional fields\n\nCover 80% of it.\n", [], False),
        ("## Track 3: Docs\n\nStart when Track 1 is 150% done\n", [], False),
    ],
)
def test_start_conditions_stand_at_their_track(text: str, starts: list[DraftStart], optional: bool) -> None:
    draft = _track(text)
    assert (_starts(draft), draft.tracks["track 3"].optional) == (starts, optional)


def test_a_condition_in_another_section_says_nothing_of_the_track() -> None:
    assert _starts(_track("## Track 3: Docs\n\nWords.\n\n## Notes\n\nStart after 2h of sleep.\n")) == []
