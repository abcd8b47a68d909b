"""Waves in all their forms: headings, lists, trees, tables, timelines, weeks, fields, schedules of names."""

import pytest

from plans.errors import PlanError
from tests.plans.readings import needs, read, titles, waves


def test_headings_hold_the_jobs_below_them() -> None:
    text = """\
        # Lighthouse in parallel
        ## Wave 1: Ground
        ### Task 1.1: Dig
        ### Task 1.2: Pour
        ## Wave 2: Tower
        ### Task 2.1: Lay bricks
        """
    assert waves(text) == {"wave 1": ["1.1", "1.2"], "wave 2": ["2.1"]}


def test_a_heading_about_a_wave_is_no_wave() -> None:
    text = """\
        ## Wave 1: Ground
        ### Task 1.1: Dig
        ### Task 1.2: Pour
        ## Wave 1 Review
        - Was it dug?
        """
    assert waves(text) == {"wave 1": ["1.1", "1.2"]}


@pytest.mark.parametrize(
    ("heading", "wave"),
    [
        ("Wave 2: Roof", "wave 2"),
        ("🌊 WAVE 2 - Roof", "wave 2"),
        ("Batch B: Roof", "batch B"),
        ("Phase II: Roof", "phase II"),
        ("Stage two: Roof", "stage 2"),
        ("Group A (parallel)", "group A"),
        ("Parallel Group 3", "parallel group 3"),
        ("Welle 2: Dach", "welle 2"),
        ("Vague 2 : Toit", "vague 2"),
        ("Fase 2: Techo", "fase 2"),
        ("第 2 批：屋顶", "批 2"),
        ("阶段 2：屋顶", "阶段 2"),
        ("フェーズ 2：屋根", "フェーズ 2"),
        ("웨이브 2: 지붕", "웨이브 2"),
    ],
)
def test_waves_are_called_by_many_words_and_labels(heading: str, wave: str) -> None:
    assert list(waves(f"## {heading}\n\n### Agent 1: Tiler\n- Tile\n\n### Agent 2: Smith\n- Forge\n")) == [wave]


def test_lists_under_waves_are_jobs_where_none_has_a_label() -> None:
    text = """\
        ## Wave 1: Ground (parallel)
        - Dig the pit
        - Drain the site
        ## Wave 2: Tower
        - Lay the bricks
        """
    assert waves(text) == {"wave 1": ["Dig the pit", "Drain the site"], "wave 2": ["Lay the bricks"]}


def test_sentences_under_a_wave_are_no_jobs() -> None:
    text = """\
        ## Wave 1: Ground (parallel)
        - Dig the pit
        - The pit was half dug last year. Nobody knows why it was left.
        """
    assert titles(text) == ["Dig the pit"]


def test_a_list_after_a_wave_is_what_comes_then() -> None:
    text = """\
        ## Wave 1: Ground (2 agents in parallel)
        - [ ] Dig the pit
        - [ ] Drain the site
        ### After wave 1 is complete
        1. Look at both
        2. Merge both
        """
    assert titles(text) == ["Dig the pit", "Drain the site"]


def test_a_roadmaps_phases_are_no_waves() -> None:
    text = """\
        # Boat shop
        ## Phase 1: Catalogue
        - Pictures
        - Prices
        ## Phase 2: Orders
        - Basket
        """
    with pytest.raises(PlanError, match="no waves, tracks or agent tasks found"):
        read(text)


def test_trees_hold_agents_with_their_tasks() -> None:
    text = """\
        ## Wave 1: Ground (2 agents working in parallel)
        ```
        Agent 1: Digger
        ├── Task 1.1: Mark the pit (2 hours)
        └── Task 1.2: Dig it (3 hours)
        Agent 2: Mason
        └── Task 1.3: Cut stone (1 day)
        ```
        """
    draft = read(text)
    assert [(job.key, job.track, job.estimate and job.estimate.text) for job in draft.jobs] == [
        ("1.1", "agent 1", "2h"),
        ("1.2", "agent 1", "3h"),
        ("1.3", "agent 2", "8h"),
    ]


