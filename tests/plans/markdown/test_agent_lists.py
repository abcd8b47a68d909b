"""Lists under an agent: tasks of their own, or steps of its one job."""

from textwrap import dedent

from plans.markdown.reader import read_draft


def _jobs(text: str) -> list[tuple[str, str, list[str]]]:
    draft = read_draft(dedent(text), "plan.md")
    return [(job.key, job.title, [need.key for need in job.after]) for job in draft.jobs]


def test_items_with_files_or_needs_of_their_own_are_the_agents_tasks() -> None:
    text = """\
        # Agent 1: Cellar

        ## Tasks

        1. **Dig the cellar**
           - Files: `cellar/plan.py`
           - Dependencies: None
        2. **Fill the racks**
           - Files: `cellar/racks.py`
           - Dependencies: Cellar dug
        """
    assert _jobs(text) == [("1", "Dig the cellar", []), ("2", "Fill the racks", ["1"])]


def test_items_without_any_are_steps_of_the_agents_job() -> None:
    text = """\
        ## Wave 1: Cellar

        ### Agent 1: Digger
        **Files:** `cellar/`

        1. **Dig** down to the rock
        2. **Line** the walls
        """
    draft = read_draft(dedent(text), "plan.md")
    assert [(job.title, len(job.steps)) for job in draft.jobs] == [("Digger", 2)]
