from plans.model import Plan
from plans.read import read_plan

EPICS = """# Bakery - Epic Breakdown

## Epic List

### Epic 1: Dough
People get dough.

---

## Epic 1: Dough

**Goal:** There is dough.

### Story 1.1: Mix it

As a **baker**,
I want flour and water mixed,
So that it can rise.

**Acceptance Criteria:**

**Given** a bowl
**When** I mix
**Then** it holds:
- flour
- water

**And** nothing sticks
**And** it is soft

**Prerequisites:** None (first story)

**Technical Notes:**
- Use cold water

### Story 1.2: Let it rise

As a baker, I want it to rise.

**Acceptance Criteria:**
1. It doubles
2. It smells good
**Prerequisites:** Story 1.1 (Mix it)
**Estimated Effort:** 2-3 hours

### Story 1.3: Shape it ✅

As a baker, I want loaves.

**Prerequisites:** Stories 1.1-1.2 (all of it), and a table

## Epic 2: Bread

**Dependencies:** Epic 1

### Story 2.1: Bake it

As a baker, I want bread.

**Status:** Done
**Prerequisites:** an oven
"""


def plan(text: str = EPICS) -> Plan:
    return read_plan(text, "epics.md").plan


def test_epics_are_waves_and_stories_are_jobs_each_on_a_track_of_its_own() -> None:
    assert [(wave.id, wave.title, [job.id for job in wave.jobs]) for wave in plan().waves] == [
        ("epic-1", "Dough", ["1.1", "1.2", "1.3"]),
        ("epic-2", "Bread", ["2.1"]),
    ]
    assert {job.track for job in plan().jobs.values()} == {None}


def test_prerequisites_are_needs_also_as_ranges() -> None:
    assert [job.needs for job in plan().jobs.values()] == [(), ("1.1",), ("1.1", "1.2"), ()]


def test_a_prerequisite_that_is_no_story_is_a_warning_with_its_line() -> None:
    warnings = read_plan(EPICS, "epics.md").warnings
    assert [EPICS.splitlines()[(problem.line or 0) - 1] for problem in warnings] == ["**Prerequisites:** an oven"]


def test_criteria_are_the_steps_of_the_story_with_the_lists_that_belong_to_them() -> None:
    jobs = plan().jobs
    assert jobs["1.1"].criteria == (
        "Given a bowl When I mix",
        "Then it holds: flour; water",
        "And nothing sticks",
        "And it is soft",
    )
    assert jobs["1.2"].criteria == ("It doubles", "It smells good")


def test_the_prompt_has_the_story_its_notes_and_the_goal_of_its_epic() -> None:
    prompt = plan().jobs["1.1"].prompt
    assert "Goal: There is dough." in prompt
    assert "As a baker, I want flour and water mixed, So that it can rise." in prompt
    assert "Technical Notes: Use cold water" in prompt


def test_estimates_and_finished_stories_are_known() -> None:
    jobs = plan().jobs
    assert str(jobs["1.2"].estimate) == "2h-3h"
    assert [job.id for job in jobs.values() if job.done] == ["1.3", "2.1"]


def test_stories_without_any_prerequisites_build_on_each_other_within_their_epic() -> None:
    text = "\n".join(line for line in EPICS.splitlines() if "Prerequisites" not in line)
    first = plan(text).waves[0]
    assert first.mode == "serial"
    assert {job.track for job in first.jobs} == {"epic-1-in-order"}


def test_epics_and_stories_of_the_same_depth_are_told_apart_by_their_numbers() -> None:
    text = (
        "# Epics\n\n## Epic 1: One\n\n## Story 1.1: A\n\nAs a user, I want a.\n\n"
        "## Epic 2: Two\n\n## Story 2.1: B\n\nAs a user, b.\n"
    )
    assert [(wave.title, [job.title for job in wave.jobs]) for wave in plan(text).waves] == [
        ("One", ["A"]),
        ("Two", ["B"]),
    ]


def test_stories_that_are_lines_of_a_list_are_not_bmads() -> None:
    from plans.markdown.dialects import bmad
    from plans.markdown.source.outline import read_outline

    text = "## Epic 1: One\n\n1. Story 1.1: As a user, I want a\n2. Story 1.2: b\n\n**Acceptance Criteria:** all\n"
    assert not bmad.recognises(read_outline(text), text)
