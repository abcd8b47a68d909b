"""Whatever a document holds, a reader answers with a plan or a plain error, and in time."""

import time
from importlib import resources

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plans.errors import PlanError
from plans.lint import lint_plan
from plans.read import read_plan
from tests.effort import examples
from tests.plans.mutations import LONG, UNITS, mutated

FOLDER = resources.files("plans") / "examples"
EXAMPLES = [
    entry.read_text(encoding="utf-8")
    for entry in sorted(FOLDER.iterdir(), key=lambda entry: entry.name)
    if entry.name.endswith((".md", ".yaml"))
]
MOST_S = 6.0
"""On a machine that does other things too; `benchmarks.fuzz` is strict."""


def read(data: bytes) -> None:
    """Read and check a document; only a PlanError is an answer beside a plan."""
    start = time.process_time()
    try:
        problems = lint_plan(read_plan(data, "plan.md"))
    except PlanError as error:
        problems = error.problems
    assert all(problem.message and "\n" not in problem.message for problem in problems)
    assert time.process_time() - start < MOST_S


@given(st.integers(0, 2**32))
@examples(150)
@example(1996)
@example(10820)
@example(30387)
def test_a_mutated_plan_is_read_or_refused(seed: int) -> None:
    read(mutated(seed, EXAMPLES))


@given(st.binary(max_size=300))
@examples(100)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read(data)


@pytest.mark.parametrize("unit", [*UNITS, "_a ", "<a ", "<!--", "~~a ", "├──"])
@pytest.mark.parametrize("lead", ["", "- [ ] Task 9.9: ", "## Wave 9: ", "Depends on: ", "| a |\n|---|\n| "])
def test_a_very_long_line_takes_no_time(unit: str, lead: str) -> None:
    plan = "## Wave 1: a\n- Task 1.1: b (files: `c.py`)\n\n"
    read(f"{plan}{lead}{unit * (LONG // len(unit))}\n\n- Task 1.2: d\n".encode())
