import pytest

from plans.document import Document
from plans.model import Plan
from plans.read import read_plan

HEAD = "# Implementation Plan\n\n"
FLAT = """- [x] 1. Lay out the greenhouse
  - Draw the beds
  - _Requirements: 1.1, 2.3_

- [x] 1.1 Test the layout
  - measure twice

- [ ]* 1.2 Test it with odd shapes

- [ ] 2. Water the beds
  - **Can be done in parallel with Task 3**
  - _Requirements: 2.1_
- [ ] 3. Warm the beds
- [ ] 4. Open the doors
  - Requires Tasks 1 and 3 to be complete
- [ ] 5. Checkpoint - all is well
"""


def read(body: str = FLAT, head: str = HEAD) -> Document:
    return read_plan(head + body, "tasks.md")


def plan(body: str = FLAT, head: str = HEAD) -> Plan:
    return read(body, head).plan


def needs(found: Plan) -> dict[str, tuple[str, ...]]:
    return {job.id: job.needs for job in found.jobs.values()}


def test_numbers_are_jobs_and_their_parts_are_steps() -> None:
    jobs = plan().jobs
    assert [job.title for job in jobs.values()][:2] == ["Lay out the greenhouse", "Water the beds"]
    assert jobs["task-1"].steps == ("1.1 Test the layout", "1.2 Test it with odd shapes (optional)")
    assert len(plan().waves) == 1


def test_what_stands_below_a_number_is_told_to_the_agent() -> None:
    prompt = plan().jobs["task-1"].prompt
    assert "- Draw the beds" in prompt
    assert "Requirements: 1.1, 2.3" in prompt
    assert "1.1: - measure twice" in prompt


def test_a_job_is_done_when_it_and_its_parts_are_but_for_optional_ones() -> None:
    assert [job.id for job in plan().jobs.values() if job.done] == ["task-1"]
    undone = plan("- [x] 1. One\n- [ ] 1.1 Part\n- [x] 2. Two\n  - _Requirements: 1_\n")
    assert [job.id for job in undone.jobs.values() if job.done] == ["task-2"]


def test_jobs_follow_each_other_but_where_the_list_says_that_they_need_not() -> None:
    assert needs(plan()) == {
        "task-1": (),
        "task-2": ("task-1",),
        "task-3": ("task-1",),
        "task-4": ("task-1", "task-3", "task-2"),
        "task-5": (),
    }
    assert plan().jobs["task-4"].track == plan().jobs["task-5"].track is not None


def test_a_list_without_such_words_is_serial_on_one_track() -> None:
    found = plan("- [ ] 1. One\n- [ ] 2. Two\n- [ ] 3. Three\n")
    assert found.waves[0].mode == "serial"
    assert {job.track for job in found.jobs.values()} == {"tasks-in-order"}


@pytest.mark.parametrize(
    "body",
    [
        "Tasks 1 and 2 can be done simultaneously.\n\n- [ ] 1. One\n- [ ] 2. Two\n- [ ] 3. Three\n",
        "- [ ] 1. (P) One\n- [ ] 2. (P) Two\n- [ ] 3. Three\n",
    ],
    ids=["said above", "marked"],
)
def test_other_ways_of_saying_that_jobs_run_side_by_side(body: str) -> None:
    assert needs(plan(body)) == {"task-1": (), "task-2": (), "task-3": ("task-1", "task-2")}


def test_a_need_of_a_part_is_a_need_of_its_job() -> None:
    body = "- [ ] 1. (P) One\n- [ ] 1.1 Part\n- [ ] 2. (P) Two\n- [ ] 2.1 Part\n  - _Depends: 1.1_\n- [ ] 3. Three\n"
    assert needs(plan(body))["task-2"] == ("task-1",)


def test_an_optional_job_has_an_optional_track_and_nobody_waits_for_it() -> None:
    found = plan("- [ ] 1. One\n- [ ]* 2. Two\n- [ ] 3. Three\n")
    track = found.lanes[found.jobs["task-2"].lane]
    assert track.optional
    assert needs(found) == {"task-1": (), "task-2": ("task-1",), "task-3": ()}


def test_headings_of_phases_are_waves() -> None:
    found = plan("## Phase 1: Ground\n\n- [ ] 1. One\n- [ ] 2. Two\n\n## Phase 2: Roof\n\n- [ ] 3. Three\n")
    assert [[job.id for job in wave.jobs] for wave in found.waves] == [["task-1", "task-2"], ["task-3"]]


GRAPH = """- [ ] 1. Ground
  - [x] 1.1 Dig
  - [ ] 1.2 Pour
- [ ] 2. Checkpoint - it is dry
- [ ] 3. Walls
  - [ ] 3.1 North
  - [ ] 3.2 South
- [ ] 4. Roof

## Task Dependency Graph

```json
{"waves": [
  {"id": 0, "tasks": ["1.1"]},
  {"id": 1, "tasks": ["1.2"]},
  {"id": 2, "tasks": ["3.1", "3.2", "9"]}
]}
```
"""


def test_the_graph_that_kiro_writes_gives_waves_of_parts() -> None:
    document = read(GRAPH, "# Implementation Plan: House\n\n")
    waves = document.plan.waves
    assert [[job.id for job in wave.jobs] for wave in waves] == [["1.1"], ["1.2"], ["3.1", "3.2"]]
    assert waves[0].jobs[0].done
    assert "Part of task 3: Walls" in waves[2].jobs[0].prompt
    assert waves[1].gate is not None
    assert waves[1].gate.question == "Checkpoint - it is dry"


def test_what_the_graph_and_the_list_do_not_share_is_told() -> None:
    assert [problem.show("f") for problem in read(GRAPH).warnings] == [
        "f:18: warning: the graph names task 9, which the list does not have",
        "f:10: warning: task 4 is not in the graph of tasks: left out",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "# To do\n\n- [ ] 1. One\n- [ ] 2. Two\n",
        "# Implementation Plan\n\n## Wave 1\n\n- [ ] 1. One\n- [ ] 2. Two\n",
        "# Implementation Plan\n\n- [ ] 1. One\n- [ ] two\n- [ ] three\n- [ ] four\n",
    ],
)
def test_other_numbered_lists_are_not_kiros(text: str) -> None:
    from plans.markdown.dialects import kiro
    from plans.markdown.source.outline import read_outline

    assert not kiro.recognises(read_outline(text), text)
