import pytest

from plans.markdown.draft import Draft
from plans.markdown.recognisers.pipeline import recognise_pipeline
from tests.plans.drafts import job, recognised, waves_draft


def _one() -> Draft:
    return waves_draft({"1": [job("1.1", "Lay the base")]})


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        ("Planner → Coder → Reviewer → Commit", ["plan", "implement", "validate"]),
        ("Implementation Agent -> Validation Agent -> Push", ["implement", "validate"]),
        ("Planung → Umsetzung → Prüfung", ["plan", "implement", "validate"]),
    ],
)
def test_a_workflow_of_roles_is_every_jobs_pipeline(line: str, roles: list[str]) -> None:
    draft = recognised(recognise_pipeline, f"### Agent Workflow\n```\n{line}\n```\n", _one())
    assert draft.waves[0].jobs[0].pipeline == roles


@pytest.mark.parametrize(
    "text",
    [
        "### Workflow\n\nidle → walk → run\n",
        "### Workflow\n\nReview → Code → Plan\n",
        "## Notes\n\nPlan → Code → Review\n",
        "### Workflow example\n\nPlan → Code → Review\n",
        "### Workflow\n\nPlan → Review\n",
    ],
)
def test_other_arrows_other_orders_and_examples_are_no_pipeline(text: str) -> None:
    assert recognised(recognise_pipeline, text, _one()).waves[0].jobs[0].pipeline == []
