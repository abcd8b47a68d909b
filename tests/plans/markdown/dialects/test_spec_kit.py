import pytest

from plans.document import Document
from plans.model import Plan
from plans.read import read_plan

HEAD = "# Tasks: Tide tables\n\n**Input**: Documents from `specs/001-tides/`\n\n"
PHASES = """## Phase 1: Setup

**Purpose**: Lay the ground.

- [ ] T001 Create the package in `tides/__init__.py`
- [ ] T002 [P] Configure the linter in `pyproject.toml`
- [ ] T003 [P] Write the licence in `LICENSE.md`
- [ ] T004 Set up the test runner — `tests/conftest.py`, `tox.ini`

**Checkpoint**: The tests run, though there are none.

## Phase 2: Foundational (Blocking Prerequisites)

- [ ] T005 Define the station — `tides/station.py`
  - with a name
  - [x] with a position
- [ ] T006 Load stations in `tides/load.py`

## Phase 3: User Story 1 - See today's tides (Priority: P1)

**Goal**: Somebody sees today's tides.

### Tests for User Story 1

- [ ] T007 [P] [US1] Test the curve in `tests/test_curve.py`
- [ ] T008 [P] [US1] Test the page in `tests/test_page.py`

### Implementation for User Story 1

- [ ] T009 [US1] Compute the curve in `tides/curve.py` per `specs/001-tides/spec.md`
- [ ] T010A [US1] Draw the page in `tides/page.py` (depends on T009)

## Phase 4: Polish

- [ ] T011 [P] Describe it in `README.md`
- [x] T012 [P] (Optional) Record a film
"""


def read(body: str = PHASES, head: str = HEAD) -> Document:
    return read_plan(head + body, "tasks.md")


def plan(body: str = PHASES) -> Plan:
    return read(body).plan


def test_phases_are_waves_and_tasks_are_jobs_under_their_own_ids() -> None:
    assert [[job.id for job in wave.jobs] for wave in plan().waves] == [
        ["T001", "T002", "T003", "T004"],
        ["T005", "T006"],
        ["T007", "T008", "T009", "T010A"],
        ["T011", "T012"],
    ]
    assert [wave.title for wave in plan().waves][::3] == ["Setup", "Polish"]
    assert plan().title == "Tide tables"


def test_tasks_marked_p_run_side_by_side_between_those_that_are_not() -> None:
    setup = plan().waves[0]
    assert setup.mode == "parallel"
    assert {job.id: job.needs for job in setup.jobs} == {
        "T001": (),
        "T002": ("T001",),
        "T003": ("T001",),
        "T004": ("T002", "T003"),
    }


def test_tasks_without_the_mark_follow_each_other_on_one_track() -> None:
    foundation = plan().waves[1]
    assert foundation.mode == "serial"
    assert {job.track for job in foundation.jobs} == {"phase-2-in-order"}
    assert plan().jobs["T001"].track == plan().jobs["T004"].track
    assert plan().jobs["T002"].track is None


def test_a_phase_in_which_all_are_marked_is_parallel_without_any_order() -> None:
    polish = plan().waves[3]
    assert polish.mode == "parallel"
    assert all(not job.needs and job.track is None for job in polish.jobs)


def test_a_need_in_a_tasks_own_words_is_an_edge() -> None:
    body = "## Phase 1: Build\n\n- [ ] T001 [P] One\n- [ ] T002 [P] Two\n- [ ] T003 [P] Three (depends on T001, T002)\n"
    assert plan(body).jobs["T003"].needs == ("T001", "T002")


def test_paths_are_those_behind_the_dash_or_after_a_preposition_and_sources_are_none() -> None:
    jobs = plan().jobs
    assert jobs["T001"].owns.create == ("tides/__init__.py",)
    assert jobs["T004"].owns.modify == ("tests/conftest.py", "tox.ini")
    assert jobs["T009"].owns.writes == ("tides/curve.py",)


def test_routes_are_no_paths() -> None:
    body = "## Phase 1: Build\n\n- [ ] T001 Serve `/api/tides` in `tides/api.py`\n- [ ] T002 Call `GET /api/tides`\n"
    assert [job.owns.writes for job in plan(body).jobs.values()] == [("tides/api.py",), ()]


def test_bullets_below_a_task_are_its_steps_and_ticked_tasks_are_done() -> None:
    jobs = plan().jobs
    assert jobs["T005"].steps == ("with a name", "with a position")
    assert [job.id for job in jobs.values() if job.done] == ["T012"]


