"""Files that all jobs of a wave are to edit."""

from textwrap import dedent

from plans.markdown.reader import read_draft

_WAVE = """\
    # Rollout

    ## Wave 1: Panels (2 agents in parallel)

    1. **panel-maker** - Draw the panels
    2. **lamp-maker** - Draw the lamps

    ### Why parallel?
    - {said}
"""


def _warnings(said: str) -> list[tuple[int | None, str]]:
    draft = read_draft(dedent(_WAVE).format(said=said), "plan.md")
    return [(problem.line, problem.message) for problem in draft.warnings if problem.code == "shared-file"]


def test_a_file_that_all_are_to_edit_is_told_with_what_becomes_of_it() -> None:
    ((line, message),) = _warnings("They all edit src/console.py at once, in different sections")
    assert line == 9
    assert message.startswith("all 2 jobs of wave 1 are to edit 'src/console.py' at the same time")


def test_the_jobs_are_told_that_others_edit_the_file() -> None:
    draft = read_draft(dedent(_WAVE).format(said="All can edit console.py simultaneously"), "plan.md")
    assert all("Others edit console.py" in job.prompt[-1].text for job in draft.jobs)


def test_a_file_that_nobody_edits_is_not_told() -> None:
    assert _warnings("Not all of them edit src/console.py at once") == []


def test_files_of_different_jobs_are_not_told() -> None:
    assert _warnings("Each edits files of its own, see docs/layout.md") == []
