from plans.markdown.recognisers.contingency import recognise_contingency
from tests.plans.drafts import recognised, tracks_draft


def test_what_to_do_with_time_left_goes_to_the_last_job_of_each_track_and_the_rest_is_context() -> None:
    text = """
    ## Contingency Plans
    - If the API is late: use a stub
    - If ahead of schedule: add a dark theme
    - **If Track 2 finishes early** → polish the icons
    """
    draft = recognised(recognise_contingency, text, tracks_draft({"1": "Parser", "2": "Pages"}))
    assert [said.text for said in draft.context] == ["If the API is late: use a stub"]
    assert {job.key: [said.text for said in job.contingency] for job in draft.jobs} == {
        "1": ["add a dark theme"],
        "2": ["add a dark theme", "polish the icons"],
    }


def test_conditions_elsewhere_are_none() -> None:
    draft = recognised(recognise_contingency, "## Notes\n\n- If ahead: rest\n", tracks_draft({"1": "Parser"}))
    assert (draft.context, [job.contingency for job in draft.jobs]) == ([], [[]])