def test_titles_keep_their_words_and_marks_go() -> None:
    jobs = plan().jobs
    assert jobs["T004"].title == "Set up the test runner — tests/conftest.py, tox.ini"
    assert jobs["T007"].title == "Test the curve in tests/test_curve.py"
    assert "Story: US1" in jobs["T007"].prompt
    assert "Goal: Somebody sees today's tides." in jobs["T007"].prompt


def test_a_checkpoint_is_the_question_of_the_gate_and_asks_nobody() -> None:
    gate = plan().waves[0].gate
    assert gate is not None
    assert (gate.question, gate.decide) == ("The tests run, though there are none.", "checks")


def test_a_checkpoint_right_below_a_task_is_no_part_of_it() -> None:
    tasks = "## Phase 1: Build\n\n- [ ] T001 One\n- [ ] T002 Two\n**Checkpoint**: Both stand.\n"
    body = f"{tasks}\n## Phase 2: More\n\n- [ ] T003 Three\n"
    first = plan(body).waves[0]
    assert [job.title for job in first.jobs] == ["One", "Two"]
    assert first.gate is not None
    assert first.gate.question == "Both stand."


@pytest.mark.parametrize(
    ("line", "needs"),
    [
        ("- T001 blocks T003", ("T001",)),
        ("- T003 depends on T001 and T002", ("T001", "T002")),
        ("- T001 → T003", ("T001",)),
        ("- Models (T001-T002) before services (T003)", ("T001", "T002")),
        ("- T003 can run in parallel with T001", ()),
        ("- **Build**: T003 can run in parallel with T002 after T001", ("T001",)),
        ("- **Build (Phase 1)**: T001-T003 depend on nothing", ()),
    ],
)
def test_lists_of_dependencies_are_edges(line: str, needs: tuple[str, ...]) -> None:
    tasks = "## Phase 1: Build\n\n- [ ] T001 [P] One\n- [ ] T002 [P] Two\n- [ ] T003 [P] Three\n\n## Dependencies\n\n"
    assert plan(f"{tasks}{line}\n").jobs["T003"].needs == needs


def test_an_order_against_the_list_is_told_and_not_taken() -> None:
    body = "## Phase 1: Build\n\n- [ ] T001 [P] One\n- [ ] T002 [P] Two\n\n## Dependencies\n\n- T002 blocks T001\n"
    document = read(body)
    assert not document.plan.jobs["T001"].needs
    assert [problem.show("f") for problem in document.warnings] == [
        "f:12: warning: T002 is said to come before T001, which stands before it in the list: not taken"
    ]


def test_a_phase_that_is_to_wait_for_a_later_one_is_told() -> None:
    order = "\n## Phase Dependencies\n\n- **Setup (Phase 1)**: Depends on Polish completion\n"
    assert [problem.message for problem in read(PHASES + order).warnings] == [
        "Phase 1 is said to wait for Phase 4, which comes later: not taken"
    ]
    usual = (
        "- **Polish (Final Phase)**: Depends on all user stories\n- **Setup**: No dependencies\n"
        "- **Foundation (Phase 2)**: T005-T006 depend on Setup and block all user stories\n"
    )
    assert read(f"{PHASES}\n## Phase Dependencies\n\n{usual}").warnings == ()


def test_the_number_of_tasks_that_it_claims_is_kept_for_the_lint() -> None:
    assert plan(f"{PHASES}\n## Summary\n\n- Total tasks: 13\n").claims.jobs == 13


def test_ids_with_a_dash_and_older_headings_are_known() -> None:
    setup = "## Phase 3.1: Setup\n- [ ] T-001 One in `a.py`\n- [ ] T-002 Two\n"
    body = f"{setup}\n## Phase 3.2: Core\n- [ ] T-003 Three (depends on T-001)\n"
    assert plan(body).jobs["T-003"].needs == ("T-001",)
    assert len(plan(body).waves) == 2


@pytest.mark.parametrize(
    "text",
    [
        "# Notes\n\n- [ ] T001 Buy milk\n- [ ] T002 Buy bread\n",
        "# Tasks\n\n- [ ] T001 One\n- [ ] Two\n- [ ] Three\n- [ ] Four\n",
        "# Wave plan\n\n## Wave 1\n\n- [ ] T001 One\n- [ ] T002 Two\n",
    ],
)
def test_other_lists_with_such_ids_are_not_spec_kits(text: str) -> None:
    from plans.markdown.dialects import spec_kit
    from plans.markdown.source.outline import read_outline

    assert not spec_kit.recognises(read_outline(text), text)
