"""Who does what, in tables and sheets: rows that share out jobs, rows of branches, fences that say it all."""

import pytest

from tests.plans.readings import files, needs, read, titles

_BOARD = """
# Task board for parallel agents

| ID | Title | Assignee | Blocked By |
|----|-------|----------|------------|
| JOB-001 | Plant the hedge | | |
| JOB-002 | Dig the pond | digger | JOB-001 |

## Agent assignments

| Agent | Tasks | Focus |
|-------|-------|-------|
| agent-1 | JOB-001 | Green things |
| agent-2 | JOB-002 | Water |
"""


def test_rows_that_only_share_out_jobs_are_none() -> None:
    assert titles(_BOARD) == ["Plant the hedge", "Dig the pond"]


def test_a_row_puts_a_job_that_has_no_track_on_one() -> None:
    assert [job.track for job in read(_BOARD).jobs] == ["agent 1", "digger"]


def test_rows_whose_tasks_stand_nowhere_else_are_jobs() -> None:
    text = "# Parallel work\n\n| Agent | Tasks | Focus | Files |\n|---|---|---|---|\n"
    rows = "| agent-1 | T1, T2 | Ponds | `a/` |\n| agent-2 | T3 | Hedges | `b/` |\n"
    assert titles(text + rows) == ["Ponds", "Hedges"]


def test_a_row_of_an_agent_with_a_branch_and_files_is_a_job() -> None:
    text = """
    # Parallel work

    | Agent | Branch | Owns |
    |-------|--------|------|
    | 1 | `wip/pond` | Dig the pond in `pond/` |
    | 2 | `wip/fish` | Starts only after `wip/pond` is merged. `fish/`: put fish in |
    """
    plan = read(text)
    assert [track.branch and track.branch.text for track in plan.tracks.values()] == ["wip/pond", "wip/fish"]
    assert files(text)["1"] == ["pond/"]
    assert needs(text)["2"] == ["1"]


def test_a_sheet_in_a_fence_says_what_fields_say() -> None:
    text = """
    # Four agents in parallel

    ### Agent ALPHA - Ponds
    ```
    Focus: water
    Branch: garden/ponds

    Files Owned (exclusive write access):
    ├── src/ponds/
    │   ├── dig.py
    │   └── fill.py
    └── tests/ponds/

    Notes:
    - Exposes: a pond
    ```

    ### Agent BETA - Hedges
    ```
    Branch: garden/hedges
    Files Owned:
    └── src/hedges.py (new)
    ```
    """
    assert files(text) == {
        "ALPHA": ["src/ponds/dig.py", "src/ponds/fill.py", "tests/ponds/"],
        "BETA": ["+src/hedges.py"],
    }
    assert [track.branch and track.branch.text for track in read(text).tracks.values()] == [
        "garden/ponds",
        "garden/hedges",
    ]


def test_assignments_count_below_a_heading_about_coordination() -> None:
    text = """
    # Parallel work

    ## Organization and coordination

    ### Agent assignments

    #### Agent A (water)
    **Branch**: `garden/ponds`

    #### Agent B (green)
    **Branch**: `garden/hedges`
    **Focus**: Plant hedges
    **Timeline**: Week 2 (depends on Track A)

    ## Execution

    ### Agent A: Dig ponds

    - Dig
    """
    assert titles(text) == ["Dig ponds", "Plant hedges"]
    assert needs(text)["B"] == ["A"]


def test_a_branch_in_place_of_a_title_is_the_branch() -> None:
    text = "# Lanes\n\n### Lane A — `feat/ponds`\n**Owns:** `a/`\n\n### Lane B: Hedges\n**Owns:** `b/`\n"
    assert [track.branch and track.branch.text for track in read(text).tracks.values()] == ["feat/ponds", None]


def test_an_agent_in_a_list_who_is_given_a_job_by_name_is_no_other_job() -> None:
    text = """
    # Plan for sub-agents

    ## Task 1: `dig-pond`
    **Files:** `a/`

    ## Task 2: `plant-hedge`
    **Files:** `b/`

    ## Parallelization

    - Worker A: `dig-pond`
    - Worker B: `plant-hedge`
    """
    assert titles(text) == ["dig-pond", "plant-hedge"]


