"""Tracks, agents and what stands in them: names without numbers, overviews, phases, tables, labels that restart."""

import pytest

from tests.plans.readings import files, needs, read, titles, waves


@pytest.mark.parametrize(
    ("heading", "key", "title"),
    [
        ("Agent: Frontend", "frontend", "Frontend"),
        ("Backend Agent", "backend", "Backend"),
        ("2. API/Auth Agent", "api-auth", "API/Auth"),
        ("Data Team: imports", "data", "imports"),
        ("Stream — Docs", "docs", "Docs"),
        ("Lane A — Screens", "A", "Screens"),
        ("Team Alpha: Screens", "Alpha", "Screens"),
        ("WS-1: Screens", "1", "Screens"),
        ("Sub-agent 2: Screens", "2", "Screens"),
        ("Worktree 3: Screens", "3", "Screens"),
        ("AGENTE B: Telas", "B", "Telas"),
        ("Strang B – Inhalte", "B", "Inhalte"),
        ("担当A: 画面", "A", "画面"),
        ("Terminal C (review): Screens", "C", "Screens"),
        ("`agent-screens`", "agent-screens", "agent-screens"),
    ],
)
def test_lanes_have_many_names(heading: str, key: str, title: str) -> None:
    text = f"# Parallel work\n\n## {heading}\n\n**Files:** `a/`\n\n## Agent 9: Other\n\n**Files:** `b/`\n"
    found = read(text).waves[0].jobs[0]
    assert (found.key, found.title) == (key, title)


@pytest.mark.parametrize(
    "heading", ["Multi Agent", "The Agent", "All Agents", "Launching Agent", "Agents", "Parallel Agent"]
)
def test_headings_about_agents_name_none(heading: str) -> None:
    text = f"# Plan\n\n## {heading}\n\n- Say hello\n\n## Agent 1: Dig\n- Dig\n\n## Agent 2: Drain\n- Drain\n"
    assert titles(text) == ["Dig", "Drain"]


def test_a_name_is_one_only_where_work_stands_below_it() -> None:
    text = """\
        # Plan
        ## Backend Agent
        It is a good name.
        ## Agent 1: Dig
        - Dig
        ## Agent 2: Drain
        - Drain
        """
    assert titles(text) == ["Dig", "Drain"]


def test_a_tracks_phases_are_its_jobs() -> None:
    text = """\
        ## Track 1: Commands
        ### Phase 1A: Often used (6-8 hours)
        **Files:** `a.md`, `b.md`
        1. Add steps
        ### Phase 1B: Rarely used
        **Files:** `c.md`
        ## Track 2: Skills
        ### Phase 2A: All
        **Files:** `d.md`
        """
    draft = read(text)
    assert [(job.key, job.track) for job in draft.jobs] == [("1A", "track 1"), ("1B", "track 1"), ("2A", "track 2")]
    assert len(draft.waves) == 1


def test_phases_that_all_tracks_have_are_waves() -> None:
    text = """\
        ## Agent 1: Digger
        ### Phase 1: Mark
        **Files:** `a.py`
        ### Phase 2: Dig
        **Files:** `b.py`
        ## Agent 2: Mason
        ### Phase 1: Choose
        **Files:** `c.py`
        ### Phase 2: Cut
        **Files:** `d.py`
        """
    assert [[job.title for job in wave.jobs] for wave in read(text).waves] == [["Mark", "Choose"], ["Dig", "Cut"]]


def test_the_phase_that_an_agent_owns_is_the_wave_of_its_jobs() -> None:
    text = """\
        # Agents
        ## 1. Core Agent
        ### Owned phase
        **Phase 1: Ground** (2 tasks)
        ### Detailed tasks
        #### 1. `site-a1` - Dig
        - **Effort:** 2 hours
        #### 2. `site-b2` - Drain
        - **Dependencies:** `a1` (the pit)
        ## 2. Tower Agent
        ### Owned phase
        **Phase 2: Tower** (1 task)
        ### Detailed tasks
        #### 1. `site-c3` - Build
        - **Effort:** 3 hours
        """
    assert waves(text) == {"phase 1": ["site-a1", "site-b2"], "phase 2": ["site-c3"]}
    assert needs(text) == {"site-b2": ["site-a1"]}


def test_an_overview_of_tracks_adds_to_those_that_hold_the_jobs() -> None:
    text = """\
        # Streams in parallel
        ## Overview
        ### Stream A: Ground
        **Branch:** `ground`
        **Files:** `pit/`
        ### Stream B: Tower
        **Dependencies:** Stream A
        ## Details
        ### Stream A: Ground crew
        #### A1: Dig
        **Files:** `pit/dig.py`
        ### Stream B: Tower crew
        #### B1: Build
        **Files:** `tower.py`
        """
    draft = read(text)
    assert [job.key for job in draft.jobs] == ["A1", "B1"]
    assert draft.tracks["stream a"].branch is not None
    assert needs(text) == {"B1": ["A1"]}


