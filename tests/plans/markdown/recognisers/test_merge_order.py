import pytest

from plans.markdown.draft import Draft
from plans.markdown.recognisers.merge_order import recognise_merge_order
from tests.plans.drafts import recognised, tracks_draft

BRANCHES = {"1": "feat/one", "2": "feat/two"}


def _tracks() -> Draft:
    return tracks_draft({"1": "Alpha side", "2": "Beta side", "3": "Gamma side"}, branches=BRANCHES)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Merge order: Track 3 → Track 2 → Track 1", ["3", "2", "1"]),
        ("```sh\n# Merge order: Track 2 -> Track 1\n```", ["2", "1"]),
        ("- **Merge order:** 3 -> (1, 2)", ["3", ["1", "2"]]),
        ("Merge order: Track 1 and Track 2 in any order, then Track 3.", [["1", "2"], "3"]),
        ("Integration order: 3, 1, 2 (the last one is big)", ["3", "1", "2"]),
        ("Reihenfolge\n\nMerge-Reihenfolge: 2 -> 3", ["2", "3"]),
        ("## Merge sequence\n\n1. Track 2 - it is small\n2. Track 1\n3. Track 3", ["2", "1", "3"]),
        (
            "## Merge (strict order)\n\n```\n# 1. Track 3 first - base\ngit merge x\n# 2. Track 1, then rest\n```",
            ["3", "1"],
        ),
        ("Then:\n\n```sh\ngit merge feat/two --no-edit\ngit merge --no-ff feat/one\n```", ["2", "1"]),
        ("1. **Merge Track 2** — base\n2. **Merge Track 3** — top", ["2", "3"]),
        ("We merge Track 1 → Track 3; checks run each time.", ["1", "3"]),
        ("Track 2 merges last.", [["1", "3"], "2"]),
        ("Merge Track 3 first, then rebase Track 1.", ["3", "1"]),
    ],
)
def test_every_way_of_writing_an_order_is_read(text: str, order: list[str | list[str]]) -> None:
    draft = recognised(recognise_merge_order, text, _tracks())
    names = [[f"track {key}" for key in (tier if isinstance(tier, list) else [tier])] for tier in order]
    assert draft.merge_order == names
    assert draft.merge_line is not None
    assert draft.warnings == []


@pytest.mark.parametrize(
    "text",
    [
        "Merge conflicts between Track 1 and Track 2 are rare.",
        "## Example\n\nMerge order: Track 1 -> Track 2",
        "Merge order: to be decided",
        "Merge order: Track 2",
        "Data flows: Track 1 -> Track 2",
        "## Merge steps\n\n1. Pull\n2. Build\n3. Push",
        "```sh\ngit merge origin/main\n```",
    ],
)
def test_what_gives_no_order_of_two_tracks_is_none(text: str) -> None:
    draft = recognised(recognise_merge_order, text, _tracks())
    assert (draft.merge_order, draft.merge_line) == ([], None)


def test_the_most_explicit_statement_counts_and_a_contrary_one_is_shown_with_both_lines() -> None:
    text = "If we merge Track 1 → Track 3, tests run.\n\nMerge order: Track 3 → Track 2 → Track 1\n"
    draft = recognised(recognise_merge_order, text, _tracks())
    assert draft.merge_order == [["track 3"], ["track 2"], ["track 1"]]
    assert [(problem.line, problem.severity) for problem in draft.warnings] == [(3, "warning")]
    assert "line 1" in draft.warnings[0].message


def test_statements_that_agree_are_no_contradiction() -> None:
    text = "Merge order: 1 -> 2 -> 3\n\nMerge Track 1 first, then rebase Track 3.\n\nTrack 3 merges last.\n"
    assert recognised(recognise_merge_order, text, _tracks()).warnings == []
