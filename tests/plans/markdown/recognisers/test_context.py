from plans.markdown.draft import Draft, Said
from plans.markdown.recognisers.context import recognise_context
from tests.plans.drafts import FAR, job, recognised, waves_draft


def _draft() -> Draft:
    lexer, charts = job("1", "Write lexer"), job("2", "Build chart service")
    charts.outputs.append(Said("Service aggregating sales", FAR))
    return waves_draft({"1": [lexer, charts]})


def _context(text: str) -> list[str]:
    return [said.text for said in recognised(recognise_context, text, _draft()).context]


def test_the_goal_is_the_first_line_or_section_that_tells_it() -> None:
    draft = recognised(
        recognise_context, "**Goal:** Ship the parser this week\n\n**Goal:** Another one here\n", _draft()
    )
    assert [(said.text, said.line) for said in draft.goal] == [("Ship the parser this week", 1)]
    draft = recognised(recognise_context, "## Objective\n\nMake it fast.\n\nMore.\n", _draft())
    assert [said.text for said in draft.goal] == ["Make it fast."]


def test_a_goal_of_one_wave_is_not_the_plans() -> None:
    assert recognised(recognise_context, "## Wave 1: Base\n\n**Goal:** Only for this wave\n", _draft()).goal == []


def test_conventions_and_risks_are_for_everybody() -> None:
    text = """
    ## Conventions
    - Use tabs
      - also in YAML
    ## Risk Mitigation
    1. **Late data**: use a stub
    """
    assert _context(text) == ["Conventions:\n- Use tabs\n  - also in YAML", "Risk Mitigation:\n- Late data: use a stub"]


def test_a_hint_goes_to_the_job_that_it_speaks_of() -> None:
    text = """
    ## Implementation Details
    ### Lexer
    Keep it small.
    ### Sales Aggregation
    Use a view.
    ### Anything
    Be brief.
    """
    draft = recognised(recognise_context, text, _draft())
    assert {one.key: [said.text for said in one.prompt] for one in draft.jobs} == {
        "1": ["Lexer:\nKeep it small."],
        "2": ["Sales Aggregation:\nUse a view."],
    }
    assert [said.text for said in draft.context] == ["Implementation Details:\nAnything:\nBe brief."]


def test_what_is_only_shown_or_done_by_planwave_is_told_to_nobody() -> None:
    text = """
    ## Progress notes
    - 80%
    ## Communication Protocol
    ```
    ## Start message
    - Agent ID: [Agent X]
    - Task: [Task ID]
    ```
    ## Coordination
    ### Git workflow
    - git merge it
    ## Task 1: Write lexer
    ### Notes
    - mine
    """
    assert _context(text) == []


def test_context_is_bounded() -> None:
    section = "\n".join(f"- rule number {number} of this long list" for number in range(400))
    found = _context("".join(f"## Conventions {number}\n\n{section}\n\n" for number in range(20)))
    assert found
    assert sum(map(len, found)) <= 4000
    assert all(text.endswith("...") for text in found)