def test_labels_of_tracks_restart_in_each_wave() -> None:
    text = """\
        ## Phase 1: Ground
        ### Track A: Pit
        #### Task 1: Dig
        ## Phase 2: Tower
        ### Track A: Bricks
        #### Task 1: Lay
        """
    draft = read(text)
    assert titles(text) == ["Dig", "Lay"]
    assert len({job.track for job in draft.jobs}) == 2


def test_an_agent_with_a_task_in_each_wave_is_one() -> None:
    text = """\
        ## Wave 1
        ### Instance 1: Dig
        - Dig
        ## Wave 2
        ### Instance 1: Build
        - Build
        """
    draft = read(text)
    assert titles(text) == ["Dig", "Build"]
    assert {job.track for job in draft.jobs} == {"instance 1"}


def test_what_is_told_again_of_an_agent_adds_no_job() -> None:
    text = """\
        # Agents in parallel
        | Agent | Focus | Files |
        |-------|-------|-------|
        | Agent 1 | Ground | `pit.py` |
        | Agent 2 | Tower | `tower.py` |
        ## Agent 1: Dig the pit
        - Mark it
        ## Agent 2: Build the tower
        - Lay bricks
        ## Success criteria
        ### Agent 1
        - Dug
        ## Agent 1 Prompt
        Dig.
        """
    assert len(titles(text)) == 2
    assert files(text) == {"1": ["pit.py"], "2": ["tower.py"]}


def test_a_first_column_of_agents_makes_them_the_jobs() -> None:
    text = """\
        # Work in parallel
        | Agent | Mission | Owned files | Depends on |
        |-------|---------|-------------|------------|
        | Agent A | Ground | `pit/` | - |
        | Agent B | Tower | `tower/` | Agent A |
        """
    assert [job.track for job in read(text).jobs] == ["agent a", "agent b"]
    assert needs(text) == {"B": ["A"]}


def test_agents_that_have_several_rows_are_lanes() -> None:
    text = """\
        # Work in parallel
        | Task | Agent | Files |
        |------|-------|-------|
        | Dig | Agent A | `pit.py` |
        | Drain | Agent A | `pipe.py` |
        | Build | Agent B | `tower.py` |
        """
    draft = read(text)
    assert titles(text) == ["Dig", "Drain", "Build"]
    assert [job.track for job in draft.jobs] == ["agent a", "agent a", "agent b"]


def test_a_column_of_streams_is_the_track_of_the_rows() -> None:
    text = """\
        ## Wave 1 (parallel)
        | Stream | Issue | Title | Blocked by |
        |--------|-------|-------|------------|
        | **Site** | #4 | Dig | None |
        | **Site** | #5 | Drain | #4 |
        """
    draft = read(text)
    assert [(job.key, job.track) for job in draft.jobs] == [("#4", "stream site"), ("#5", "stream site")]
    assert needs(text) == {"#5": ["#4"]}


def test_settings_in_yaml_are_fields_and_tasks() -> None:
    text = """\
        ## Stream A: Ground
        ```yaml
        Task A1: Dig
          Owner: Agent Alpha
          Duration: 3-4 hours
          files:
            - pit.py (new)
        Task A2: Drain
          Owner: Agent Alpha
          depends_on: A1
        ```
        ## Stream B: Stone
        ### B1: Cut
        ```yaml
        developer_1:
          files:
            - stone.py
        ```
        """
    assert files(text) == {"A1": ["+pit.py"], "A2": [], "B1": ["stone.py"]}
    assert needs(text) == {"A2": ["A1"]}


def test_a_pipeline_in_yaml_says_nothing_of_the_jobs() -> None:
    text = """\
        ## Track A: Ground
        **Files:** `pit.py`
        ```yaml
        jobs:
          build:
            runs-on: ubuntu-latest
            needs: test
        ```
        ## Track B: Stone
        **Files:** `stone.py`
        """
    assert needs(text) == {}
    assert files(text) == {"A": ["pit.py"], "B": ["stone.py"]}


