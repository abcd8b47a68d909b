"""Landings, roll-backs and the beginnings of waves, each by itself: what moves in git, what is noted, what is told."""

from pathlib import Path

import pytest

from plans.model import Plan
from plans.schedule.frontier import JobState
from plans.schedule.landing_order import Landing
from plans.schedule.objections import GateStand
from tasks.direct import DirectEngine
from tasks.gates.gate import decide_gate
from tasks.git.commits import write_commit
from tasks.git.trees import tree_of
from tasks.hub.hub import Hub
from tasks.landing.merge import perform_merge
from tasks.landing.train import Train
from tasks.landing.wave import end_doomed, give_up_wave, open_wave, stand
from tasks.ledger.ledger import JobWorkDone, commit_job
from tasks.session.facts import Landed
from tasks.session.steps import Kind, failed
from tasks.workspace.workspace import Workspace
from tests.tasks.conftest import MakePlan, RunGit
from tests.tasks.sessions import Clock, session_of


@pytest.fixture
def plan(make_plan: MakePlan) -> Plan:
    gate = {"checks": [{"check": ["false"]}], "no_go": "rollback"}
    jobs = [{"id": "one"}, {"id": "two"}, {"id": "three", "track": "two"}]
    waves = [{"id": "build", "jobs": jobs, "gate": gate, "fail_fast": True}]
    tracks = [{"id": "two"}]
    merge = {"checks": [{"check": ["test", "!", "-e", "bad.txt"]}]}
    return make_plan(waves=waves, tracks=tracks, merge=merge)


@pytest.fixture
def engine() -> DirectEngine:
    return DirectEngine()


@pytest.fixture
async def train(hub: Hub, tmp_path: Path, engine: DirectEngine) -> Train:
    return Train(session_of(hub, tmp_path / "runs", engine, Clock()))


def committed(hub: Hub, job: str, **files: str) -> str:
    """Return the commit of a job that wrote files into what the base holds."""
    workspace = Workspace(hub, job)
    workspace.prepare(hub.base)
    for name, text in files.items():
        (workspace.tree / f"{name}.txt").write_text(text)
    snapshot = workspace.snapshot(hub.base)
    work = JobWorkDone(
        job=job, digest="d", track=job, wave="build", attempt=1, duration_s=1.0, agent="worker", run="small-1"
    )
    return commit_job(
        hub, work, tree=snapshot.tree, parent=hub.base, expected_tip=None, title=job, handoff="", granted=()
    ).commit


async def test_a_track_lands_is_noted_and_then_told(train: Train, hub: Hub, engine: DirectEngine) -> None:
    head = committed(hub, "one", made="by one\n")
    await perform_merge(train, "one", head, "build")
    landed = train.session.record.landings.tracks["build", "one"]
    assert (landed.landing, landed.commit) == (Landing.LANDED, hub.target_tip())
    assert hub.contains(hub.target_tip(), head)
    assert [(event.name, event.payload["commit"]) for event in engine.told] == [
        ("planwave.merge.landed", landed.commit)
    ]
    assert train.session.record.course.steps["last merge"].kind is Kind.COMPLETED


async def test_what_does_not_pass_the_merge_s_checks_moves_nothing(
    train: Train, hub: Hub, engine: DirectEngine
) -> None:
    before = hub.target_tip()
    await perform_merge(train, "one", committed(hub, "one", bad="x"), "build")
    landed = train.session.record.landings.tracks["build", "one"]
    assert (landed.landing, landed.commit, hub.target_tip()) == (Landing.BLOCKED, None, before)
    assert "does not pass" in landed.reason
    assert [event.name for event in engine.told] == ["planwave.merge.failed"]


