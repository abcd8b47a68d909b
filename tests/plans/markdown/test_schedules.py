"""Waves that name jobs told elsewhere, and remarks on order in odd places."""

import pytest

from tests.plans.readings import needs, read, titles, waves

_TASKS = """
## Task 1: Dig
**Files:** `a/`

## Task 2: Fill
**Files:** `b/`

## Task 3: Plant
**Files:** `c/`
"""


def test_a_list_of_tasks_says_more_of_a_wave_than_its_other_lines() -> None:
    text = f"""
# Dispatch plan for parallel agents

## Wave 1
**Tasks:** Task 1
**Review boundary:** fails until Tasks 2-3 are in

## Wave 2
**Tasks:** Tasks 2, 3
**Dependencies satisfied:** Task 1
{_TASKS}
"""
    assert waves(text) == {"wave 1": ["1"], "wave 2": ["2", "3"]}


def test_a_column_of_tiers_without_numbers_makes_no_waves() -> None:
    text = """
    # Specs in parallel waves

    | # | Spec | Tier | Depends on |
    |---|------|------|------------|
    | 1 | [dig](1-dig.md) | NOW | - |
    | 2 | [fill](2-fill.md) | LATER | **1** |

    ## Execution waves

    - **Wave 1 - no deps:** #1
    - **Wave 2:** #2
    """
    assert titles(text) == ["dig", "fill"]
    assert waves(text) == {"wave 1": ["1"], "wave 2": ["2"]}


def test_what_waits_for_all_waits_for_all_before() -> None:
    rows = "| 1.1: A | - |\n| 1.2: B | - |\n| 1.3: C | All |\n"
    text = f"# W\n\n## Wave 1 (parallel)\n\n| Task | Depends on |\n|---|---|\n{rows}"
    assert needs(text)["1.3"] == ["1.1", "1.2"]


@pytest.mark.parametrize("remark", ["_(depends on A1)_", "(depends on A1)"])
def test_a_bold_line_heads_a_job_with_a_remark_or_a_state_behind(remark: str) -> None:
    text = f"""
    # Parallel streams

    ### Stream A

    **A1. Dig** Done
    - New file: `a.py`

    **A2. Fill** {remark}
    - New file: `b.py`

    ### Stream B

    **B1. Plant**
    - New file: `c.py`
    """
    plan = read(text)
    assert [job.title for job in plan.jobs] == ["Dig", "Fill", "Plant"]
    assert [job.done for job in plan.jobs] == [True, False, False]
    assert needs(text)["A2"] == ["A1"]


def test_a_remark_on_order_counts_amid_a_line() -> None:
    text = "# Lanes\n\n### Lane A\n- **A1** Dig\n\n### Lane B\n- **B1 · Fill** (needs A1). **Large.** With water.\n"
    assert needs(text)["B1"] == ["A1"]


def test_an_agent_of_another_wave_says_nothing_of_its_namesake() -> None:
    wave = "### Wave {0} (Day {0})\n\n**Agent 1: {1} Specialist**\n- Files: `{2}`\n{3}\n"
    first = wave.format(1, "Water", "a.py", "")
    second = wave.format(2, "Hedge", "b.py", "- Dependencies: ripe apples\n")
    found = read(f"# Plan\n\n## Detailed steps\n\n{first}{second}")
    assert [[said.text for said in job.needs] for job in found.jobs] == [[], ["ripe apples"]]


def test_coded_items_are_the_jobs_of_a_lane_that_has_no_others() -> None:
    text = "# Lanes\n\n### Lane A: Dig\n**Files:** `a/`\n\n### Lane B: Fixes\n\nGroups:\n\n- B1: Mend\n- B2: Paint\n"
    assert titles(text) == ["Dig", "Mend", "Paint"]


def test_a_table_of_steps_says_in_which_order_branches_are_merged() -> None:
    text = """
    # Branches of parallel agents

    | # | Branch | Description | Files |
    |---|--------|-------------|-------|
    | 1 | `feat/hedge` | Plant | `a/` |
    | 2 | `feat/pond` | Dig | `b/` |

    ## Merge sequence

    | Step | Branch | Risk |
    |------|--------|------|
    | 1 | `feat/pond` | Low |
    | 2 | `feat/hedge` | High |
    """
    assert read(text).merge_order == [["2"], ["1"]]