def test_lines_in_capitals_are_headings_of_plain_text() -> None:
    text = """\
        AGENT ASSIGNMENT - site in parallel
        ===================================

        TASK 1.1: Dig the pit
        Status: done

        Instructions:
        - Mark it

        TASK 1.2: Drain it
        Status: pending
        Dependencies: 1.1

        QUALITY CHECKS (before the end):
        1. Look
        """
    draft = read(text)
    assert [(job.key, job.title, job.done) for job in draft.jobs] == [
        ("1.1", "Dig the pit", True),
        ("1.2", "Drain it", False),
    ]
    assert needs(text) == {"1.2": ["1.1"]}


def test_chapters_with_numbers_are_no_jobs() -> None:
    text = """\
        # Parallel plan
        ## 4. Rules
        ### 4.1 Branches
        - One each
        ### 4.2 Workers
        - Be kind
        ## 5. Agents
        ### Agent 1: Dig
        - Dig
        ### Agent 2: Drain
        - Drain
        """
    assert titles(text) == ["Dig", "Drain"]


def test_codes_in_brackets_are_labels() -> None:
    text = """\
        ## Sprint 1: Ground (parallel agents)
        **Stories:**
        1. **[SITE-1] Dig the pit**
           - Mark it
        2. **[TEST-RIG] Try the crane**
           - Lift
        """
    assert waves(text) == {"sprint 1": ["SITE-1", "TEST-RIG"]}
    assert titles(text) == ["Dig the pit", "Try the crane"]


def test_a_bare_code_in_a_list_is_no_job_beside_named_ones() -> None:
    text = """\
        # Parallel work
        ### Person 1: Keys
        **Tasks:**
        - Bind them
        ### Person 2: Screens
        **Tasks:**
        - Draw them
        ### How it will be
        - F5: starts
        - F6: stops
        """
    assert titles(text) == ["Keys", "Screens"]


def test_agents_beside_tracks_only_say_who_works_there() -> None:
    text = """\
        # Parallel streams
        ### STREAM A: Ground
        **File ownership:**
        - `pit/` directory (NEW)
          - `dig.py`
        ### STREAM B: Tower
        **File ownership:**
        - `tower.py` (MODIFY)

        **Dependencies:**
        - STREAM A must complete (needs the pit)
        ## Assignments
        ### Agent 1: Everything heavy
        **Streams:** A, B
        """
    assert titles(text) == ["Ground", "Tower"]
    assert files(text) == {"A": ["+pit/", "pit/dig.py"], "B": ["tower.py"]}
    assert needs(text) == {"B": ["A"]}


def test_a_tree_of_names_takes_no_track_apart_that_tells_its_work() -> None:
    text = """\
        ## Track C: Ground
        **Branch:** `ground`
        1. **Dig** (first)
        ## Track D: Tower
        **Branch:** `tower`
        1. **Build**
        ## Issues
        ```
        Track C: Ground
        ├── C1: Dig
        └── C2: Drain
        Track D: Tower
        └── D1: Build
        ```
        """
    assert titles(text) == ["Ground", "Tower"]


def test_agents_named_by_role_are_found_again_by_name() -> None:
    text = """\
        # Agents to launch in parallel
        ### Wave 1
        | Agent | Role | Phase | Branch |
        |-------|------|-------|--------|
        | **Screen UI agent** | Draw it | Phase 1 | `p/ui` |
        | **Rust agent** | Serve it | Phase 2 | `p/rust` |
        ## Ownership
        ### Screen UI agent — `p/ui`
        Owns (may create/edit):
        ```
        src/pages/**      <- all pages
        ```
        ### Rust agent — `p/rust`
        Owns (may create/edit):
        ```
        core/**
        ```
        ## What must not be built yet
        | Feature | Phase | Status |
        |---------|-------|--------|
        | Sound | Phase 3 | do not start |
        """
    assert waves(text) == {"wave 1": ["screen-ui", "rust"]}
    assert files(text) == {"screen-ui": ["src/pages/**"], "rust": ["core/**"]}


def test_numbered_lines_of_a_fence_are_tasks_where_all_have_labels() -> None:
    text = """\
        ## Wave 1: Ground (sequential)
        ```bash
        # in this order
        1. Task 1.1: Ask around (3 days)
           → docs/people.md
        2. Task 1.2: Write it down
        ```
        ## Setup
        ```bash
        1. Task list
        2. make
        ```
        """
    assert waves(text) == {"wave 1": ["1.1", "1.2"]}
    assert files(text)["1.1"] == ["docs/people.md"]


def test_full_width_brackets_hold_remarks() -> None:
    wave = read("## Wave 1: 土台（直列 - 8日）\n\n### Task 1.1: 掘る（3日）\n\n### Task 1.2: 排水\n").waves[0]
    assert (wave.title, wave.mode, wave.jobs[0].title) == ("土台", "serial", "掘る")