async def test_of_two_tracks_that_conflict_the_second_does_not_land(train: Train, hub: Hub) -> None:
    await perform_merge(train, "one", committed(hub, "one", same="1\n"), "build")
    tip = hub.target_tip()
    await perform_merge(train, "two", committed(hub, "two", same="2\n"), "build")
    landed = train.session.record.landings.tracks["build", "two"]
    assert (landed.landing, hub.target_tip()) == (Landing.BLOCKED, tip)
    assert "same.txt" in landed.reason


async def test_a_head_that_is_no_commit_blocks_its_track_and_is_not_tried_for_ever(train: Train) -> None:
    await perform_merge(train, "one", "1" * 40, "build")
    assert train.session.record.landings.tracks["build", "one"].landing is Landing.BLOCKED


async def test_a_no_go_may_put_the_target_back_and_says_so_of_what_had_landed(
    train: Train, hub: Hub, plan: Plan, engine: DirectEngine
) -> None:
    wave, session = plan.waves[0], train.session
    await open_wave(train, wave)
    before = hub.target_tip()
    await perform_merge(train, "one", committed(hub, "one", made="x"), wave.id)
    for job in ("one", "two", "three"):
        session.frontier.begun(job, 0.0)
        session.frontier.finished(job, 0.0, ok=True)
    stands = {"one": session.record.landings.tracks[wave.id, "one"], "two": Landed(Landing.LANDED)}
    state = await decide_gate(train, wave, stands)
    assert (state.kind, hub.target_tip()) == (Kind.FAILED, before)
    assert session.record.gates.stands[wave.id].said == "NO-GO"
    assert session.record.landings.tracks[wave.id, "one"] == Landed(
        Landing.BLOCKED, reason=f"rolled back by the NO-GO of wave {wave.id!r}"
    )
    assert engine.told[-1].name == "planwave.gate.decided"


async def test_a_wave_that_fails_fast_ends_its_own_jobs_once_one_has_failed(train: Train, plan: Plan) -> None:
    wave, session = plan.waves[0], train.session
    await open_wave(train, wave)
    stop = session.stop_of(plan.jobs["two"])
    end_doomed(session, wave)
    assert not stop.requested
    session.frontier.begun("one", 0.0)
    session.frontier.finished("one", 0.0, ok=False, reason="broken")
    end_doomed(session, wave)
    assert (stop.requested, session.stop.requested) == (True, False)
    assert session.frontier.state("one") is JobState.FAILED


async def test_a_wave_stands_on_the_target_as_it_is_when_it_opens(
    train: Train, hub: Hub, plan: Plan, run_git: RunGit, engine: DirectEngine
) -> None:
    tip = write_commit(hub.git, tree_of(hub.git, hub.base), (hub.base,), "landed before")
    hub.move_ref(hub.target_ref, tip, None)
    await open_wave(train, plan.waves[0])
    assert train.session.record.course.wave_starts["build"] == tip
    assert train.session.record.course.flow_runs == [engine.flow_run]
    assert run_git(hub.git.git_dir, "for-each-ref", "--contains", tip, "--format=x").count("x") >= 2


async def test_a_wave_that_an_error_ended_has_a_no_go_that_says_it(train: Train, plan: Plan) -> None:
    give_up_wave(train.session, plan.waves[0], failed("KeyError: 'no such thing'"))
    assert train.session.record.gates.stands["build"].said == "NO-GO"
    assert "no such thing" in train.session.record.gates.stands["build"].note
    assert train.session.record.gates.stands["build"] != GateStand("NO-GO")


async def test_a_track_stands_as_its_jobs_do_until_its_landing_has_ended(train: Train, hub: Hub, plan: Plan) -> None:
    session, jobs = train.session, (plan.jobs["one"],)
    assert stand(session, "build", "one", jobs).landing is Landing.WORKING
    session.frontier.begun("one", 0.0)
    session.frontier.finished("one", 0.0, ok=True)
    assert stand(session, "build", "one", jobs).landing is Landing.READY
    await perform_merge(train, "one", committed(hub, "one", made="x"), "build")
    assert stand(session, "build", "one", jobs).landing is Landing.LANDED