def test_a_state_in_a_titles_place_is_none() -> None:
    text = """
    # Plan for several agents

    ## Agent C Tasks

    ### DIG-001: Dig
    **Files:** `a/`

    ### DIG-002: Fill
    **Files:** `b/`

    ### DIG-003: Plant
    **Files:** `c/`

    ## Execution

    ### Wave 1 (Start now)
    - **DIG-001** (Agent C) - can run in parallel

    ### Wave 2 (After DIG-001) - READY
    - **DIG-001** (Agent C) - ready to start
    - **DIG-002** (Agent C) - ✅ COMPLETE (5/5)
    - **DIG-003** (Agent D) - depends on DIG-001
    """
    assert waves(text) == {"wave 1": ["DIG-001"], "wave 2": ["DIG-002", "DIG-003"]}
    assert titles(text) == ["Dig", "Fill", "Plant"]
    assert [job.done for job in read(text).jobs] == [False, True, False]


def test_what_a_wave_calls_groups_are_its_jobs() -> None:
    text = """
    # Wish

    ## Execution strategy

    ### Wave 1 (parallel)
    | Group | Agent | Description |
    |-------|-------|-------------|
    | 1 | engineer | Dig the pond |

    ### Wave 2 (after Wave 1)
    | Group | Agent | Description |
    |-------|-------|-------------|
    | 2 | reviewer | Look at it |

    ## Execution groups

    ### Group 1: ponds
    **depends-on:** none

    ### Group 2: review
    **depends-on:** Group 1
    """
    assert waves(text) == {"wave 1": ["1"], "wave 2": ["2"]}
    assert titles(text) == ["ponds", "review"]
    assert needs(text) == {"2": ["1"]}


def test_the_first_column_of_a_table_in_a_wave_names_its_jobs() -> None:
    head = "| Issue | Scripts |\n|---|---|\n"
    text = f"# Waves\n\n### Wave 1 (parallel)\n{head}| dig-pond | 3 |\n\n### Wave 2\n{head}| plant-hedge | 2 |\n"
    assert titles(text) == ["dig-pond", "plant-hedge"]


@pytest.mark.parametrize("title", ["Task 001 analysis: garden", "M2 garden", "Stage 3 plan"])
def test_a_title_that_only_looks_like_a_label_names_the_document(title: str) -> None:
    text = f"# {title}\n\n## WS1: Dig\n**Files:** `a/`\n\n## WS2: Fill\n**Files:** `b/`\n**Depends on:** WS1\n"
    assert titles(text) == ["Dig", "Fill"]
    assert needs(text) == {"2": ["1"]}


def test_streams_in_a_table_have_letters() -> None:
    rows = "| A — Dig | 6 | Spec approved |\n| B — Fill | 7 | Stream A merged |\n"
    text = f"# Parallel work\n\n| Stream | Weeks | Can start after |\n|---|---|---|\n{rows}"
    assert titles(text) == ["Dig", "Fill"]
    assert needs(text) == {"B": ["A"]}


def test_tracks_with_letters_before_their_names_have_branches_and_files() -> None:
    text = """
    # Work side by side in parallel tracks

    ### A) Pond Dig Track
    - Branch target: `feature/pond`.
    - Scope:
      - `src/pond.py`
      - Whatever it takes

    ### B) Hedge Track
    - Branch target: `feature/hedge`.
    - Scope:
      - `src/hedge.py` - taller
    """
    plan = read(text)
    assert titles(text) == ["Pond Dig", "Hedge"]
    assert [track.branch and track.branch.text for track in plan.tracks.values()] == ["feature/pond", "feature/hedge"]
    assert [[said.text for said in job.owns.modify] for job in plan.jobs] == [["src/pond.py"], ["src/hedge.py"]]


def test_indented_lines_in_a_fence_are_the_jobs_of_the_waves_above_them() -> None:
    text = """
    # Map of parallel subagents

    ```
    Phase 1 - Wave 1A (2 parallel tasks):
      Task 1: Dig      [pond.py]
      Task 3: Plant    [hedge.py]

    Phase 1 - Wave 1B (after Task 1 merges):
      Task 2: Fill     [pond.py]

      NOTE: Tasks 1 & 2 touch one file.
    ```

    ## Task 1: Dig
    **Files:** `src/pond.py`

    ## Task 2: Fill
    **Files:** `src/pond.py`

    ## Task 3: Plant
    **Files:** `src/hedge.py`
    """
    assert waves(text) == {"wave 1A": ["1", "3"], "wave 1B": ["2"]}
    assert titles(text) == ["Dig", "Plant", "Fill"]


def test_a_wave_of_one_piece_of_work_in_prose_has_that_job() -> None:
    text = """
    # Rewrite in waves of agents

    ## Wave 0: Setup

    Install the tools, version 36.x.x.

    ## Wave 1: Build (parallel)

    ### Agent 1: Dig
    **Files:** `a/`

    ### Agent 2: Plant
    **Files:** `b/`

    ## Wave 2: Merge

    Merge both.
    """
    assert waves(text) == {"wave 0": ["Setup"], "wave 1": ["1", "2"], "wave 2": ["Merge"]}
    assert not any(True for _ in next(iter(read(text).jobs)).owns.paths())
