"""What a run makes of the attempts of its jobs, whoever made them: here a runner to which only letters go."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plans.schedule.frontier import JobState
from tasks.attempt.desk import Desk
from tasks.attempt.job import end_job, perform_job, run_job
from tasks.attempt.request import AttemptReport, AttemptRequest, Client, Failure
from tasks.direct import DirectEngine
from tasks.hub.hub import Hub
from tasks.ledger.ledger import JobRecord
from tasks.session.facts import AgentStarted, JobDone, JobTakenUp
from tasks.session.run_record import read_record
from tasks.session.session import Session
from tasks.session.steps import Kind, failed
from tests.tasks.conftest import MakePlan
from tests.tasks.sessions import Clock, session_of, slots_handed_out

BROKEN = Failure(kind="failed", word="AgentFailed", reason="the key is very-secret", may_retry=True)
BUSY = Failure(kind="postponed", word="QuotaWait", reason="no quota")


class Elsewhere:
    """A runner on another machine: the letters are all that goes to and fro."""

    def __init__(self, *results: Failure | None) -> None:
        self.results = list(results)
        self.requests: list[AttemptRequest] = []

    async def run(self, request: AttemptRequest, client: Client) -> AttemptReport:
        self.requests.append(AttemptRequest.model_validate_json(request.model_dump_json()))
        async with client.place(request, Path("over/there.log")) as heard:
            heard("at work")
        result = self.results.pop(0) or done(request)
        report = AttemptReport(job=request.job, attempt=request.attempt, result=result)
        return AttemptReport.model_validate_json(report.model_dump_json())

    @property
    def at_work(self) -> Collection[str]:
        return ()

    def finished_steps(self, job: str) -> int:  # noqa: ARG002
        return 0


def done(request: AttemptRequest) -> JobRecord:
    return JobRecord(
        job=request.job,
        digest=request.digest,
        track=request.track,
        wave=request.wave,
        attempt=request.attempt,
        duration_s=1.5,
        agent=request.agent_label,
        run=request.run,
        commit="c" * 40,
        parent=request.parent,
    )


@pytest.fixture
def plan(make_plan: MakePlan) -> object:
    jobs = ({"id": "one", "run": ["true"], "retries": 1, "retry_delay": "0s"}, {"id": "two", "run": ["true"]})
    return make_plan(*jobs)


@pytest.fixture
def engine() -> DirectEngine:
    return DirectEngine()


Begin = Callable[..., Desk]


@pytest.fixture
async def begin(hub: Hub, tmp_path: Path, engine: DirectEngine) -> Begin:
    """Return what begins a run whose attempts end as they are told to; its clock stands."""

    def begun(*results: Failure | None, clock: Clock | None = None) -> Desk:
        session = session_of(hub, tmp_path / "runs", engine, clock or Clock())
        return Desk(session, Elsewhere(*results))

    return begun


async def performed(desk: Desk, job: str) -> Session:
    session = desk.session
    async with slots_handed_out(session):
        if session.frontier.state(job) is JobState.READY:
            session.frontier.begun(job, session.now())
        state = await perform_job(desk, session.plan.jobs[job], 1, ())
        if job not in session.record.jobs.postponed:
            end_job(session, session.plan.jobs[job], state)
    return session


def noted(session: Session) -> list[type]:
    return [type(one.fact) for one in session.record.noted]


async def test_a_job_that_is_done_is_noted_written_down_and_told(begin: Begin, engine: DirectEngine) -> None:
    desk = begin(None)
    session = await performed(desk, "one")
    assert session.record.jobs.done["one"].commit == "c" * 40
    assert session.frontier.state("one") is JobState.DONE
    assert read_record(session.folder, 1).jobs["one"].state == "done"
    assert [event.name for event in engine.told] == ["planwave.job.started", "planwave.job.completed"]
    facts = noted(session)
    assert facts.index(JobTakenUp) < facts.index(AgentStarted) < facts.index(JobDone)


async def test_the_next_attempt_is_told_why_the_last_one_failed_without_what_is_secret(
    begin: Begin, engine: DirectEngine
) -> None:
    desk = begin(BROKEN, None)
    session = await performed(desk, "one")
    assert isinstance(desk.runner, Elsewhere)
    first, second = desk.runner.requests
    assert (first.attempt, second.attempt) == (1, 2)
    assert "the key is" not in first.prompt
    assert "the key is" in second.prompt
    assert "very-secret" not in second.prompt
    assert session.record.jobs.attempts == {"one": 2}
    assert session.frontier.state("one") is JobState.DONE
    assert [event.name.split(".")[-1] for event in engine.told] == ["started", "retried", "started", "completed"]


async def test_a_job_without_attempts_left_is_lost(begin: Begin) -> None:
    session = await performed(begin(BROKEN, BROKEN), "one")
    assert session.frontier.state("one") is JobState.FAILED
    written = read_record(session.folder, 1).jobs["one"]
    assert (written.state, "very-secret" in written.reason) == ("failed", False)
    assert session.record.course.steps["one"].message.startswith("AgentFailed: the key is")


async def test_what_a_retry_cannot_mend_is_not_tried_again(begin: Begin) -> None:
    missing = Failure(kind="failed", word="AgentMissing", reason="not installed")
    desk = begin(missing)
    session = await performed(desk, "one")
    assert session.frontier.state("one") is JobState.FAILED
    assert session.record.jobs.attempts == {"one": 1}


async def test_a_job_that_is_stopped_is_given_up_and_not_lost(begin: Begin, engine: DirectEngine) -> None:
    session = await performed(begin(Failure(kind="stopped", reason="Ctrl-C")), "one")
    assert session.record.course.steps["one"].kind is Kind.CANCELLED
    assert engine.told[-1].name == "planwave.job.stopped"
    assert read_record(session.folder, 1).jobs["one"].state == "stopped"


async def test_an_agent_that_says_nothing_of_when_is_left_alone_for_longer_each_time(
    begin: Begin, engine: DirectEngine
) -> None:
    clock = Clock()
    desk = begin(BUSY, BUSY, BUSY, None, clock=clock)
    session = desk.session
    for _ in range(3):
        await performed(desk, "one")
        assert (session.record.jobs.attempts, session.record.jobs.settled) == ({"one": 0}, set())
        clock.now_s += 1000
    delays = [event.payload["delay_s"] for event in engine.told if event.name == "planwave.job.postponed"]
    assert delays == [30.0, 60.0, 120.0]
    await performed(desk, "one")
    assert session.record.jobs.attempts == {"one": 1}


async def test_an_agent_that_says_when_is_left_alone_until_then(begin: Begin, engine: DirectEngine) -> None:
    busy = BUSY.model_copy(update={"reset_at": datetime.now(UTC) + timedelta(seconds=500)})
    await performed(begin(busy), "one")
    delay = engine.told[-1].payload["delay_s"]
    assert isinstance(delay, float)
    assert 400 < delay <= 500


async def test_a_step_that_ended_without_an_outcome_settles_its_job(begin: Begin) -> None:
    session = begin().session
    job = session.plan.jobs["one"]
    session.frontier.begun("one", 0.0)
    end_job(session, job, failed("KeyError: 'no such thing'"))
    assert session.frontier.state("one") is JobState.FAILED
    assert "no such thing" in session.record.jobs.feedback["one"]
    before = len(session.record.noted)
    end_job(session, job, failed("again"))
    assert len(session.record.noted) == before + 1, "only the step's end is noted: the job is settled"


async def test_what_the_run_cannot_ask_for_is_the_job_s_failure(begin: Begin, hub: Hub) -> None:
    desk = begin()
    job = desk.session.plan.jobs["two"]
    nobody = job.model_copy(update={"run": None, "agent": "nobody"})
    desk.session.frontier.begun("two", 0.0)
    state = await run_job(desk, nobody)
    assert (state.kind, state.message.split(":")[0]) == (Kind.FAILED, "AgentMissing")
    assert hub.track_tip("two") is None


async def test_the_desk_makes_attempts_on_this_machine_where_nobody_else_does(begin: Begin, hub: Hub) -> None:
    desk = Desk(begin().session)
    plan = desk.session.plan
    job = plan.jobs["one"].model_copy(update={"run": ("sh", "-c", "echo made > made.txt")})
    desk.session.frontier.begun("one", 0.0)
    async with slots_handed_out(desk.session):
        state = await run_job(desk, job)
    assert state.kind is Kind.COMPLETED, state.message
    assert hub.track_tip("one") == desk.session.record.jobs.done["one"].commit


def test_a_report_is_of_a_job_done_or_of_a_failure_and_keeps_which() -> None:
    record = JobRecord(
        job="a", digest="d", track="t", wave="w", attempt=1, duration_s=1, agent="x", run="r-1", commit="c", parent="p"
    )
    for result in (record, replace(record, cost_usd=0.5, without=("b",)), BROKEN, BUSY):
        report = AttemptReport(job="a", attempt=1, result=result)
        assert AttemptReport.model_validate_json(report.model_dump_json()).result == result
