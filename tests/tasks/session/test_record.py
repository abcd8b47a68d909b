"""What a run knows of itself follows from the facts that it noted, in the order in which they came."""

import sys
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from plans.schedule.landing_order import Landing
from plans.schedule.objections import Asked, GateStand
from tasks.ledger.ledger import JobRecord
from tasks.session.derived import Course, Gates, Jobs, Landings
from tasks.session.facts import (
    AgentStarted,
    Fact,
    GateAnswered,
    GateAsked,
    GateDecided,
    JobDone,
    JobLost,
    JobPostponed,
    JobRetried,
    JobStopped,
    JobTakenUp,
    Landed,
    NotPublished,
    Published,
    RolledBack,
    RunBegan,
    RunClosing,
    TrackSettled,
    Warned,
    WaveBegan,
    WaveOpened,
)
from tasks.session.record import Noted, Record

if TYPE_CHECKING:
    from _typeshed import TraceFunction


@dataclass
class Clock:
    """A clock that goes by hand."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s

    def at(self, record: Record, *moments: tuple[float, Fact]) -> None:
        for self.now_s, fact in moments:
            record.note(fact)


def done(job: str) -> JobRecord:
    return JobRecord(
        job=job,
        digest="d",
        track="t",
        wave="w",
        attempt=1,
        duration_s=2.0,
        agent="a",
        run="r-1",
        commit="c",
        parent="p",
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def record(clock: Clock) -> Record:
    return Record(clock)


def test_a_job_that_is_tried_again_has_two_attempts_and_the_first_one_s_reason(clock: Clock, record: Record) -> None:
    clock.at(record, (0, JobTakenUp("a")), (1, AgentStarted("a", 1)), (5, JobRetried("a", "no luck")))
    assert (record.jobs.again, record.jobs.feedback) == ({"a"}, {"a": "no luck"})
    clock.at(record, (6, JobTakenUp("a")))
    assert record.jobs.again == set()
    clock.at(record, (7, AgentStarted("a", 2)), (9, JobDone(done("a"))))
    assert record.jobs.attempts == {"a": 2}
    assert (record.jobs.started_at, record.jobs.ended_at) == ({"a": 7}, {"a": 9})
    assert (record.jobs.settled, record.jobs.done) == ({"a"}, {"a": done("a")})


def test_a_job_that_is_postponed_spends_no_attempt(clock: Clock, record: Record) -> None:
    clock.at(record, (1, AgentStarted("a", 1)), (2, JobPostponed("a", "quota")))
    assert (record.jobs.postponed, record.jobs.attempts, record.jobs.postponements) == ({"a"}, {"a": 0}, {"a": 1})
    clock.at(record, (3, JobTakenUp("a")), (4, AgentStarted("a", 2)), (5, JobPostponed("a", "quota")))
    assert (record.jobs.attempts, record.jobs.postponements) == ({"a": 0}, {"a": 2})
    assert record.jobs.settled == set()


def test_jobs_that_failed_or_were_stopped_are_settled_and_not_done(clock: Clock, record: Record) -> None:
    clock.at(record, (1, JobLost("a", "broken")), (2, JobStopped("b", "Ctrl-C")))
    assert (record.jobs.settled, record.jobs.done) == ({"a", "b"}, {})
    assert (record.jobs.feedback, record.jobs.ended_at) == ({"a": "broken"}, {"a": 1, "b": 2})


def test_what_was_finished_before_the_run_counts_as_done_but_not_as_settled() -> None:
    before = {"a": done("a")}
    record = Record(lambda: 0.0, done=before, warnings=["beware"])
    record.note(JobDone(done("b")))
    assert (set(record.jobs.done), record.jobs.settled) == ({"a", "b"}, {"b"})
    assert (record.course.warnings, set(before)) == (["beware"], {"a"})


def test_a_roll_back_takes_back_the_landings_that_are_gone_and_no_others(clock: Clock, record: Record) -> None:
    landed = {track: Landed(Landing.LANDED, commit=f"c-{track}") for track in ("one", "two")}
    clock.at(record, *((1, TrackSettled("w", track, stand)) for track, stand in landed.items()))
    clock.at(record, (2, TrackSettled(None, "three", Landed(Landing.BLOCKED, reason="conflict"))))
    clock.at(record, (3, RolledBack("w", frozenset({"c-two"}))))
    tracks = record.landings.tracks
    assert tracks["w", "one"] == landed["one"]
    assert tracks["w", "two"] == Landed(Landing.BLOCKED, reason="rolled back by the NO-GO of wave 'w'")
    assert tracks[None, "three"].reason == "conflict"


def test_what_could_not_be_published_is_known_until_it_is(clock: Clock, record: Record) -> None:
    clock.at(record, (1, Published({"target": "checked out"})), (2, NotPublished("origin", "no network")))
    assert record.landings.unpublished == {"target": "checked out", "origin": "no network"}
    clock.at(record, (3, Published({})))
    assert record.landings.unpublished == {}


def test_a_gate_waits_from_its_question_to_the_answer(clock: Clock, record: Record) -> None:
    first, second = Asked("GO?"), Asked("GO too?")
    clock.at(record, (1, GateAsked("w", first)), (2, GateAsked("v", second)), (5, GateAnswered("w")))
    assert record.gates.stands == {"w": GateStand("waiting", asked=first), "v": GateStand("waiting", asked=second)}
    assert record.gates.spans(now=9) == [(1, 5), (2, 9)]
    clock.at(record, (6, GateDecided("w", GateStand("GO"))))
    assert record.gates.stands["w"] == GateStand("GO")


def test_the_flow_runs_that_stop_a_run_are_its_own_and_its_waves(clock: Clock, record: Record) -> None:
    run, wave = uuid4(), uuid4()
    clock.at(record, (0, RunBegan(run)))
    watched = record.course.flow_runs
    clock.at(record, (1, WaveBegan("w", wave)), (2, WaveOpened("w", "c-1")))
    assert watched == [run, wave], "whoever watches them has the later ones too"
    assert (record.course.wave_starts, record.course.is_over) == ({"w": "c-1"}, False)
    clock.at(record, (3, RunClosing()))
    assert record.course.is_over


def test_who_follows_has_each_fact_once_and_in_order_when_the_views_have_it(clock: Clock, record: Record) -> None:
    record.note(Warned("before"))
    heard: list[tuple[Noted, int]] = []
    record.follow(lambda noted: heard.append((noted, len(record.course.warnings))))
    clock.at(record, (1, Warned("one")), (2, Warned("two")))
    assert heard == [(Noted(1, Warned("one")), 2), (Noted(2, Warned("two")), 3)]
    assert record.noted == (Noted(0, Warned("before")), *(noted for noted, _ in heard))


def test_what_a_fact_says_nothing_of_stays_as_it_was() -> None:
    jobs, landings, gates, course = Jobs(), Landings(), Gates(), Course()
    for fact in (AgentStarted("a", 1), JobLost("a", "broken")):
        landings.take(fact)
        gates.take(fact, 1.0)
        course.take(fact)
    for other in (TrackSettled("w", "one", Landed(Landing.LANDED, commit="c")), GateDecided("w", GateStand("GO"))):
        jobs.take(other, 1.0)
        course.take(other)
    assert (jobs, landings, gates, course) == (Jobs(), Landings(), Gates(), Course())


def lines_of(record: Record, fact: Fact) -> int:
    """Return how many lines of code it takes to note a fact."""
    seen, before = 0, sys.gettrace()

    def count(_frame: FrameType, event: str, _arg: object) -> "TraceFunction":
        nonlocal seen
        seen += event == "line"
        return count

    sys.settrace(count)
    try:
        record.note(fact)
    finally:
        sys.settrace(before)
    return seen


@pytest.mark.parametrize(
    "fact",
    [
        AgentStarted("a", 1),
        JobRetried("a", "no luck"),
        JobPostponed("a", "quota"),
        JobDone(done("a")),
        JobStopped("a", "Ctrl-C"),
        TrackSettled("w", "one", Landed(Landing.LANDED, commit="c")),
        GateAsked("w", Asked("GO?")),
        GateDecided("w", GateStand("GO")),
        Published({"target": "checked out"}),
        Warned("beware"),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_to_note_a_fact_takes_no_longer_however_much_was_noted_before(fact: Fact) -> None:
    record = Record(lambda: 0.0)
    record.note(fact)
    first = lines_of(record, fact)
    for number in range(300):
        record.note(AgentStarted(f"job-{number}", 1))
        record.note(TrackSettled("v", f"track-{number}", Landed(Landing.LANDED, commit=f"c-{number}")))
        record.note(GateDecided(f"wave-{number}", GateStand("GO")))
        record.note(Warned("beware"))
    assert lines_of(record, fact) == first > 0
