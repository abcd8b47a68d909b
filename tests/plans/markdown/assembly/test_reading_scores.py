from textwrap import dedent

import pytest

from plans.markdown.draft import Draft
from plans.markdown.reader import read_draft
from plans.markdown.score import Candidate, Part, Score, disagreement

_WAVES = """
# Harbour: 4 tasks in 2 waves

## Wave 1: Ground (2 agents in parallel)

### Task 1: Dredge
**Agent:** ada

### Task 2: Light the pier
**Agent:** bob

## Wave 2: Walls (2 agents in parallel)

### Task 3: Build the quay
**Agent:** ada
**Depends on:** {third}

### Task 4: Paint it
**Agent:** bob
**Depends on:** Task 2
"""


def _draft(third: str = "Task 1") -> Draft:
    return read_draft(dedent(_WAVES).format(third=third), "plan.md")


def _candidate(draft: Draft, name: str) -> Candidate:
    return next(one for one in draft.readings if one.name == name)


def test_every_reading_that_finds_jobs_is_scored_and_the_first_is_taken() -> None:
    readings = _draft().readings
    assert [one.name for one in readings][:1] == ["waves"]
    assert {"jobs side by side"} <= {one.name for one in readings}
    assert [one.taken for one in readings] == [True, *[False] * (len(readings) - 1)]
    assert all(0 <= part.value <= 1 and part.reason for one in readings for _, part in one.score.parts)


def test_a_reading_that_fits_in_everything_scores_one() -> None:
    score = _candidate(_draft(), "waves").score
    assert score.total == 1
    assert [part.reason for _, part in score.parts] == [
        "2 of 2 dependencies name something known",
        "6 of 6 things named are part of it",
        "nothing in it contradicts itself",
        "4 of 4 figures that the document claims are met",
    ]


def test_a_reading_without_the_waves_misses_what_is_named_and_claimed() -> None:
    score = _candidate(_draft(), "jobs side by side").score
    assert score.mentions.reason == "4 of 6 things named are part of it"
    assert score.claims.value < 1
    assert score.total < 1


def test_a_dependency_that_names_nothing_lowers_the_score() -> None:
    score = _candidate(_draft("the weather service"), "waves").score
    assert (score.references.value, score.references.reason) == (0.5, "1 of 2 dependencies name something known")


def test_a_job_that_waits_for_a_later_wave_contradicts_the_reading() -> None:
    text = dedent(_WAVES).format(third="Task 1")
    text = text.replace("**Agent:** ada\n", "**Agent:** ada\n**Depends on:** Task 4\n", 1)
    score = _candidate(read_draft(text, "plan.md"), "waves").score
    assert (score.agreement.value, score.agreement.reason) == (0.75, "1 of 4 jobs wait for a later group")


@pytest.mark.parametrize(("claimed", "value"), [(4, 1.0), (8, (0.5 + 1 + 1 + 1) / 4)])
def test_figures_count_by_how_near_they_are(claimed: int, value: float) -> None:
    text = dedent(_WAVES).format(third="Task 1").replace("4 tasks in", f"{claimed} tasks in")
    assert _candidate(read_draft(text, "plan.md"), "waves").score.claims.value == value


def test_a_document_that_can_be_read_in_one_way_has_no_scores() -> None:
    listed = "# Agent 1 plan\n\n## Tasks\n\n1. Dredge\n   - Files: `a.py`\n2. Light\n   - Files: `b.py`\n"
    draft = read_draft(listed, "agent.md")
    assert len([*draft.jobs]) == 2
    assert draft.readings == ()


def _scored(name: str, value: float, *, taken: bool) -> Candidate:
    same = Part(1.0, "nothing is wrong")
    return Candidate(name, Score(Part(value, f"{value} named"), same, same, same), taken=taken)


def test_where_score_and_order_agree_nothing_is_said() -> None:
    assert _draft().disputed == ""
    assert disagreement([_scored("waves", 0.5, taken=True), _scored("weeks", 0.5, taken=False)]) == ""
    assert disagreement([]) == ""


def test_where_they_disagree_both_are_told_with_the_reason() -> None:
    readings = [_scored("waves", 0.2, taken=True), _scored("weeks", 0.6, taken=False)]
    assert disagreement(readings) == (
        "read as waves (0.80), while weeks fits better (0.90): references: 0.6 named, not 0.2 named"
    )


def test_the_scores_are_kept_with_the_draft_and_leave_it_as_it_is() -> None:
    draft = _draft()
    before = [(job.key, job.title, job.after) for job in draft.jobs]
    assert draft.readings is draft.readings
    assert [(job.key, job.title, job.after) for job in draft.jobs] == before
