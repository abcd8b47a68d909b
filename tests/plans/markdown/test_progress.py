from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.markdown.progress import JobProgress, write_progress
from plans.read import read_plan
from plans.transform.digest import job_digests
from tests.effort import examples

STARTED = datetime(2026, 3, 2, 9, 5)  # noqa: DTZ001 - documents show a time as their reader's clock has it
ENDED = STARTED + timedelta(hours=2)
DONE = JobProgress(started=STARTED, finished=ENDED)

_SPACES = "  "
TRACKS = f"""\
# Desk: Two Tracks

## Track 1: Rules

### Tasks

- [ ] decide it
- [x] count it
* [ ] refuse it  \t

### Success Criteria

- [ ] all is well

## Track 2: Pages

### Tasks

- [ ] show it
1. [ ] not a step

## Progress Tracking

### Track 1: Rules

**Started:** Not started
**Progress:** 0% (nothing yet)
**Blockers:** Waiting for a start
**ETA:** TBD{_SPACES}

### Track 2: Pages

**Started:** Not started
**Progress:** 0%
**Blockers:** None
**ETA:** TBD

**Overall:** ░░░░░░░░░░ 0/2

| Track | Status | Notes |
|---|---|---|
| Track 1 | ⬜ Todo | `a\\|b` |
| Track 2 | Todo | |
"""

WRITTEN = f"""\
# Desk: Two Tracks

## Track 1: Rules

### Tasks

- [x] decide it (done 2026-03-02 11:05)
- [x] count it
* [x] refuse it (done 2026-03-02 11:05)  \t

### Success Criteria

- [ ] all is well

## Track 2: Pages

### Tasks

- [ ] show it
1. [ ] not a step

## Progress Tracking

### Track 1: Rules

**Started:** 2026-03-02 09:05
**Progress:** 100% (nothing yet)
**Blockers:** None
**ETA:** done 2026-03-02 11:05{_SPACES}

### Track 2: Pages

**Started:** 2026-03-02 09:05
**Progress:** 0%
**Blockers:** the agent gave up
**ETA:** 2026-03-02 12:05

**Overall:** █████░░░░░ 1/2

| Track | Status | Notes |
|---|---|---|
| Track 1 | Done | `a\\|b` |
| Track 2 | Todo | |
"""

STUCK = JobProgress(started=STARTED, blocker="the agent\ngave up", eta=ENDED + timedelta(hours=1))


def test_boxes_states_and_the_progress_section_are_filled_and_nothing_else() -> None:
    document = read_plan(TRACKS, "PLAN.md")
    assert list(document.plan.jobs) == ["track-1", "track-2"]
    written = write_progress(TRACKS, document, {"track-1": DONE, "track-2": STUCK})
    assert written == WRITTEN


def test_writing_the_same_progress_again_changes_nothing() -> None:
    jobs = {"track-1": DONE, "track-2": STUCK}
    assert write_progress(WRITTEN, read_plan(WRITTEN, "PLAN.md"), jobs) == WRITTEN


def test_what_was_written_is_read_as_the_same_work() -> None:
    before, after = read_plan(TRACKS, "PLAN.md").plan, read_plan(WRITTEN, "PLAN.md").plan
    assert job_digests(after) == job_digests(before)
    assert [job.done for job in after.jobs.values()] == [True, False]


def test_nothing_is_written_while_nothing_is_known() -> None:
    assert write_progress(TRACKS, read_plan(TRACKS, "PLAN.md"), {}) == TRACKS


WAVES = """\
# Plan

## Wave 1: First
- [ ] Task 1.1: one (files: `a.py`)
- [ ] Task 1.2: two (files: `b.py`)

## Wave 2: Second
- [ ] Task 2.1: three (files: `c.py`)

## Progress
**Wave 1:** 0/2 complete
- Wave 2: 0/1 complete
"""


def test_counts_of_waves_are_brought_up_to_date() -> None:
    document = read_plan(WAVES, "PLAN.md")
    written = write_progress(WAVES, document, {"1.1": DONE})
    changed = [(a, b) for a, b in zip(WAVES.split("\n"), written.split("\n"), strict=True) if a != b]
    assert changed == [
        ("- [ ] Task 1.1: one (files: `a.py`)", "- [x] Task 1.1: one (files: `a.py`) (done 2026-03-02 11:05)"),
        ("**Wave 1:** 0/2 complete", "**Wave 1:** 1/2 complete"),
    ]


def test_an_example_of_progress_in_a_fence_is_left_alone() -> None:
    text = WAVES.replace("**Wave 1:** 0/2 complete", "```\nWave 1: 0/2\nOverall: ██░░ 0%\n```")
    written = write_progress(text, read_plan(text, "PLAN.md"), {"1.1": DONE})
    changed = [new for old, new in zip(text.split("\n"), written.split("\n"), strict=True) if old != new]
    assert changed == ["- [x] Task 1.1: one (files: `a.py`) (done 2026-03-02 11:05)"]


def damaged(text: str) -> str:
    return text.encode().decode("cp1252", "ignore")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("first", ["", "\ufeff"])
@pytest.mark.parametrize("title", ["Plan", damaged("Plan → über ✅")])
def test_line_ends_marks_and_damaged_characters_stay(end: str, first: str, title: str) -> None:
    text = first + WAVES.replace("# Plan", f"# {title}").replace("\n", end).rstrip(end)
    document = read_plan(text.encode(), "PLAN.md")
    written = write_progress(text, document, {"1.1": DONE})
    assert written.replace(" (done 2026-03-02 11:05)", "").replace("[x]", "[ ]").replace("1/2", "0/2") == text
    assert written != text


@given(
    st.lists(st.sampled_from(WAVES.split("\n") + TRACKS.split("\n")), max_size=40), st.booleans(), st.integers(0, 2**10)
)
@examples(150)
def test_only_lines_with_a_place_for_progress_ever_change(lines: list[str], ends: bool, chosen: int) -> None:
    text = WAVES + ("\n" if ends else "\r\n").join(lines)
    document = read_plan(text, "PLAN.md")
    jobs = {job: DONE for at, job in enumerate(document.plan.jobs) if chosen >> at & 1}
    written = write_progress(text, document, jobs)
    before, after = text.split("\n"), written.split("\n")
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        assert old == new or any(
            mark in old for mark in ("[ ]", "Wave", "Overall", "Started", "Progress", "ETA", "Block", "|")
        )
    again = read_plan(written, "PLAN.md")
    if job_digests(again.plan) == job_digests(document.plan):
        assert write_progress(written, again, jobs) == written
