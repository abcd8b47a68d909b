import re

import pytest

from plans.document import Document
from plans.folder import read_folder
from plans.model import Plan
from plans.read import read_plan

PLAN = """---
phase: 02-lighthouse
plan: 03
type: execute
wave: 2
depends_on: ["02-01"]
files_modified:
  - lamp/lens.py
  - lamp/motor.py
must_haves:
  truths:
    - "The lamp turns once in ten seconds"
---

<objective>
Turn the lamp.

Purpose: Ships see it.
</objective>

<context>
@lamp/notes.md
</context>

<tasks>

<task type="auto">
  <name>Task 1: Grind the `lens`</name>
  <files>lamp/lens.py, lamp/glass.py</files>
  <action>
Use glass.

```markdown
## A heading that is none
```
  </action>
  <verify>
    <automated>make lens</automated>
  </verify>
  <done>It is clear</done>
</task>

<task type="checkpoint:human-verify" gate="blocking">
  <what-built>The lens</what-built>
  <how-to-verify>Look through it</how-to-verify>
</task>

<task type="auto">
  <name>Task 2: Fit the motor</name>
  <action>Write `<name>` into the label.</action>
</task>

</tasks>

<success_criteria>
- [ ] The lamp turns
- It is quiet
</success_criteria>
"""


def read(text: str = PLAN) -> Document:
    return read_plan(text, "02-03-PLAN.md")


def test_a_plan_is_one_job_with_its_tasks_as_steps() -> None:
    job = read().plan.jobs["02-03"]
    assert job.title == "Turn the lamp"
    assert job.steps == ("Task 1: Grind the lens", "Task 2: Fit the motor")
    assert [wave.id for wave in read().plan.waves] == ["wave-2"]


def test_the_prompt_has_the_objective_and_what_every_task_says() -> None:
    prompt = read().plan.jobs["02-03"].prompt
    for words in (
        "Purpose: Ships see it.",
        "Read first:\n@lamp/notes.md",
        "## A heading that is none",
        "Verify: make lens",
        "Done when: It is clear",
        "Write `<name>` into the label.",
    ):
        assert words in prompt
    assert "Look through it" not in prompt


def test_files_come_from_the_top_and_from_tasks_and_the_agent_may_touch_others() -> None:
    job = read().plan.jobs["02-03"]
    assert job.owns.modify == ("lamp/lens.py", "lamp/motor.py", "lamp/glass.py")
    assert job.out_of_scope == "allow"


def test_what_must_hold_are_criteria_with_their_lines() -> None:
    document = read()
    assert document.plan.jobs["02-03"].criteria == (
        "The lamp turns",
        "It is quiet",
        "The lamp turns once in ten seconds",
    )
    lines = [document.lines.line("waves", 0, "jobs", 0, "criteria", at) for at in range(3)]
    assert [PLAN.splitlines()[(line or 0) - 1] for line in lines] == [
        "- [ ] The lamp turns",
        "- It is quiet",
        '    - "The lamp turns once in ten seconds"',
    ]


def test_a_checkpoint_is_asked_at_the_gate_and_told_when_tasks_follow_it() -> None:
    document = read()
    gate = document.plan.waves[0].gate
    assert gate is not None
    assert (gate.question, gate.decide) == ("The lens\nLook through it", "human")
    place = PLAN[: PLAN.index("<what-built>")].count("\n") + 1
    assert [problem.line for problem in document.warnings if problem.code == "checkpoint"] == [place]
    last = PLAN.replace(PLAN[PLAN.index('<task type="auto">\n  <name>Task 2') : PLAN.index("</tasks>")], "")
    assert not [problem for problem in read(last).warnings if problem.code == "checkpoint"]


def test_a_need_that_is_not_in_the_document_is_a_warning() -> None:
    assert [(problem.line, problem.severity) for problem in read().warnings if "02-01" in problem.message] == [
        (6, "warning")
    ]


def test_a_task_that_never_ends_is_passed_over() -> None:
    broken = PLAN.replace("</task>\n\n</tasks>", "\n</tasks>")
    assert read(broken).plan.jobs["02-03"].steps == ("Task 1: Grind the lens",)


def phase_files() -> dict[str, bytes]:
    def numbered(plan: str, wave: str, needs: str) -> bytes:
        text = PLAN.replace("plan: 03", f"plan: {plan}").replace("wave: 2", f"wave: {wave}")
        text = re.sub(r"<task type=.checkpoint.*?</task>\n", "", text, flags=re.DOTALL)
        return text.replace('["02-01"]', needs).replace("lamp/", f"lamp{plan}/").encode()

    return {
        "02-01-PLAN.md": numbered("01", "1", "[]"),
        "02-01-SUMMARY.md": b"# Done\n",
        "02-02-PLAN.md": numbered("02", "1", "[]"),
        "02-03-PLAN.md": numbered("03", "2", "[02-01, 02-02, 01-09]"),
        "02-RESEARCH.md": b"# Research\n\nWords.\n",
    }


