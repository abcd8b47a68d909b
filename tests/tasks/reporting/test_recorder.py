"""What `planwave status` reads of a run is written down as its facts come, and says how all of it stands at the end."""

from pathlib import Path

import pytest

from plans.schedule.landing_order import Landing
from plans.schedule.objections import Asked, GateStand
from tasks.direct import DirectEngine
from tasks.hub.hub import Hub
from tasks.session.facts import (
    AgentStarted,
    GateAsked,
    GateDecided,
    JobLost,
    JobPostponed,
    JobRetried,
    JobStopped,
    Landed,
    RunEnded,
    TrackSettled,
)
from tasks.session.run_record import WAITING, read_record, record_path
from tasks.session.session import Session
from tests.tasks.sessions import Clock, session_of


@pytest.fixture
async def session(hub: Hub, tmp_path: Path) -> Session:
    return session_of(hub, tmp_path / "runs", DirectEngine(), Clock())


async def test_each_fact_of_a_job_replaces_the_one_before(session: Session) -> None:
    stands: list[tuple[str, str]] = []
    facts = (
        AgentStarted("one", 1),
        JobRetried("one", "no luck"),
        JobPostponed("one", "no quota"),
        JobLost("one", "broken"),
        JobStopped("one", "Ctrl-C"),
    )
    for fact in facts:
        session.note(fact)
        note = read_record(session.folder, 1).jobs["one"]
        stands.append((note.state, note.reason))
        assert note.digest == session.digests["one"]
    assert stands == [
        ("started", ""),
        ("again", "no luck"),
        ("later", "no quota"),
        ("failed", "broken"),
        ("stopped", "Ctrl-C"),
    ]


async def test_why_a_track_did_not_land_is_written_where_people_are_told(session: Session) -> None:
    blocked = Landed(Landing.BLOCKED, reason="conflict")
    session.note(TrackSettled("build", "one", blocked, told=True))
    session.note(TrackSettled("build", "two", blocked))
    session.note(TrackSettled("build", "two", Landed(Landing.LANDED, commit="c")))
    assert read_record(session.folder, 1).tracks == {"one": "conflict"}


async def test_a_gate_waits_and_then_has_said_what_it_said(session: Session) -> None:
    session.note(GateAsked("build", Asked("GO?")))
    assert read_record(session.folder, 1).gates == {"build": WAITING}
    session.note(GateDecided("build", GateStand("NO-GO", "not yet"), by="answer"))
    assert read_record(session.folder, 1).gates == {"build": "NO-GO: not yet"}
    session.note(GateDecided("build", GateStand("NO-GO", "an error of planwave's own")))
    assert read_record(session.folder, 1).gates == {"build": "NO-GO: not yet"}, "nobody has decided anything"


async def test_at_the_end_also_what_was_never_begun_is_written(session: Session) -> None:
    session.note(JobLost("one", "broken"))
    session.frontier.begun("one", 0.0)
    session.frontier.finished("one", 0.0, ok=False, reason="broken")
    session.note(RunEnded("Incomplete", "job 'one' failed"))
    record = read_record(session.folder, 1)
    assert {job: note.state for job, note in record.jobs.items()} == {"one": "failed", "two": "not reached"}
    assert record.end is not None
    assert (record.end.outcome, record.end.message) == ("Incomplete", "job 'one' failed")


async def test_a_record_that_cannot_be_written_does_not_change_the_run(session: Session) -> None:
    record_path(session.folder, 1).mkdir()
    session.note(JobLost("one", "broken"))
    assert session.record.jobs.feedback == {"one": "broken"}
