"""Commands, data, drawings and files in running text; and documents that share no work out."""

import pytest

from plans.errors import PlanError
from tests.plans.readings import files, needs, read, titles, waves


def test_launch_commands_are_jobs_where_nothing_else_tells_them() -> None:
    text = """\
        # Build with parallel agents
        ## Wave 1: Ground
        ```xml
        <!-- Agent 1: Pit -->
        <invoke name="Task">
        <parameter name="subagent_type">digger</parameter>
        <parameter name="description">Dig the pit</parameter>
        <parameter name="prompt">
        1. Mark it
        2. Create file: src/pit.py
        </parameter>
        </invoke>
        <!-- Agent 2: Pipes -->
        <invoke name="Task">
        <parameter name="description">Drain the pit</parameter>
        <parameter name="prompt">Lay pipes.</parameter>
        </invoke>
        ```
        ## Wave 2: Tower
        ```python
        Task(description="Build the tower", subagent_type="mason", prompt="Lay bricks.")
        Task(description="Paint the tower", subagent_type="painter", prompt="Twice.")
        ```
        """
    assert titles(text) == ["Dig the pit", "Drain the pit", "Build the tower", "Paint the tower"]
    assert [len(wave.jobs) for wave in read(text).waves] == [2, 2]
    assert files(text)["1"] == ["+src/pit.py"]


def test_launch_commands_of_known_jobs_add_none() -> None:
    text = """\
        ## Wave 1: Ground
        ### Agent 1: Dig the pit
        - Mark it
        ### Agent 2: Drain the pit
        - Lay pipes
        ## Launch
        ```python
        Task(description="Agent 1: dig the pit", prompt="Go.")
        Task(description="Something else", prompt="Go.")
        ```
        """
    assert titles(text) == ["Dig the pit", "Drain the pit"]


def test_waves_that_stand_only_as_data_are_read() -> None:
    text = """\
        # Site, built in parallel
        ```json
        {"waves": [
          {"wave": 1, "name": "Ground", "tasks": [
            {"id": "T1", "title": "Dig", "files": ["src/pit.py"]},
            {"id": "T2", "title": "Drain", "depends_on": ["T1"]}]},
          {"wave": 2, "tasks": [{"id": "T3", "title": "Build", "depends_on": ["T1", "T2"]}]}
        ]}
        ```
        """
    assert waves(text) == {"wave 1": ["T1", "T2"], "wave 2": ["T3"]}
    assert needs(text) == {"T2": ["T1"], "T3": ["T1", "T2"]}
    assert files(text)["T1"] == ["src/pit.py"]


_SCHEMA = '```json\n{"tasks": [{"id": "T1", "title": "A"}, {"id": "T2", "title": "B"}]}\n```\n'


def test_data_beside_the_waves_adds_none_and_a_schema_is_no_plan() -> None:
    text = """\
        ## Wave 1: Ground
        ### Task 1.1: Dig
        ### Task 1.2: Drain
        ## Copy
        ```json
        {"waves": [{"wave": 1, "tasks": [{"id": "9", "title": "Else", "files": ["x.py"]}]}]}
        ```
        """
    assert titles(text) == ["Dig", "Drain"]
    with pytest.raises(PlanError):
        read("# Parallel work\n\n## Task schema\n\n" + _SCHEMA)


_FOUR = """\
# Issues for parallel agents
## Wave 1
- **#1**: Dig
- **#2**: Drain
- **#3**: Build
- **#4**: Paint
"""


@pytest.mark.parametrize(
    ("drawing", "found"),
    [
        ("#1 -> #2 -> #3", {"#2": ["#1"], "#3": ["#2"]}),
        ("#1, #2 → #3", {"#3": ["#1", "#2"]}),
        ("#1 ─────> #3 (tower)", {"#3": ["#1"]}),
        ("#3 ← #1, #2", {"#3": ["#1", "#2"]}),
        ("All → #4", {"#4": ["#1", "#2", "#3"]}),
        ("merge #1 -> #2", {}),
        ("#1 -> the pit is dug", {}),
        ("#7 -> #8", {}),
    ],
)
def test_arrows_between_labels_order_jobs(drawing: str, found: dict[str, list[str]]) -> None:
    assert needs(f"{_FOUR}\n## Dependencies\n\n```\n{drawing}\n```\n") == found


def test_a_job_that_tells_its_needs_is_not_ordered_by_arrows() -> None:
    text = f"{_FOUR}\n- **#5**: Clean\n  - Depends on: #4\n\n## Dependencies\n\n```\n#1 -> #5\n```\n"
    assert needs(text) == {"#5": ["#4"]}


def test_mermaid_graphs_order_jobs_by_the_words_in_them() -> None:
    text = """\
        # Parallel work
        ```mermaid
        graph TD
            A[Dig the pit] --> B[Build the tower]
            C[Cut stones] --> B
            B -->|then| D{Open it}
        ```
        ## 1. Dig the pit
        Files: `pit.py`
        ## 2. Cut the stones
        Files: `stone.py`
        ## 3. Build the tower
        Files: `tower.py`
        """
    assert needs(text) == {"3": ["1", "2"]}


def test_a_pie_chart_orders_nothing() -> None:
    assert needs(f'{_FOUR}\n## Dependencies\n\n```mermaid\npie\n"#1" : 3\n"#2" : 4\n```\n') == {}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Create `src/pit.py`", ["+src/pit.py"]),
        ("Complete `src/pit.py` and its tests", ["src/pit.py"]),
        ("Add a guard to `src/__init__.py`", ["src/__init__.py"]),
        ("Update README.md", ["README.md"]),
        ("Run `tests/all.sh`", []),
        ("Copy the pattern of `src/old.py`", []),
        ("Add a test like pit.py", []),
    ],
)
def test_steps_name_the_files_that_they_work_on(line: str, found: list[str]) -> None:
    text = f"## Wave 1\n\n### Agent 1: Digger\n- {line}\n\n### Agent 2: Mason\n- Cut\n"
    assert files(text)["1"] == found


