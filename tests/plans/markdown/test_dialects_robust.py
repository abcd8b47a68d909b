"""Whatever becomes of a document of a tool's, reading it ends soon, in a plan or in a message."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.errors import PlanError
from plans.folder import read_folder
from plans.read import read_plan
from tests.effort import examples

LONGEST_S = 10
"""Far more than it takes: what is quadratic takes longer."""

PIECES = """# Tasks: X
## Phase 1: Y
## Phase 2: User Story 1 - Z
- [ ] T001 [P] [US1] Do it in `a/b.py`
- [x] T002 (depends on T001)
- T001 blocks T002, T003-T999
- Polish (Final Phase): Depends on Phase 3+
**Checkpoint**: ok
# Implementation Plan
- [ ] 1. One
  - [ ]* 1.1 Part
  - _Requirements: 1.1_
  - _Depends: 2, 1.1-99999_
- [ ] 2. (P) Two
```json
{"waves": [{"tasks": ["1.1"]}]}
```
---
phase: 01-a
plan: 02
wave: x
depends_on: [1]
<objective>
</objective>
<tasks>
<task type="auto">
<task type="checkpoint:decision">
<name>N</name>
<action>A</action>
</task>
# Roadmap
### Phase 1: R
**Goal**: G
**Depends on**: Phase 9
Plans:
- [ ] 01-02-PLAN.md - do
## Epic 1: E
### Story 1.1: S
As a user, I want it.
**Acceptance Criteria:**
**Prerequisites:** Stories 1.1-1.9999
# IMPL: I
| File | Agent | Wave |
|---|---|---|
| `a.py` | A | 1 |
### Agent A - Completion Report
feature_slug: x
waves:
  - agents:
1. T001
> quote
**

\tindented
"""
documents = st.lists(st.sampled_from(PIECES.splitlines()) | st.text(max_size=20), max_size=40).map("\n".join)


@given(documents)
def test_any_mixture_of_pieces_ends_in_a_plan_or_a_message(text: str) -> None:
    try:
        plan = read_plan(text, "f.md").plan
    except PlanError:
        return
    assert plan.jobs


@examples(40)
@given(st.lists(documents, max_size=4))
def test_any_folder_of_mixtures_ends_in_a_plan_or_a_message(texts: list[str]) -> None:
    files = {f"agent-{at}.md": text.encode(errors="replace") for at, text in enumerate(texts)}
    try:
        plan = read_folder(files, "f").plan
    except PlanError:
        return
    assert plan.jobs


def spec_kit(count: int) -> str:
    tasks = "".join(f"- [ ] T{at:04} {'[P] ' * (at % 3 > 0)}Do part {at} in `src/part{at}.py`\n" for at in range(count))
    return f"# Tasks: Long\n\n## Phase 1: All\n\n{tasks}\n## Dependencies\n\n- T0001 blocks T0002-T0200\n"


def kiro(count: int) -> str:
    return "# Implementation Plan\n\n" + "".join(
        f"- [ ] {at}. Part\n  - _Requirements: {at}_\n" for at in range(1, count)
    )


def get_shit_done(count: int) -> str:
    tasks = '<task type="auto">\n<name>N</name>\n' * count
    return f"---\nphase: 1\nplan: 1\n---\n<objective>\nX\n</objective>\n<tasks>\n{tasks}</tasks>\n"


def bmad(count: int) -> str:
    stories = "".join(
        f"### Story 1.{at}: S\n\nAs a user, I want it.\n\n**Prerequisites:** Story 1.{at - 1}\n\n"
        for at in range(1, count)
    )
    return f"# Epics\n\n## Epic 1: E\n\n{stories}"


@pytest.mark.parametrize(("write", "count"), [(spec_kit, 1500), (kiro, 1500), (get_shit_done, 5000), (bmad, 1500)])
def test_a_long_document_is_read_in_seconds(write: Callable[[int], str], count: int) -> None:
    start = time.process_time()
    assert read_plan(write(count), "f.md").plan.jobs
    assert time.process_time() - start < LONGEST_S
