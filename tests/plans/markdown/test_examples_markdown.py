"""Our example plans that are no YAML of ours: what each is read as, and that it stays so when it is converted."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple

import pytest

from plans.durations import Estimate, parse_estimate
from plans.lint import lint_plan
from plans.model import Gate, Job, Plan
from plans.read import read_plan
from plans.yaml.writer import write_document
from tests.plans.examples import FOLDER, example, names

NAMES = [name for name in names(".md") if name != "README.md"]


class Reading(NamedTuple):
    """What decides how a plan runs, in few words: ids, apart by blanks."""

    waves: Mapping[str, str]
    """The jobs of each, in order; those that the document calls done begin with a `+`."""
    tracks: Mapping[str, str] = MappingProxyType({})
    """The jobs on each track that the document names."""
    needs: Mapping[str, str] = MappingProxyType({})
    gates: Mapping[str, str] = MappingProxyType({})
    """Who decides, and what is asked."""
    merge: str = ""


READINGS = {
    "waves-as-tree.md": Reading(
        waves={"wave-1": "1.1 1.2 1.3", "wave-2": "2.1 2.2-2.4 2.5 2.6", "wave-3": "3.1 3.2"},
        tracks={
            "agent-1": "1.1 1.2",
            "agent-2": "1.3",
            "agent-3": "2.1 2.2-2.4",
            "agent-4": "2.5 2.6",
            "agent-5": "3.1 3.2",
        },
        gates={
            "wave-1": "checks: both tables hold a month of readings",
            "wave-2": "checks: every station answers within 200 ms",
        },
    ),
    "waves-as-list.md": Reading(
        waves={
            "wave-1": "image-shrinker feed-splitter markup-cleaner",
            "wave-2": "page-weigher feed-checker",
            "wave-3": "cache-warmer release-announcer",
        },
        needs={"markup-cleaner": "feed-splitter", "release-announcer": "cache-warmer"},
        gates={
            "wave-1": "human: Does every show still play?",
            "wave-2": "human: Are all pages light and all feeds valid?",
            "wave-3": "human: Is the release announced?",
        },
    ),
    "parallel-tracks.md": Reading(
        waves={"tracks": "track-1 track-2 track-3"},
        tracks={"track-1": "track-1", "track-2": "track-2", "track-3": "track-3"},
        merge="track-1 track-2 track-3",
    ),
    "epics.md": Reading(waves={"epic-2": "2.1 2.2 2.3", "epic-3": "3.1 3.2", "epic-4": "4.1 4.2"}),
    "phases-with-tables.md": Reading(
        waves={"phase-1": "+41 +42", "phase-2": "44 45 46", "phase-3": "48 49 50"},
        needs={"44": "41", "45": "41", "46": "44 45", "48": "42 46", "49": "46"},
    ),
    "agent-team": Reading(
        waves={"agent-team": "agent-1.1 agent-1.2 agent-2.1 agent-2.2 agent-3.1 agent-3.2"},
        tracks={
            "agent-1": "agent-1.1 agent-1.2",
            "agent-2": "agent-2.1 agent-2.2",
            "agent-3": "agent-3.1 agent-3.2",
        },
        needs={
            "agent-1.2": "agent-1.1",
            "agent-2.2": "agent-2.1 agent-1.1 agent-1.2",
            "agent-3.2": "agent-3.1 agent-1.2 agent-2.1",
        },
    ),
    "spec-kit-tasks.md": Reading(
        waves={
            "phase-1": "+T001 +T002",
            "phase-2": "T003 T004 T005",
            "phase-3": "T006 T007 T008",
            "phase-4": "T009 T010 T011",
            "phase-5": "T012",
        },
        tracks={"phase-1-in-order": "T001 T002"},
        needs={"T004": "T003", "T005": "T003", "T008": "T006 T007", "T011": "T009 T010"},
    ),
    "kiro-tasks.md": Reading(
        waves={"tasks": "+task-1 task-2 task-3 task-4 task-5"},
        tracks={"tasks-in-order": "task-1 task-2 task-3 task-4 task-5"},
    ),
    "bmad-epics.md": Reading(
        waves={"epic-1": "1.1 1.2", "epic-2": "2.1 2.2"},
        tracks={"epic-1-in-order": "1.1 1.2", "epic-2-in-order": "2.1 2.2"},
    ),
    "get-shit-done-plan.md": Reading(
        waves={"wave-1": "02-01"},
        gates={"wave-1": "human: Reading and changing trips offline Switch to flight mode, change a trip, switch back"},
    ),
    "get-shit-done-roadmap.md": Reading(
        waves={"phase-1": "+01-01 +01-02", "phase-2": "02-01 02-02", "phase-3": "03-01 03-02"},
        tracks={
            "phase-1-in-order": "01-01 01-02",
            "phase-2-in-order": "02-01 02-02",
            "phase-3-in-order": "03-01 03-02",
        },
        gates={
            "phase-1": "checks: A note can be written and found again",
            "phase-2": "checks: A trip opened once opens without a network Changes arrive in order",
            "phase-3": "checks: A link shows a trip without an account",
        },
    ),
    "scout-and-wave.yaml": Reading(
        waves={"wave-1": "agent-A agent-B", "wave-2": "agent-C"},
        needs={"agent-C": "agent-A agent-B"},
        gates={"wave-1": "checks: go test ./... passes", "wave-2": "checks: go test ./... passes"},
    ),
}
DOUBTS = {"get-shit-done-roadmap.md": ["wave 'phase-3' says 3 jobs, but lists 2"]}
"""What is wrong with an example on purpose."""


def reading(plan: Plan) -> Reading:
    return Reading(
        waves={wave.id: " ".join(f"+{job.id}" if job.done else job.id for job in wave.jobs) for wave in plan.waves},
        tracks={track.id: " ".join(job.id for job in plan.jobs_on(track.id)) for track in plan.tracks},
        needs={job.id: " ".join(job.needs) for job in plan.jobs.values() if job.needs},
        gates={wave.id: asked(wave.gate) for wave in plan.waves if wave.gate is not None},
        merge=" ".join(tier if isinstance(tier, str) else "|".join(tier) for tier in plan.merge.order),
    )


def asked(gate: Gate) -> str:
    return f"{gate.decide}: {' '.join(gate.question.split())}"


def times(*texts: str) -> list[Estimate]:
    return [parse_estimate(text) for text in texts]


def test_every_example_is_told_of_here() -> None:
    assert {*NAMES} == {name for name in READINGS if name.endswith(".md")}


@pytest.mark.parametrize("name", READINGS)
def test_an_example_is_read_as_it_is_meant(name: str) -> None:
    assert reading(example(name).plan) == READINGS[name]


@pytest.mark.parametrize("name", READINGS)
def test_an_example_has_no_other_problem_than_it_shows_on_purpose(name: str) -> None:
    assert [problem.message for problem in lint_plan(example(name))] == DOUBTS.get(name, [])


@pytest.mark.parametrize("name", READINGS)
def test_an_example_that_was_converted_reads_back_equal(name: str) -> None:
    document = example(name)
    assert read_plan(write_document(document).encode(), "converted.yaml").plan == document.plan


@pytest.mark.parametrize("name", NAMES)
def test_what_an_example_is_converted_to_names_the_line_of_each_job(name: str) -> None:
    document = example(name)
    lines = write_document(document).splitlines()
    source = FOLDER.joinpath(name).read_text(encoding="utf-8").splitlines()
    for at, wave in enumerate(document.plan.waves):
        for place, job in enumerate(wave.jobs):
            line = document.lines.line("waves", at, "jobs", place)
            assert line is not None
            assert f"      # {name}:{line}" in lines
            assert speaks_of(source[line - 1], job), f"line {line} is not about {job.id}"


def test_what_a_folder_is_converted_to_names_the_file_of_each_job() -> None:
    written = write_document(example("agent-team"))
    assert "      # agent-team/agent-2.md:15\n      - id: agent-2.2\n" in written


def speaks_of(line: str, job: Job) -> bool:
    """Return whether a line of the document names the job; a plan of one job begins where its top ends."""
    title = (job.title or "").lower()
    return any(word in line.lower() for word in (job.id.lower(), title.split()[0])) or line == "<objective>"


@pytest.mark.parametrize("name", READINGS)
def test_the_list_of_examples_tells_of_it(name: str) -> None:
    assert f"]({name})" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_files_of_a_table_beside_the_tree_are_what_its_tasks_own() -> None:
    plan = example("waves-as-tree.md").plan
    assert plan.jobs["1.2"].owns.create == ("db/002_readings.sql",)
    assert plan.jobs["3.2"].owns.modify == ("jobs/nightly.py",)
    assert all(job.owns.writes for job in plan.jobs.values())


def test_the_times_of_a_wave_are_those_of_its_jobs_or_shared_among_them() -> None:
    tree, listed = example("waves-as-tree.md").plan, example("waves-as-list.md").plan
    assert [tree.jobs[job].estimate for job in ("1.1", "2.2-2.4", "3.2")] == times("3h", "9h", "1h")
    assert [job.estimate for job in listed.jobs.values()] == times(*["40m"] * 3, *["25m"] * 2, *["15m"] * 2)


def test_files_that_a_line_begins_to_work_on_are_where_its_job_works_and_not_all_that_it_may_write() -> None:
    job = example("waves-as-list.md").plan.jobs["feed-splitter"]
    assert (job.owns.modify, job.out_of_scope) == (("site/feeds.py",), "allow")


def test_agents_in_series_make_a_serial_wave() -> None:
    assert [wave.mode for wave in example("waves-as-list.md").plan.waves] == ["parallel", "parallel", "serial"]


def test_tracks_have_their_branches_steps_files_and_times() -> None:
    plan = example("parallel-tracks.md").plan
    rules, pages, reminders = plan.jobs.values()
    assert [plan.branch(track.id) for track in plan.tracks] == [
        "feature/renewal-rules",
        "feature/renewal-pages",
        "feature/renewal-reminders",
    ]
    assert [len(job.steps) for job in (rules, pages, reminders)] == [4, 3, 2]
    assert pages.steps[0] == "Show the due date of each loan"
    assert {"lending/renewals.py", "tests/test_renewals.py"} <= {*rules.owns.create}
    assert "lending/loans.py" in rules.owns.modify
    assert "docs/handbook.md" in reminders.owns.modify
    assert [job.estimate for job in (rules, pages, reminders)] == times("2h-3h", "1.5h-2h", "1h")
    assert plan.goal == "Let members renew loans themselves before the autumn term"
    assert rules.criteria == ("A reserved book is never renewed", "Three renewals at most")


def test_an_optional_track_may_start_after_a_time_or_at_half_of_another() -> None:
    *others, last = example("parallel-tracks.md").plan.tracks
    assert [track.optional for track in (*others, last)] == [False, False, True]
    assert all(track.start is None for track in others)
    assert last.start is not None
    assert last.start.any is not None
    assert [(one.after, one.progress, one.percent) for one in last.start.any] == [
        (timedelta(hours=1), None, None),
        (None, "track-1", 50),
        (None, "track-2", 50),
    ]


def test_options_are_modes_and_what_no_one_touches_is_frozen() -> None:
    plan = example("parallel-tracks.md").plan
    assert {key: mode.tracks for key, mode in plan.modes.items()} == {
        "option-a": ("track-1", "track-2"),
        "option-b": ("track-1", "track-2", "track-3"),
        "option-c": None,
    }
    assert plan.modes["option-c"].max_parallel == 1
    assert plan.frozen == ("settings.toml",)


def test_the_workflow_of_agents_and_the_criteria_for_each_story_go_to_every_story() -> None:
    plan = example("epics.md").plan
    assert {job.pipeline for job in plan.jobs.values()} == {("plan", "implement", "validate")}
    assert {job.criteria for job in plan.jobs.values()} == {
        ("Code reviewed", "Tests written and passing", "API page updated")
    }


def test_a_table_gives_titles_files_times_and_what_is_done() -> None:
    plan = example("phases-with-tables.md").plan
    assert plan.jobs["46"].title == "Choose the codec by the Accept header"
    assert [plan.jobs["46"].estimate] == times("2h")
    assert plan.jobs["46"].owns.modify == ("resizer/choose.py",)
    assert plan.criteria == ("Photographs are at least 30 % smaller", "Old URLs still work")


def test_what_an_agent_does_when_he_is_ahead_and_what_he_reads_of_others_is_known() -> None:
    job = example("agent-team").plan.jobs["agent-2.2"]
    assert job.owns.read == ("/shared/reading.ts", "/shared/alarm.ts")
    assert [(one.if_ahead, one.instead) for one in job.contingency] == [(True, "Add a route for the day's extremes")]


def test_the_parts_of_a_kiro_task_are_its_steps() -> None:
    job = example("kiro-tasks.md").plan.jobs["task-2"]
    assert job.steps == ("2.1 Quote fields as RFC 4180 says", "2.2 Stream rows without holding them in memory")


def test_given_when_then_is_one_criterion_of_a_bmad_story() -> None:
    job = example("bmad-epics.md").plan.jobs["2.1"]
    assert job.criteria == ("Given a packet of somebody else When I ask for it Then its owner gets a message",)
    assert "I want to ask for a packet" in job.prompt


def test_a_get_shit_done_plan_is_one_job_with_its_tasks_as_steps() -> None:
    job = example("get-shit-done-plan.md").plan.jobs["02-01"]
    assert job.steps == ("Task 1: Cache trips on the phone", "Task 2: Queue changes")
    assert job.owns.writes == ("app/cache.py", "app/sync.py", "tests/test_sync.py")
    assert "Evict the oldest beyond 200 trips" in job.prompt


def test_the_table_of_owners_of_a_scout_and_wave_plan_says_what_each_agent_owns() -> None:
    plan = example("scout-and-wave.yaml").plan
    assert plan.jobs["agent-A"].owns.create == ("internal/clock/clock.go",)
    assert plan.jobs["agent-C"].owns.modify == ("cmd/beacon/main.go",)