def test_steps_name_no_files_where_the_job_lists_its_own() -> None:
    first = "### Agent 1: Digger\n**Files:** `src/pit.py`\n- Create `src/else.py`\n"
    text = f"## Wave 1\n\n{first}\n### Agent 2: Mason\n- Cut\n"
    assert files(text)["1"] == ["src/pit.py"]


def test_the_first_comment_of_code_may_name_its_file() -> None:
    text = """\
        ## Agent 1: Digger
        ```rust
        // File: pit/src/lib.rs - NEW
        pub struct Pit;
        ```
        ## Agent 2: Mason
        ```bash
        # File a ticket before you start
        ```
        """
    assert files(text) == {"1": ["+pit/src/lib.rs"], "2": []}


def test_where_a_checkout_lies_is_no_file_of_the_job() -> None:
    first = "## Worktree 1: Dig\n**Path:** `/home/ada/site-pit`\n**Files:** `pit.py`\n"
    text = f"{first}\n## Worktree 2: Cut\n**Files:** `stone.py`\n"
    assert files(text) == {"1": ["pit.py"], "2": ["stone.py"]}


@pytest.mark.parametrize(
    "line",
    [
        "**Depends on:** 1.1",
        "**Blocked by:** Task 1.1",
        "**Prereq:** 1.1 (the pit)",
        "**Abhängigkeiten:** 1.1",
        "**Dépendances :** Tâche 1.1",
        "**Dependencias:** Tarea 1.1",
        "**依赖：** 任务 1.1",
        "**의존성**: 1.1 완료 필요",
    ],
)
def test_dependencies_are_known_in_many_languages(line: str) -> None:
    assert needs(f"## Wave 1\n\n### Task 1.1: Dig\n\n### Task 1.2: Drain\n{line}\n") == {"1.2": ["1.1"]}


@pytest.mark.parametrize(
    "line", ["**Depends on:** None", "**의존성**: 없음", "**依赖：** 无", "**Dependencies:** npm packages"]
)
def test_what_is_no_dependency_in_any_language(line: str) -> None:
    assert needs(f"## Wave 1\n\n### Task 1.1: Dig\n\n### Task 1.2: Drain\n{line}\n") == {}


def test_what_waits_for_an_earlier_wave_is_no_riddle() -> None:
    text = (
        "## Phase 1\n\n### Agent 1: Dig\n- Dig\n\n## Phase 2\n\n### Agent 2: Build\n**Depends on:** Phase 1 (the pit)\n"
    )
    assert [problem.code for problem in read(text).warnings] == []


_NO_PLANS = {
    "readme": """\
# Kit

Agents run in parallel.

## Installation
1. Install

## Getting started
### Step 1: New
Run it.
### Step 2: Go
Run it.
""",
    "changelog": """\
# Changelog

## 1.2
### Fixed
- #501: Crash
- #502: Exit code
""",
    "lab": """\
# Lab

## Exercise 1
### Task 1: Make a group
1. Open it
### Task 2: Make a base
1. Open it
""",
    "course": """\
# Course

## Week 1
### Session 1: Threads (2 hours)
- What
### Session 2: Locks (2 hours)
- Why
""",
    "minutes": """\
# Meeting

## Action items
- [ ] Ada: write
- [ ] Bob: talk
""",
    "design": """\
# Storage

### Layer 1: Pages
See `src/page.rs`.
### Layer 2: Index
## Rollout
### Phase 1: Shadow
We write twice.
### Phase 2: Reads
Reads move.
""",
    "issues": """\
# Triage

| # | Title | Status | Owner |
|---|---|---|---|
| 1 | Crash | open | ada |
| 2 | Slow | open | bob |
""",
    "to do": """\
# TODO

## Backend
- [ ] Add pages to `api/list.py`

## Frontend
- [ ] Dark mode
""",
    "advice": """\
# Rules for agents

## Commands
- `make test`

| Agent | Purpose | Tools |
|---|---|---|
| reviewer | Reviews | Read |
| tester | Tests | Bash |
""",
    "roles": """\
# Agent Task Assignments

### 1. Scribe Agent
**Owns:**
- Keeping notes
**Output:** notes

### 2. Git Agent
**Owns:**
- Pushing
**Output:** a commit
""",
    "product": """\
# Our agents

## Planner Agent
Breaks it up.

## Writer Agent
Writes it.
""",
}


@pytest.mark.parametrize("kind", list(_NO_PLANS))
def test_documents_that_share_no_work_out_are_refused(kind: str) -> None:
    with pytest.raises(PlanError, match="no waves, tracks or agent tasks found"):
        read(_NO_PLANS[kind])


@pytest.mark.parametrize(
    "text",
    [
        "## Phase 1: Data\n- [ ] 1.1 Widen the type\n- [ ] 1.2 Ask for more\n## Phase 2: Screen\n- [ ] 2.1 Draw it\n",
        "# Site in parallel\n\n### Ada\n**Files:** `pit.py`\n\n### Bob\n**Files:** `tower.py`\n",
        "## Agent 1: Dig\n- Mark the pit\n\n## Agent 2: Drain\n- Lay pipes\n",
    ],
)
def test_thin_plans_are_read(text: str) -> None:
    assert len(titles(text)) >= 2
