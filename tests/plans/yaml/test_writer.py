import re
from collections.abc import Mapping, Sequence

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from plans.document import Document, Path, PathLines
from plans.model import Check, Gate, Job, Merge, Owns, Plan, Start, Wave
from plans.read import read_plan
from plans.yaml.scalars import inline
from plans.yaml.writer import Json, write_document, write_plan
from tests.effort import examples
from tests.plans.strategies import plans, texts


@given(plans())
@examples(60)
def test_reading_what_was_written_gives_an_equal_plan(plan: Plan) -> None:
    text = write_plan(plan)
    read = read_plan(text, "plan.yaml").plan
    assert read == plan
    assert write_plan(read) == text


@given(texts)
@examples(300)
def test_other_readers_take_an_inline_text_for_the_same_text(text: str) -> None:
    line = f"[{inline(text)}, {inline(text)}]"
    assert yaml.safe_load(line) == [text, text]


@given(plans(max_jobs=2))
@examples(10)
def test_bytes_are_read_as_text_is(plan: Plan) -> None:
    text = write_plan(plan)
    for data in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16")):
        assert read_plan(data, "plan.yaml").plan == plan


PLAN = Plan(
    version=1,
    name="site",
    context="First line.\n\n  Second line.\n",
    waves=(
        Wave(
            id="build",
            jobs=(
                Job(id="1.10", prompt="Do it.\nThen test it.", owns=Owns(create=("src/**", "*.md"))),
                Job(id="b", needs=("1.10",), start=Start(any=(Start(exists="a"), Start(done="1.10")))),
            ),
            gate=Gate(question="Wired: yes?", checks=(Check(check=("pytest", "-q")),)),
        ),
    ),
    merge=Merge(order=("b", ("1.10", "c"))),
    criteria=("A whole sentence which is far too long to stand in a list of one line.", "Another"),
)

CANONICAL = """\
version: 1
name: site
context: |
  First line.

    Second line.
waves:
  - id: build
    jobs:
      - id: "1.10"
        prompt: |-
          Do it.
          Then test it.
        owns:
          create: [src/**, "*.md"]
      - id: b
        needs: ["1.10"]
        start:
          any:
            - exists: a
            - done: "1.10"
    gate:
      question: "Wired: yes?"
      checks:
        - check: [pytest, "-q"]
merge:
  order: [b, ["1.10", c]]
criteria:
  - A whole sentence which is far too long to stand in a list of one line.
  - Another
"""


def test_the_canonical_form_leaves_defaults_out_and_keeps_the_order_of_fields() -> None:
    assert write_plan(PLAN) == CANONICAL


def test_the_order_of_fields_is_that_of_the_model() -> None:
    text = write_plan(PLAN)
    written = re.findall(r"^(\w+):", text, re.MULTILINE)
    assert written == [field for field in Plan.model_fields if field in written]


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ((), "version: 1"),
        (("context",), "context: |"),
        (("waves", 0, "jobs", 1), "      - id: b"),
        (("waves", 0, "jobs", 1, "id"), "      - id: b"),
        (("waves", 0, "jobs", 1, "needs"), '        needs: ["1.10"]'),
        (("waves", 0, "jobs", 1, "needs", 0), '          - "1.10"'),
        (("merge", "order", 1, 1), "      - c"),
        (("waves", 0, "jobs", 1, "agent"), "      - id: b"),
        (("waves", 7), "waves:"),
    ],
)
def test_a_comment_stands_before_the_entry_that_it_is_about(path: Path, before: str) -> None:
    lines = write_plan(PLAN, comments={path: "why\nand how"}).splitlines()
    at = lines.index(before)
    assert [line.strip() for line in lines[at - 2 : at]] == ["# why", "# and how"]
    assert read_plan("\n".join(lines), "plan.yaml").plan == PLAN


@given(plans(max_jobs=3), st.lists(st.integers(0, 10_000), max_size=5), texts)
@examples(25)
def test_comments_change_nothing(plan: Plan, places: list[int], comment: str) -> None:
    paths = list(_paths(plan.model_dump(mode="json"), ()))
    comments = {paths[place % len(paths)]: f"said: {comment}".encode("ascii", "replace").decode() for place in places}
    printable = {path: re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", "?", text) for path, text in comments.items()}
    assert read_plan(write_plan(plan, comments=printable), "plan.yaml").plan == plan


MARKDOWN = """\
# Site

## Wave 1: Build

### Task 1.1: Page
- [ ] write `src/page.py`

### Task 1.2: Style (2 hours)
- Files: `src/style.css`

## Wave 2: Test

### Task 2.1: Checks
- Dependencies: 1.1
"""


def test_a_plan_from_markdown_names_the_line_of_each_wave_and_job() -> None:
    document = read_plan(MARKDOWN, "notes/PLAN.md")
    text = write_document(document)
    assert text.startswith("# From notes/PLAN.md\nversion: 1\n")
    before = {
        line.strip(): above.strip() for above, line in zip(text.splitlines(), text.splitlines()[1:], strict=False)
    }
    assert before['- id: "1.1"'] == "# notes/PLAN.md:5"
    assert before['- id: "1.2"'] == "# notes/PLAN.md:8"
    assert before['- id: "2.1"'] == "# notes/PLAN.md:13"
    assert before["- id: wave-2"] == "# notes/PLAN.md:11"
    assert read_plan(text, "plan.yaml").plan == document.plan


def test_a_plan_from_yaml_gets_no_comments() -> None:
    document = read_plan(CANONICAL, "plan.yaml")
    assert write_document(document) == CANONICAL


@given(plans(max_jobs=4), st.text(min_size=1, max_size=30), st.integers(1, 10_000))
@examples(15)
def test_reading_back_what_was_converted_gives_an_equal_plan_whatever_the_file_is_called(
    plan: Plan, name: str, line: int
) -> None:
    document = Document(plan, name, PathLines({("waves", 0, "jobs", 0): line, (): 1}), form="markdown")
    assert read_plan(write_document(document).encode(), "plan.yaml").plan == plan


def _paths(value: Json, path: Path) -> list[Path]:
    inside: list[tuple[str | int, Json]] = []
    if isinstance(value, Mapping):
        inside += value.items()
    elif isinstance(value, Sequence) and not isinstance(value, str):
        inside += enumerate(value)
    return [path, *(found for step, below in inside for found in _paths(below, (*path, step)))]
