"""What looks like a job and is in no wave is told, not dropped in silence."""

from textwrap import dedent

from plans.markdown.reader import read_draft

_PLAN = """\
    # Harbour

    ## Wave 1: Ground (2 agents)

    ### Task 1.1: Lay the quay
    **Files:** `quay.py`

    ### Task 1.2: Set the lamps
    **Files:** `lamps.py`

    ## Later

    ### Task {key}: {title}
    **Files:** `crane.py`
"""


def _told(key: str, title: str) -> list[tuple[int | None, str]]:
    draft = read_draft(dedent(_PLAN).format(key=key, title=title), "harbour.md")
    return [(problem.line, problem.message) for problem in draft.warnings if problem.code == "not-understood"]


def test_a_task_outside_of_all_waves_is_told_with_its_line() -> None:
    ((line, message),) = _told("9.1", "Build the crane")
    assert line == 13
    assert message.startswith("'task 9.1' looks like a job")


def test_a_task_that_is_spoken_of_again_is_not_told() -> None:
    assert _told("1.2", "Set the lamps") == []


def test_a_task_of_another_label_and_the_same_title_is_not_told() -> None:
    assert _told("7", "Lay the quay") == []