@pytest.mark.parametrize("label", ["Write Set", "Edit set", "Exclusive paths"])
def test_what_may_be_written_has_many_names(label: str) -> None:
    text = f"# Parallel tasks\n\n### Task 1: Dig\n- {label}: `pond.py`\n\n### Task 2: Plant\n- {label}: `hedge.py`\n"
    assert files(text) == {"1": ["pond.py"], "2": ["hedge.py"]}


def test_changes_told_in_a_sentence_list_no_files() -> None:
    first = "### Task 1: Dig\n- Files: `pond.py`\n- Changes: add a check to check.py\n"
    text = f"# Parallel agents\n\n{first}\n### Task 2: Plant\n"
    assert files(text)["1"] == ["pond.py"]


def test_files_are_taken_from_what_comes_of_a_job_and_from_its_commits() -> None:
    text = """
    # Parallel agents

    ### Agent 1: Dig
    **Deliverables**:
    1. `ponds/dig.py` - digs
    2. Enhanced `ponds/fill.py` - fills
    3. A report

    ### Agent 2: Plant

    #### Tasks
    - [ ] 2.1 Open `notes.md`
    - [ ] 2.2 Commit
      ```bash
      git add hedges/plant.py hedges/
      git commit -m "Plant"
      ```
    """
    assert files(text) == {"1": ["+ponds/dig.py", "+ponds/fill.py"], "2": ["hedges/plant.py", "hedges/"]}


def test_steps_begin_with_the_files_they_make_and_end_with_tools() -> None:
    text = """
    # Parallel agents

    ### Agent 1: Dig
    1. Create `Pond.java`, `Fish.java` for the water
    2. Create the ladder using `./scripts/ladder.sh`
    3. Tell `Gardener.java` of it

    ### Agent 2: Plant
    1. Update `Hedge.java` - taller
    """
    assert files(text) == {"1": ["+Pond.java", "+Fish.java"], "2": ["Hedge.java"]}


def test_packages_say_which_files_they_may_edit() -> None:
    text = """
    # Agent work packages

    ### Package A: Ponds

    Allowed files:

    - `src/pond.py`

    Avoid editing:

    - `deploy/prod.py`

    ### Package B: Fish

    Allowed files:

    - `src/fish.py`

    Dependencies:

    - Package A API contract.
    """
    assert files(text) == {"A": ["src/pond.py"], "B": ["src/fish.py"]}
    assert needs(text) == {"B": ["A"]}


def test_agents_are_named_with_the_word_behind() -> None:
    text = """
    # One subagent per app, in parallel

    ### Subagent assignments

    1. **`pond-api` subagent**: dig the pond.
    2. **`fish-api` subagent**: put fish in.
    """
    assert [job.key for job in read(text).jobs] == ["pond-api", "fish-api"]


def test_a_bold_label_before_its_title_heads_a_list() -> None:
    text = "# Subagents\n\n**Subagent 1**: Ponds\n- Dig\n- Fill\n\n**Subagent 2**: Hedges\n- Plant\n"
    assert titles(text) == ["Ponds", "Hedges"]
    assert [len(job.steps) for job in read(text).jobs] == [2, 1]


def test_a_name_in_code_behind_a_label_is_a_title() -> None:
    text = (
        "# Parallel PRs\n\n### PR S1.1 `dig-pond`\n\nDepends on:\n\n- none\n\n"
        "### PR S1.4 `put-fish`\n\nDepends on:\n\n- S1.1\n"
    )
    assert titles(text) == ["dig-pond", "put-fish"]
    assert needs(text) == {"S1.4": ["S1.1"]}


def test_a_column_of_places_says_in_which_order_streams_are_merged() -> None:
    text = """
    # Parallel streams

    | Stream | Worktree branch | Files touched | Merge order | Intent |
    |--------|-----------------|---------------|-------------|--------|
    | **A** | `worktree/pond` | `a.py` | 2nd | Dig |
    | **B** | `worktree/hedge` | `b.py` | 1st | Plant |
    """
    plan = read(text)
    assert titles(text) == ["Dig", "Plant"]
    assert plan.merge_order == [["stream b"], ["stream a"]]
    assert [track.branch and track.branch.text for track in plan.tracks.values()] == ["worktree/pond", "worktree/hedge"]