def test_the_plans_of_a_phase_are_one_plan_with_the_waves_that_they_name() -> None:
    document = read_folder(phase_files(), "phases/02-lighthouse")
    plan = document.plan
    assert [[job.id for job in wave.jobs] for wave in plan.waves] == [["02-01", "02-02"], ["02-03"]]
    assert plan.jobs["02-03"].needs == ("02-01", "02-02")
    assert plan.name == "02-lighthouse"


def test_a_plan_with_a_summary_beside_it_is_done() -> None:
    plan = read_folder(phase_files(), "x").plan
    assert [job.id for job in plan.jobs.values() if job.done] == ["02-01"]


def test_what_a_phase_needs_of_another_is_told_with_its_file() -> None:
    shown = [problem.show("phases/02/") for problem in read_folder(phase_files(), "phases/02/").warnings]
    assert len(shown) == 1
    assert shown[0].startswith("phases/02/02-03-PLAN.md:6: warning: 'Turn the lamp' waits for '01-09'")


ROADMAP = """# Roadmap: Harbour

## Overview

A harbour in three phases.

## Phases

- [x] **Phase 1: Pier** - where ships land
- [ ] **Phase 2: Crane** - what lifts

## Phase Details

### Phase 1: Pier
**Goal**: Ships can land
**Depends on**: Nothing (first phase)
**Success Criteria** (what must be TRUE):
  1. A ship lands
  2. It stays
**Plans**: 1 plan

Plans:
- [ ] 01-01: Drive the piles

### Phase 2: Crane
**INSERTED** because of the weight
**Goal**: Crates are lifted
**Depends on**: Phase 1
**Plans**: 4 plans

Plans:

**Wave 1**

- [x] 02-01-PLAN.md — Weld the boom
- [ ] 02-02-PLAN.md — Wind the rope

**Wave 2** *(blocked on Wave 1)*

- [ ] 02-03-lift-PLAN.md — Lift something

### Phase 3: Lights
**Goal**: It can be seen
**Depends on**: Phase 2
**Success Criteria**:
  1. It shines
**Plans**: TBD

### Phase 999.1: Bridge
**Goal**: Some day
**Plans**: TBD
"""


def roadmap(text: str = ROADMAP) -> Plan:
    return read_plan(text, "ROADMAP.md").plan


def test_phases_are_waves_and_plans_are_jobs_and_ideas_for_later_are_neither() -> None:
    assert [[job.id for job in wave.jobs] for wave in roadmap().waves] == [
        ["01-01"],
        ["02-01", "02-02", "02-03"],
        ["phase-3"],
    ]
    assert [job.title for job in roadmap().jobs.values()] == [
        "Drive the piles",
        "Weld the boom",
        "Wind the rope",
        "Lift something",
        "Lights",
    ]


def test_waves_within_a_phase_put_its_plans_in_order() -> None:
    assert roadmap().jobs["02-03"].needs == ("02-01", "02-02")
    without = re.sub(r"\*\*Wave.*\n", "", ROADMAP)
    crane = roadmap(without).waves[1]
    assert crane.mode == "serial"
    assert {job.track for job in crane.jobs} == {"phase-2-in-order"}


def test_plans_that_are_ticked_and_all_of_a_ticked_phase_are_done() -> None:
    assert [job.id for job in roadmap().jobs.values() if job.done] == ["01-01", "02-01"]


@pytest.mark.parametrize("status", ["Complete", "Done"])
def test_the_table_of_progress_tells_what_is_done_too(status: str) -> None:
    table = f"\n## Progress\n\n| Phase | Plans | Status |\n|---|---|---|\n| 3. Lights | 0/0 | {status} |\n"
    assert roadmap(ROADMAP + table).jobs["phase-3"].done


def test_success_criteria_are_asked_at_the_gate_and_end_where_the_next_field_begins() -> None:
    gate = roadmap().waves[0].gate
    assert gate is not None
    assert gate.question == "A ship lands\nIt stays"
    assert roadmap().jobs["phase-3"].criteria == ("It shines",)


def test_the_goal_is_told_and_the_number_of_plans_is_kept_for_the_lint() -> None:
    assert "Goal: Crates are lifted" in roadmap().jobs["02-02"].prompt
    assert roadmap().waves[1].claims.jobs == 4


def test_a_roadmap_without_plans_or_dependencies_is_not_taken_for_one() -> None:
    from plans.markdown.dialects import roadmap as dialect
    from plans.markdown.source.outline import read_outline

    text = "# Roadmap\n\n## Phase 1: Now\n\n**Goal**: Live\n\n**Plans** are made for fools.\n"
    assert not dialect.recognises(read_outline(text), text)
