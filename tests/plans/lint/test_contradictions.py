"""Two places of a document that say different things of a job: the better trusted one counts, and both are told."""

from textwrap import dedent

import pytest

from plans.markdown.reader import read_draft

_TABLE = """\
    # Orchard

    ## Wave 1: Trees (3 agents in parallel)

    | Task | Title | Depends on | Time |
    |------|-------|------------|------|
    | 1.1 | Plant the pears | None | 2h |
    | 1.2 | Plant the plums | None | 2h |
    | 1.3 | Water all | {table} | 1h |

    ## Details

    ### Task 1.3: Water all {bracket}
    {field}
"""


def _read(*, table: str = "-", bracket: str = "", field: str = "") -> tuple[list[str], str, list[str]]:
    draft = read_draft(dedent(_TABLE).format(table=table, bracket=bracket, field=field), "orchard.md")
    water = next(job for job in draft.jobs if job.key == "1.3")
    told = [f"{p.line}: {p.message}" for p in draft.warnings if p.code == "contradiction"]
    return [job.key for job in water.after], water.estimate.text if water.estimate else "", told


def test_a_table_counts_more_than_a_bracket_in_a_heading_and_both_lines_are_told() -> None:
    needs, _, (told,) = _read(table="1.1", bracket="(depends on 1.2)")
    assert needs == ["1.1"]
    assert told == "13: '1.3' waits for '1.2' here, but for '1.1' in line 9, which counts"


def test_a_table_that_says_none_counts_more_than_a_field() -> None:
    needs, _, (told,) = _read(table="None", field="**Dependencies:** 1.2")
    assert needs == []
    assert told == "14: '1.3' waits for '1.2' here, but for nothing in line 9, which counts"


def test_a_field_that_says_none_against_a_table_is_told() -> None:
    needs, _, (told,) = _read(table="1.1", field="**Dependencies:** None")
    assert needs == ["1.1"]
    assert told == "14: '1.3' waits for nothing here, but for '1.1' in line 9, which counts"


@pytest.mark.parametrize("field", ["**Dependencies:** 1.1", "**Depends on:** Task 1.1"])
def test_two_places_that_say_the_same_are_no_contradiction(field: str) -> None:
    needs, _, told = _read(table="1.1", field=field)
    assert (needs, told) == (["1.1"], [])


def test_a_place_that_says_less_is_no_contradiction() -> None:
    needs, _, told = _read(table="1.1, 1.2", field="**Dependencies:** 1.2")
    assert (needs, told) == (["1.1", "1.2"], [])


def test_two_times_are_told_and_the_table_counts() -> None:
    _, estimate, (told,) = _read(field="**Time:** 3 hours")
    assert estimate == "1h"
    assert told == "14: '1.3' takes 1h (line 9), and 3h here: the first counts"


def test_what_names_a_job_of_an_earlier_wave_by_what_it_makes_is_understood() -> None:
    text = """\
        # Mill

        ## Wave 1: Stones
        - Task 1.1: Cut the mill stones
        - Task 1.2: Build the wheel

        ## Wave 2: Flour
        - Task 2.1: Grind
          - Dependencies: Mill stones cut
        """
    draft = read_draft(dedent(text), "mill.md")
    grind = next(job for job in draft.jobs if job.key == "2.1")
    assert [job.key for job in grind.after] == ["1.1"]
    assert [problem.code for problem in draft.warnings] == []
