from plans.markdown.draft import Draft
from plans.markdown.recognisers.gates import recognise_gates
from tests.plans.drafts import job, recognised, waves_draft


def _waves() -> Draft:
    return waves_draft({"1": [job("1.1", "Lay the base")], "2": [job("2.1", "Build on it"), job("2.2", "Paint it")]})


def _gates(draft: Draft) -> list[tuple[list[str], bool]]:
    return [([said.text for said in wave.gate], wave.asks) for wave in draft.waves]


def test_a_decision_after_a_wave_is_its_gates_question_without_the_answer() -> None:
    text = """
    ## GO/NO-GO
    - **After Wave 1**: Base solid? ✓ Continue
    - Wave 2: Ready to ship? → GO
    """
    assert _gates(recognised(recognise_gates, text, _waves())) == [(["Base solid?"], True), (["Ready to ship?"], True)]


def test_a_sync_point_tells_what_must_hold_and_asks_nobody() -> None:
    text = """
    ### Synchronization points:
    1. **After Wave 1**: schemas are final
    2. Before Wave 2: the team has met
    """
    assert _gates(recognised(recognise_gates, text, _waves()))[0] == (["schemas are final", "the team has met"], False)


def test_plain_lines_under_integration_points_are_read_too() -> None:
    draft = recognised(
        recognise_gates, "## Integration Points\n\nAfter Wave 1: all parts work.\nAfter Wave 2: it runs.\n", _waves()
    )
    assert _gates(draft) == [(["all parts work."], False), (["it runs."], False)]


def test_a_point_within_a_wave_is_context_and_a_decision_there_a_warning() -> None:
    draft = recognised(recognise_gates, "## Checkpoints\n- After Task 2.1: others can begin\n", _waves())
    assert [said.text for said in draft.context] == ["After Task 2.1: others can begin"]
    assert draft.warnings == []
    draft = recognised(recognise_gates, "## GO/NO-GO\n- After Task 2.1: good enough?\n", _waves())
    assert [problem.line for problem in draft.warnings] == [2]


def test_points_in_progress_reports_and_under_other_headings_are_none() -> None:
    text = """
    ## Progress checkpoints
    - After Wave 1: done
    ## Notes
    - After Wave 2: rest
    """
    draft = recognised(recognise_gates, text, _waves())
    assert _gates(draft) == [([], False), ([], False)]
    assert draft.context == []
