import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.markdown.draft import Draft, DraftJob, DraftTrack, DraftWave
from plans.markdown.resolve.known import Thing
from plans.markdown.resolve.mention import How, Likeness, best, only, things
from plans.markdown.resolve.references import References
from plans.markdown.resolve.wording import by_all_words, by_beginnings, by_stems
from tests.plans.drafts import job, tracks_draft, waves_draft


def _tracks() -> References:
    return References(tracks_draft({"1": "Parser", "2": "Query planner", "3": "Docs"}, branches={"2": "feat/planner"}))


def _tasks() -> References:
    return References(_task_draft())


def _tracks_in(references: References, text: str) -> list[str]:
    return [references.key_of(track) for track in things(references.mention_of(text, DraftTrack))]


def _jobs_in(references: References, text: str, near: DraftJob | None = None) -> list[DraftJob]:
    return things(references.mention_of(text, DraftJob, near=near))


def _waves_in(references: References, text: str) -> list[DraftWave]:
    return things(references.mention_of(text, DraftWave))


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
    assert _tracks_in(_tracks(), text) == keys


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
    assert _tracks_in(_tracks(), text) == []


def test_a_count_after_a_label_is_no_label() -> None:
    assert _tracks_in(_tracks(), "Track 1 and 2 hours of review") == ["track 1"]


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
    assert [found.key for found in _jobs_in(_tasks(), text)] == keys


def test_waves_are_found_by_label_and_by_title() -> None:
    assert [wave.key for wave in _waves_in(_tasks(), "after Wave 2 and the finishing touches")] == ["2", "3"]
    assert _waves_in(_tasks(), "Wave 7") == []


def test_a_phase_is_not_the_wave_of_that_number() -> None:
    assert _waves_in(_tasks(), "Phase 2") == []


def test_a_number_with_a_hash_is_a_place_in_the_wave_where_no_job_is_called_so() -> None:
    draft = waves_draft({"1": [job("first-one", "A"), job("next-one", "B")]})
    second = draft.waves[0].jobs[1]
    assert [found.key for found in _jobs_in(References(draft), "DEPENDS on #1", near=second)] == ["first-one"]
    assert _jobs_in(References(draft), "DEPENDS on #2", near=second) == []


def test_a_label_that_two_waves_have_means_the_one_in_the_same_wave_or_nothing() -> None:
    draft = waves_draft({"1": [job("1", "One"), job("2", "Two")], "2": [job("1", "Eins"), job("2", "Zwei")]})
    here = draft.waves[1].jobs[1]
    assert [found.title for found in _jobs_in(References(draft), "task 1", near=here)] == ["Eins"]
    assert _jobs_in(References(draft), "task 1") == []


def test_an_agent_who_works_on_two_tracks_names_no_job() -> None:
    jobs = [
        job("1", "One", agent="ui-expert"),
        job("2", "Two", agent="ui-expert"),
        job("3", "Three", agent="db-expert"),
    ]
    references = References(waves_draft({"1": jobs}))
    assert _jobs_in(references, "ask ui-expert") == []
    assert [found.key for found in _jobs_in(references, "ask db-expert")] == ["3"]


def test_agents_in_letters_are_lists_and_ranges_and_an_article_is_none() -> None:
    references = References(tracks_draft({"A": "x y", "B": "z w", "C": "u v"}, word="agent"))
    assert _tracks_in(references, "Agent A, B, C") == ["agent a", "agent b", "agent c"]
    assert _tracks_in(references, "Agents A-C") == ["agent a", "agent b", "agent c"]
    assert _tracks_in(references, "an agent a day") == []
    assert _tracks_in(references, "A new thing") == []


@given(st.text(max_size=80))
def test_any_text_can_be_searched(text: str) -> None:
    draft = _task_draft()
    assert set(_jobs_in(References(draft), text)) <= {*draft.jobs}


def test_a_mention_tells_where_it_stands_and_how_the_thing_is_named() -> None:
    said = "Write the lexer after #61, then lexer-writer"
    found = _tasks().mention_of(said)
    assert [(said[one.at : one.end], one.how) for one in found] == [("Write the lexer", How.TITLE), ("#61", How.LABEL)]
    (named,) = _tasks().mention_of("ask ast-maker first")
    assert ("ask ast-maker first"[named.at : named.end], named.how) == ("ast-maker", How.NAME)


def test_what_is_asked_for_decides_what_a_name_stands_for() -> None:
    draft = tracks_draft({"1": "Parser"})
    references = References(draft)
    (job,), (track,) = draft.jobs, draft.tracks.values()
    assert [one.thing for one in references.mention_of("Track 1")] == [track]
    assert [one.thing for one in references.mention_of("Track 1", DraftJob)] == [job]
    assert references.mention_of("Track 1", DraftWave) == []
    assert things(_tasks().mention_of("Wave 1", DraftJob)) == []


def test_a_thing_may_have_a_name_that_is_known_wherever_it_stands() -> None:
    draft = tracks_draft({"1": "Parser", "2": "Docs"})
    first = next(iter(draft.tracks.values()))
    names: dict[str, Thing] = {"agent-7": first}
    references = References(draft, names)
    for said in ("after Agent 7 (types)", "wait for agent_7", "agent7"):
        (mention,) = references.mention_of(said, DraftTrack)
        assert (mention.thing, mention.how) == (first, How.NAME)
    assert references.mention_of("agent 77 and my-agent-7", DraftTrack) == []


def test_words_like_those_of_a_title_may_mean_a_thing_and_say_how_much() -> None:
    models, views = job("1", "Create the data models"), job("2", "Render views of models")
    references = References(waves_draft({"1": [models, views]}))
    every = [models, views]
    found = references.mention_of("data models created", DraftJob, like=Likeness(by_stems, every))
    assert [(one.thing, one.likeness, one.how) for one in found] == [(models, 1.0, How.WORDS), (views, 0.5, How.WORDS)]
    assert best(found) == [models]
    assert only(references.mention_of("rendering of views", DraftJob, like=Likeness(by_all_words, every))) is views
    assert references.mention_of("models", DraftJob, like=Likeness(by_all_words, every)) == []
    assert only(references.mention_of("Data modelling", DraftJob, like=Likeness(by_beginnings, every))) is models
    assert references.mention_of("something else", DraftJob, like=Likeness(by_stems, every)) == []
    assert best([]) == []