def test_a_tree_of_files_is_no_tree_of_tasks() -> None:
    text = """\
        ## Wave 1: Ground
        ### Agent 1: Digger
        - Dig
        ### Agent 2: Mason
        - Cut
        ## Layout
        ```
        src/
        ├── pit.py
        └── stone.py
        ```
        """
    assert titles(text) == ["Digger", "Mason"]


def test_a_column_of_waves_groups_the_rows() -> None:
    text = """\
        # Plan for parallel agents
        | ID | Task | Wave | Depends on |
        |----|------|------|------------|
        | D1 | Dig | 1 | - |
        | D2 | Drain | 1 | - |
        | T1 | Build | 2 | D1, D2 |
        | | **Total** | | |
        """
    assert waves(text) == {"wave 1": ["D1", "D2"], "wave 2": ["T1"]}
    assert needs(text) == {"T1": ["D1", "D2"]}


def test_rows_that_are_waves_list_their_jobs_in_a_cell() -> None:
    text = """\
        # Parallel groups
        | Group | Sprints | Depends on |
        |---|---|---|
        | A | **1** - Digging<br>**2** - Draining | none |
        | B | **3** - Building | Group A |
        """
    assert waves(text) == {"group A": ["1", "2"], "group B": ["3"]}
    assert titles(text) == ["Digging", "Draining", "Building"]


def test_a_table_of_risks_or_sums_names_no_jobs() -> None:
    text = """\
        ## Wave 1: Ground (parallel)
        ### Task 1.1: Dig
        ### Task 1.2: Drain
        ## Risks
        | Risk | Owner | Status |
        |------|-------|--------|
        | Rain | Ada | open |
        ## Sums
        | Wave | Duration | Agents |
        |------|----------|--------|
        | 1 | 2 h | 2 |
        """
    assert titles(text) == ["Dig", "Drain"]


def test_a_timeline_holds_the_waves_where_only_it_tells_the_work() -> None:
    text = """\
        # Two crews in parallel
        ## Crews
        ### Crew overview
        Both know the site.
        ## Timeline
        ### Phase 1: Ground
        #### Agent 1: Dig (30 min)
        - [ ] Mark the pit
        #### Agent 2: Drain (30 min)
        - [ ] Lay pipes
        ### Phase 2: Tower
        #### Agent 1: Build (1 h)
        - [ ] Lay bricks
        """
    assert waves(text) == {"phase 1": ["1", "2"], "phase 2": ["1"]}


def test_a_timeline_that_repeats_the_jobs_adds_none() -> None:
    text = """\
        ## Wave 1: Ground
        ### Task 1.1: Dig
        - Mark the pit
        ### Task 1.2: Drain
        - Lay pipes
        ## Timeline
        ### Day 1
        - Task 1.1: Dig
        ### Day 2
        - Task 1.2: Drain
        """
    assert waves(text) == {"wave 1": ["1.1", "1.2"]}


def test_weeks_are_waves_where_nothing_else_is_one() -> None:
    text = """\
        # Parallel plan
        ## Week 1
        ### Track A: Ground
        - Dig
        ### Track B: Stone
        - Cut
        ## Week 2
        ### Track A: Tower
        - Build
        """
    assert waves(text) == {"week 1": ["A", "B"], "week 2": ["A"]}


def test_weeks_in_a_track_are_no_waves() -> None:
    text = """\
        ## Track A: Ground
        ### Week 1
        - Dig
        ### Week 2
        - Drain
        ## Track B: Stone
        - Cut
        """
    assert waves(text) == {"wave": ["A", "B"]}


def test_a_field_names_the_wave_of_a_job() -> None:
    text = """\
        # Jobs for parallel agents
        ### Task 1: Dig
        **Wave:** 1
        **Files:** `pit.py`
        ### Task 2: Build
        **Wave:** 2
        **Files:** `tower.py`
        """
    assert waves(text) == {"wave 1": ["1"], "wave 2": ["2"]}


