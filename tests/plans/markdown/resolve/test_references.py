import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.markdown.draft import Draft
from plans.markdown.resolve.references import References
from tests.plans.drafts import job, tracks_draft, waves_draft


def _tracks() -> References:
    return References(tracks_draft({"1": "Parser", "2": "Query planner", "3": "Docs"}, branches={"2": "feat/planner"}))


def _tasks() -> References:
    return References(_task_draft())


def _task_draft() -> Draft:
    first = [
        job("lexer-writer", "Write the lexer", word="agent", agent="lexer-writer"),
        job("ast-maker", "Make the tree"),
    ]
    second = [job("T014", "One"), job("T015", "Two"), job("T018", "Three"), job("4.2-4.5", "Polish"), job("1.2", "Dot")]
    third = [job("#61", "Central index of pages", word="issue"), job("62", "Menu", word="issue")]
    return waves_draft({"1": first, "2": second, "3": third}, titles={"3": "Finishing touches"})


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Track 3 → Track 2 → Track 1", ["track 3", "track 2", "track 1"]),
        ("start when Track 1 or 2 is 50% done", ["track 1", "track 2"]),
        ("Tracks 1 & 3", ["track 1", "track 3"]),
        ("Tracks 1-3", ["track 1", "track 2", "track 3"]),
        ("on feat/planner", ["track 2"]),
        ("**Query planner** is done", ["track 2"]),
        ("Docs", ["track 3"]),
        ("3, 1", ["track 3", "track 1"]),
    ],
)
def test_tracks_are_found_by_label_list_range_branch_and_title(text: str, keys: list[str]) -> None:
    assert _tracks().tracks(text) == keys


@pytest.mark.parametrize(
    "text",
    [
        "Track 1 and 2 hours"[8:],
        "in 3 days",
        "agent 1",
        "version 2",
        "the docs say so",
        "a track 4",
        "Tracks are parallel",
        "2% done",
        "",
    ],
)
def test_a_bare_number_another_kind_and_a_common_word_refer_to_nothing(text: str) -> None:
    assert _tracks().tracks(text) == []


def test_a_count_after_a_label_is_no_label() -> None:
    assert _tracks().tracks("Track 1 and 2 hours of review") == ["track 1"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("T014-T018", ["T014", "T015", "T018"]),
        ("T014, T018 (both)", ["T014", "T018"]),
        ("task 4.3", ["4.2-4.5"]),
        ("Tasks 4.2-4.5", ["4.2-4.5"]),
        ("Depends on 1.2", ["1.2"]),
        ("Story 1.2", ["1.2"]),
        ("`lexer-writer` first", ["lexer-writer"]),
        ("#61, #62", ["#61", "62"]),
        ("issue 61", ["#61"]),
        ("the central index of pages, then", ["#61"]),
        ("version 1.2 of it", []),
        ("T016", []),
    ],
)
def test_jobs_are_found_by_label_range_slug_and_title(text: str, keys: list[str]) -> None:
    assert [found.key for found in _tasks().jobs(text)] == keys


def test_waves_are_found_by_label_and_by_title() -> None:
    assert [wave.key for wave in _tasks().waves("after Wave 2 and the finishing touches")] == ["2", "3"]
    assert _tasks().waves("Wave 7") == []


def test_a_phase_is_not_the_wave_of_that_number() -> None:
    assert _tasks().waves("Phase 2") == []


def test_a_number_with_a_hash_is_a_place_in_the_wave_where_no_job_is_called_so() -> None:
    draft = waves_draft({"1": [job("first-one", "A"), job("next-one", "B")]})
    second = draft.waves[0].jobs[1]
    assert [found.key for found in References(draft).jobs("DEPENDS on #1", near=second)] == ["first-one"]
    assert References(draft).jobs("DEPENDS on #2", near=second) == []


def test_a_label_that_two_waves_have_means_the_one_in_the_same_wave_or_nothing() -> None:
    draft = waves_draft({"1": [job("1", "One"), job("2", "Two")], "2": [job("1", "Eins"), job("2", "Zwei")]})
    here = draft.waves[1].jobs[1]
    assert [found.title for found in References(draft).jobs("task 1", near=here)] == ["Eins"]
    assert References(draft).jobs("task 1") == []


def test_an_agent_who_works_on_two_tracks_names_no_job() -> None:
    jobs = [
        job("1", "One", agent="ui-expert"),
        job("2", "Two", agent="ui-expert"),
        job("3", "Three", agent="db-expert"),
    ]
    references = References(waves_draft({"1": jobs}))
    assert references.jobs("ask ui-expert") == []
    assert [found.key for found in references.jobs("ask db-expert")] == ["3"]


def test_agents_in_letters_are_lists_and_ranges_and_an_article_is_none() -> None:
    references = References(tracks_draft({"A": "x y", "B": "z w", "C": "u v"}, word="agent"))
    assert references.tracks("Agent A, B, C") == ["agent a", "agent b", "agent c"]
    assert references.tracks("Agents A-C") == ["agent a", "agent b", "agent c"]
    assert references.tracks("an agent a day") == []
    assert references.tracks("A new thing") == []


@given(st.text(max_size=80))
def test_any_text_can_be_searched(text: str) -> None:
    draft = _task_draft()
    assert set(References(draft).jobs(text)) <= {*draft.jobs}
