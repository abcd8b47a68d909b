import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.markdown.recognisers import RECOGNISERS
from plans.markdown.source.outline import read_outline
from tests.effort import examples
from tests.plans.drafts import tracks_draft, writes

_HEADING = "## Merge order, checkpoints, file ownership, dependencies, contingency, locks, workflow, go/no-go\n\n"
_PARTS = (
    *(
        "## Merge order",
        "Track 1",
        "Track 2 → ",
        "- ",
        "1. ",
        "**",
        ": ",
        "Merge ",
        "first",
        "`src/a/*`",
        "```\n",
        "\n",
    ),
    *("| File | Track 1 |\n", "|---|---|\n", "After ", "Option A: ", "Lock ", "BEFORE", "50%", "start when ", "# "),
    *("Total time: ", "3 hours", "(vs ", "no one touches"),
)


@examples(150)
@given(st.lists(st.sampled_from(_PARTS) | st.text(max_size=8), max_size=40))
def test_no_document_is_too_strange(parts: list[str]) -> None:
    draft = tracks_draft({"1": "Parser", "2": "Pages"})
    writes(draft.waves[0].jobs[0], "src/a/one.py")
    outline = read_outline("".join(parts))
    for recognise in RECOGNISERS:
        recognise(outline, draft)
    assert [job.key for job in draft.jobs] == ["1", "2"]
    assert all(key in draft.tracks for tier in draft.merge_order for key in tier)


@pytest.mark.parametrize("head", ["", "- ", "## "])
@pytest.mark.parametrize(
    "piece", ["merge x ", "merge a → ", "(", "from ~1 ", "start when ", "Track 1, ", "`", "a:", "vs 3 h "]
)
def test_a_line_without_end_takes_no_time(head: str, piece: str) -> None:
    outline = read_outline(f"{_HEADING}{head}{piece * 3000}first\n")
    begun = time.process_time()
    for recognise in RECOGNISERS:
        recognise(outline, tracks_draft({"1": "Parser", "2": "Pages"}))
    assert time.process_time() - begun < 2
