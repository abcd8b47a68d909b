from plans.markdown.draft import Draft
from plans.markdown.recognisers.criteria import recognise_criteria
from tests.plans.drafts import job, recognised, waves_draft


def _waves() -> Draft:
    return waves_draft({"1": [job("1.1", "Lay the base")], "2": [job("2.1", "Build on it"), job("2.2", "Paint it")]})


def _of_jobs(draft: Draft) -> dict[str, list[str]]:
    return {one.key: [said.text for said in one.criteria] for one in draft.jobs if one.criteria}


def test_criteria_of_the_plan_lose_their_boxes_and_ticks() -> None:
    text = """
    ## Success Criteria
    - [ ] It builds
    - ✅ It runs
    """
    draft = recognised(recognise_criteria, text, _waves())
    assert [(said.text, said.line) for said in draft.criteria] == [("It builds", 3), ("It runs", 4)]


def test_criteria_for_each_task_go_to_every_job() -> None:
    draft = recognised(recognise_criteria, "## Definition of Done\n\nFor each task:\n- [ ] Tests pass\n", _waves())
    assert _of_jobs(draft) == {"1.1": ["Tests pass"], "2.1": ["Tests pass"], "2.2": ["Tests pass"]}
    assert draft.criteria == []


def test_criteria_under_a_name_go_to_the_waves_gate_or_to_the_job() -> None:
    text = """
    ## Success Criteria
    ### Wave 1 Success
    - Base holds
    ### Task 2.1 Success
    - Floor is flat
    ### Overall Success
    - People move in
    ### Current Progress
    - Base poured
    """
    draft = recognised(recognise_criteria, text, _waves())
    assert [said.text for said in draft.waves[0].gate] == ["Base holds"]
    assert not draft.waves[0].asks
    assert _of_jobs(draft) == {"2.1": ["Floor is flat"]}
    assert [said.text for said in draft.criteria] == ["People move in"]


def test_a_heading_of_its_own_for_a_wave_is_enough() -> None:
    draft = recognised(recognise_criteria, "### Wave 2 Complete When:\n- [ ] Paint is dry\n", _waves())
    assert [said.text for said in draft.waves[1].gate] == ["Paint is dry"]


def test_criteria_in_a_jobs_own_section_are_left_to_the_job() -> None:
    text = """
    ## Task 2.1: Build on it
    ### Success Criteria
    - Mine alone
    """
    draft = recognised(recognise_criteria, text, _waves())
    assert draft.criteria == []
