"""Five documents that people wrote, carried out from beginning to end; what they say is told by hand, beside them."""

import json
import re
from itertools import groupby, pairwise
from typing import TypedDict

import pytest

from tests.flows.commands import Planwave
from tests.flows.documents import Rehearsal, check_course, rehearse
from tests.shared_material import shared_material

pytestmark = pytest.mark.material


class JobDict(TypedDict):
    """A job as a person read it."""

    id: str
    agent: str
    branch: str
    depends_on: list[str]
    files: list[str]


class GroupDict(TypedDict):
    """A wave, an epic, or all tracks."""

    name: str
    jobs: list[JobDict]


class TruthDict(TypedDict):
    """What a person read in a document."""

    file: str
    groups: list[GroupDict]
    merge_order: list[str] | None
    gates: list[str]


def rehearsed(planwave: Planwave, seed: str, *others: str) -> tuple[Rehearsal, TruthDict]:
    """Run a document, and check what holds of all of them: its jobs, in its waves, in its order."""
    run, truth = rehearse(planwave, shared_material(f"seeds/{seed}_*.txt"), others=others), truth_of(seed)
    check_course(run)
    waves = [[job.id for job in wave.jobs] for wave in run.plan.waves]
    assert [[bare(name) for name in wave] for wave in waves] == [
        [bare(job["id"]) for job in group["jobs"]] for group in truth["groups"]
    ]
    for group in truth["groups"]:
        for job in group["jobs"]:
            assert {bare(need) for need in needs_of(run, job)} >= {bare(need) for need in job["depends_on"]}
    assert f"{len(run.plan.jobs)} of {len(run.plan.jobs)} done" in run.report()
    return run, truth


def truth_of(seed: str) -> TruthDict:
    documents: list[TruthDict] = json.loads(shared_material("corpus/truth.json").read_text(encoding="utf-8"))
    return next(document for document in documents if f"/{seed}_" in document["file"])


def bare(name: str) -> str:
    """Return a label without the word before it: `Story 3.1`, `task-4`."""
    return re.sub(r"^(?:story|task|track)[ -]", "", name.lower())


def slug(name: str) -> str:
    return name.partition(":")[0].lower().replace(" ", "-")


def needs_of(run: Rehearsal, told: JobDict) -> tuple[str, ...]:
    return next(job.needs for job in run.plan.jobs.values() if bare(job.id) == bare(told["id"]))


def test_the_tasks_of_one_agents_plan_run_one_after_another_on_its_branch(planwave: Planwave) -> None:
    run, truth = rehearsed(planwave, "000")
    assert run.merges == ["agent-3"]
    assert run.ended.subjects("job.started") == [job.id for job in run.to_do]
    assert {job["agent"] for job in truth["groups"][0]["jobs"]} == {"ai-ml-engineer"}
    for job in truth["groups"][0]["jobs"]:
        for file in job["files"]:
            assert "job task-" in run.show(file.removeprefix("/"))


def test_the_stories_of_epics_run_epic_by_epic_each_on_a_branch_of_its_own(planwave: Planwave) -> None:
    run, truth = rehearsed(planwave, "001")
    assert run.ended.subjects("wave.started") == [slug(group["name"]) for group in truth["groups"]]
    assert len(run.merges) == len(run.plan.jobs) == 21
    assert {job.pipeline for job in run.plan.jobs.values()} == {("plan", "implement", "validate")}
    assert {len(job.criteria) for job in run.plan.jobs.values()} == {5}


def test_tracks_land_in_the_order_that_is_asked_for_and_one_begins_at_half_of_another(planwave: Planwave) -> None:
    """The third track may begin after an hour, or at half of another: the test would end before the hour is over."""
    agent = "python/agents/data/agent.py"
    run, truth = rehearsed(planwave, "002", agent)
    assert truth["merge_order"] is not None
    assert run.merges == [slug(track) for track in truth["merge_order"]] == ["track-3", "track-2", "track-1"]
    branches = {job["branch"] for job in truth["groups"][0]["jobs"]}
    assert {run.plan.branch(track.id) for track in run.plan.tracks} == branches
    first = min(run.place("job.completed", "track-1"), run.place("job.completed", "track-2"))
    assert first < run.place("job.started", "track-3")
    assert run.show(agent) == f"{agent}, as it was"
    assert {*run.plan.modes} == {"option-a", "option-b", "option-c"}


def test_agents_do_their_tasks_one_at_a_time_side_by_side_wave_by_wave(planwave: Planwave) -> None:
    run, truth = rehearsed(planwave, "003")
    assert run.ended.subjects("wave.started") == [slug(group["name"]) for group in truth["groups"]]
    jobs = [job for group in truth["groups"] for job in group["jobs"]]
    tracks = {slug(agent): [job["id"] for job in told] for agent, told in groupby(jobs, lambda job: job["agent"])}
    assert {track.id: [job.id for job in run.plan.jobs_on(track.id)] for track in run.plan.tracks} == tracks
    for ids in tracks.values():
        for before, after in pairwise(ids):
            assert run.place("job.completed", before) < run.place("job.started", after)
    assert run.plan.waves[0].gate is not None


def test_five_waves_of_agents_pass_five_gates_and_their_copy_in_python_is_not_run_again(planwave: Planwave) -> None:
    run, truth = rehearsed(planwave, "004", "gaelp_production_orchestrator.py")
    assert len(run.to_do) == len(run.merges) == 25
    asked = [wave.gate for wave in run.plan.waves if wave.gate is not None]
    assert [gate.question for gate in asked] == [gate.partition(": ")[2] for gate in truth["gates"]]
    assert {gate.decide for gate in asked} == {"human"}
    assert len(run.ended.of("gate.decided")) == 5
    assert run.plan.waves[-1].mode == "serial"
    assert run.merges[-2:] == [job["id"] for job in truth["groups"][-1]["jobs"]]
