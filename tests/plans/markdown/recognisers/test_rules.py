from plans.markdown.draft import Draft
from plans.markdown.recognisers.rules import recognise_rules
from plans.markdown.resolve.likeness import are_alike, content_words, speaks_of
from tests.plans.drafts import job, recognised, waves_draft


def _waves() -> Draft:
    first = [job("1", "Remove legacy caches"), job("2", "Migrate user table")]
    second = [job("3", "Run load tests"), job("4", "Write release notes")]
    return waves_draft({"1": first, "2": second}, titles={"1": "Groundwork laying", "2": "Proof"})


def _after(draft: Draft) -> dict[str, list[str]]:
    return {one.key: [other.key for other in one.after] for one in draft.jobs if one.after}


def test_a_rule_within_a_wave_is_a_need() -> None:
    draft = recognised(
        recognise_rules, "## Dependent Tasks\n- User table migration BEFORE legacy cache removal\n", _waves()
    )
    assert _after(draft) == {"1": ["2"]}
    assert draft.warnings == []


def test_a_rule_that_the_waves_keep_says_nothing_more() -> None:
    draft = recognised(recognise_rules, "## Dependencies\n- Legacy cache removal BEFORE load testing runs\n", _waves())
    assert (_after(draft), draft.warnings) == ({}, [])


def test_a_rule_against_the_waves_is_a_contradiction_with_both_lines() -> None:
    draft = recognised(
        recognise_rules, "## Dependencies\n- Release notes writing must come before user table migration\n", _waves()
    )
    assert _after(draft) == {}
    assert [(problem.line, problem.code) for problem in draft.warnings] == [(2, "contradiction")]


def test_what_cannot_be_told_apart_and_other_lists_make_no_rule() -> None:
    text = """
    ## Dependencies
    - Testing BEFORE shipping
    - Parameter fixes BEFORE convergence tests
    ## Style
    - Legacy cache removal BEFORE user table migration
    """
    draft = recognised(recognise_rules, text, _waves())
    assert (_after(draft), draft.warnings) == ({}, [])


def test_words_are_alike_by_their_stems() -> None:
    assert are_alike("detection", "detector")
    assert are_alike("removal", "remove")
    assert are_alike("wiring", "wire")
    assert are_alike("aggregation", "aggregating")
    assert not are_alike("data", "date")
    assert not are_alike("test", "text")
    assert not are_alike("plan", "planet")
    assert speaks_of(content_words("Anomaly Detection"), content_words("Develop the anomaly detector"))
    assert not speaks_of((), ("anything",))