def test_a_schedule_parts_jobs_that_are_told_elsewhere() -> None:
    text = """\
        # Parallel work
        ### Agent 1: Digger
        **Files:** `pit.py`
        ### Agent 2: Drainer
        **Files:** `pipe.py`
        ### Agent 3: Builder
        **Files:** `tower.py`
        ## Recommended execution
        ### Phase A: First (parallel)
        ```
        Agent 1: Digger    <- critical
        Agent 2: Drainer
        ```
        ### Phase B: Then
        ```
        Agent 3: Builder
        ```
        """
    assert waves(text) == {"phase A": ["1", "2"], "phase B": ["3"]}


def test_a_schedule_that_names_too_few_jobs_parts_nothing() -> None:
    text = """\
        # Parallel work
        ### Agent 1: Digger
        **Files:** `pit.py`
        ### Agent 2: Drainer
        **Files:** `pipe.py`
        ### Agent 3: Builder
        **Files:** `tower.py`
        ## Recommended start
        ### Phase A: First
        - Agent 1
        """
    assert waves(text) == {"wave": ["1", "2", "3"]}


def test_details_elsewhere_are_added_to_the_jobs_that_a_wave_names() -> None:
    text = """\
        # Streams in parallel
        ### W1: Digging
        **Files:** `pit.py`
        ### W2: Building
        **Files:** `tower.py`
        ## Waves
        ### Wave 1
        - W1
        ### Wave 2
        - W2
        """
    assert waves(text) == {"wave 1": ["W1"], "wave 2": ["W2"]}
    assert titles(text) == ["Digging", "Building"]


def test_sections_that_say_where_they_work_are_jobs_of_a_phase() -> None:
    text = """\
        # Two agents in parallel
        ## Phase 1: Ground
        ### Ada digs
        - Branch: `ada/pit`
        - Mark the pit
        ### Bob cuts
        - Branch: `bob/stone`
        - Cut stone
        ### Remarks
        - Rain is forecast
        """
    assert waves(text) == {"phase 1": ["Ada digs", "Bob cuts"]}


@pytest.mark.parametrize(
    ("remark", "mode"),
    [
        ("Run these tasks **sequentially**.", "serial"),
        ("Execute all agents in parallel.", "parallel"),
        ("These must be done one at a time.", "serial"),
        ("It replaces the sequential importer.", "parallel"),
    ],
)
def test_a_remark_below_the_heading_tells_the_mode(remark: str, mode: str) -> None:
    text = f"## Wave 1: Ground\n{remark}\n\n### Task 1.1: Dig\n\n### Task 1.2: Drain\n"
    assert read(text).waves[0].mode == mode


def test_weeks_hold_what_each_worker_does_beside_an_overview_of_the_workers() -> None:
    text = """\
        # Engineers in parallel
        ## Roles
        ### Engineer 1: Ground lead
        She knows the site.
        ### Engineer 2: Tower lead
        He knows stone.
        ## Timeline
        ### Week 1
        #### Engineer 1: Dig
        - [ ] **Day 1-2**: Mark the pit
        #### Engineer 2: Cut
        - [ ] **Day 1**: Choose stones
        ### Week 2
        #### Engineer 1: Drain
        - [ ] Lay pipes
        """
    assert titles(text) == ["Dig", "Cut", "Drain"]


def test_a_column_of_days_groups_nothing() -> None:
    text = """\
        # Streams in parallel
        ## Stream 1: Ground
        **Files:** `pit.py`
        ## Stream 2: Tower
        **Files:** `tower.py`
        ## Sizes
        | Stream | Effort | Days | Developer |
        |--------|--------|------|-----------|
        | Ground | 3 h | 1 | Ada |
        | Tower | 4 h | 2 | Bob |
        """
    assert waves(text) == {"wave": ["1", "2"]}


def test_a_heading_names_a_job_better_than_a_drawing() -> None:
    text = """\
        # Streams in parallel
        ```
        Start
        ├── Stream 1 (pit): 3 days
        └── Stream 2 (tower): 4 days
        ```
        ## Stream 1: Dig the pit
        **Files:** `pit.py`
        ## Stream 2: Build the tower
        **Files:** `tower.py`
        """
    assert titles(text) == ["Dig the pit", "Build the tower"]
