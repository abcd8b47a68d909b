"""One attempt of a job, and what becomes of it in the run."""

import asyncio
from pathlib import Path

import pytest

from flows.run import carry_out_run
from plans.schedule.frontier import JobState
from tasks.attempt.carry_out import carry_out
from tasks.attempt.folder import attempt_numbers, open_attempt
from tasks.attempt.job import attempt_job, end_job, perform_job, run_job, show_cached
from tasks.attempt.limits import names_of, shared_limits
from tasks.attempt.outcome import Again, Done, Halted, Lost
from tasks.direct import DirectEngine
from tasks.errors import AgentFailed, AgentMissing, CriteriaUnmet, JobFailed, OutOfScope, Stopped
from tasks.ledger.ledger import JobRecord, read_ledger
from tasks.session.session import Session
from tasks.session.steps import Kind, cancelled, failed, why_ended
from tests.core.opened import opened
from tests.core.runs import Site, until
from tests.flows.plans import PlanDict, job, passing, plan, wave
from tests.repositories import run_git


def small(*jobs: PlanDict, **fields: object) -> PlanDict:
    return plan("small", wave("one", *jobs), **fields)


def kinds(session: Session) -> list[str]:
    assert isinstance(session.engine, DirectEngine)
    return [event.name.removeprefix("planwave.") for event in session.engine.told if event.kind == "job"]


async def test_an_attempt_that_succeeds_is_a_commit_on_the_track_and_then_told(site: Site) -> None:
    async with opened(site, small(job("a"))) as live:
        session = live.session
        record = (await carry_out(live.desk, session.plan.jobs["a"])).result
        assert isinstance(record, JobRecord)
        assert session.hub.track_tip("a") == record.commit
        assert run_git(session.hub.git.git_dir, "show", f"{record.commit}:a.txt") == "a"
        assert (record.job, record.agent, record.parent) == ("a", "sh", session.hub.base)
        assert kinds(session) == ["job.started"], "whose attempt it is tells of the end"


async def test_a_job_is_done_when_its_attempt_is(site: Site) -> None:
    async with opened(site, small(job("a"), job("b", needs=["a"]))) as live:
        session = live.session
        outcome = await attempt_job(live.desk, session.plan.jobs["a"])
        assert isinstance(outcome, Done)
        assert session.record.jobs.done["a"] == outcome.record
        assert session.frontier.state("a") is JobState.DONE
        assert kinds(session) == ["job.started", "job.completed"]
        assert isinstance(session.engine, DirectEngine)
        assert session.engine.told[-1].payload["unblocked"] == ["b"]


@pytest.mark.parametrize(
    ("script", "fields", "error"),
    [
        ("echo half > a.txt; exit 3", {}, AgentFailed),
        ("echo x > other.txt", {}, OutOfScope),
        ("echo a > a.txt", {"criteria": [passing("test", "-e", "no-such-file")]}, CriteriaUnmet),
    ],
)
async def test_an_attempt_that_fails_is_made_again_knowing_why_and_then_given_up(
    site: Site, script: str, fields: PlanDict, error: type[JobFailed]
) -> None:
    async with opened(site, small(job("a", script, **fields), defaults={"retries": 1, "retry_delay": "0s"})) as live:
        session = live.session
        one = session.plan.jobs["a"]
        first, second = await attempt_job(live.desk, one), await attempt_job(live.desk, one)
        assert isinstance(first, Again)
        assert isinstance(second, Lost)
        assert first.failure.word == error.word
        assert session.frontier.state("a") is JobState.FAILED
        assert session.hub.track_tip("a") is None
        assert attempt_numbers(session.folder, "a") == [1, 2]
        assert first.failure.reason.splitlines()[0] in (session.folder / "jobs/a/2/prompt.md").read_text()
        assert run_git(session.hub.git.git_dir, "ls-tree", "--name-only", session.record.jobs.rescued["a"]) != ""


async def test_what_another_attempt_cannot_mend_is_not_tried_again(site: Site) -> None:
    missing: PlanDict = {"id": "a", "run": ["no-such-program-anywhere"], "owns": {"create": ["a.txt"]}}
    async with opened(site, small(missing, defaults={"retries": 5})) as live:
        session = live.session
        outcome = await attempt_job(live.desk, session.plan.jobs["a"])
        assert isinstance(outcome, Lost)
        assert outcome.failure.word == AgentMissing.word


async def test_a_stop_halts_an_attempt_and_keeps_what_it_did(site: Site) -> None:
    async with opened(site, small(job("a", "echo half > a.txt; touch at-work; sleep 60"))) as live:
        session = live.session
        attempt = asyncio.create_task(attempt_job(live.desk, session.plan.jobs["a"]))
        await until((session.workspaces.of("a").tree / "at-work").exists)
        session.stop.request("enough")
        outcome = await attempt
        assert outcome == Halted("enough")
        assert run_git(session.hub.git.git_dir, "show", f"{session.record.jobs.rescued['a']}:a.txt") == "half"


async def test_a_job_that_waits_for_a_slot_when_the_run_is_stopped_never_starts(site: Site) -> None:
    async with opened(site, small(job("a"), job("b"), limits={"jobs": 1})) as live:
        session = live.session
        async with session.slots.hold(session.plan.jobs["a"], session.stop):
            waits = asyncio.create_task(attempt_job(live.desk, session.plan.jobs["b"]))
            session.stop.request("enough")
            assert await waits == Halted("enough")
        with pytest.raises(Stopped):
            async with session.slots.hold(session.plan.jobs["b"], session.stop):
                pass
        assert kinds(session) == ["job.stopped"]


async def test_a_step_of_a_job_says_how_its_attempt_ended_and_shows_the_end_of_a_failed_ones_output(site: Site) -> None:
    async with opened(site, small(job("a"), job("b", "echo too bad; exit 3"))) as live:
        session = live.session
        good, bad = session.plan.jobs["a"], session.plan.jobs["b"]
        state = await run_job(live.desk, good)
        commit = session.record.jobs.done["a"].commit
        assert (state.kind, state.message) == (Kind.COMPLETED, f"commit {commit[:10]} on planwave/small/track/a")
        state = await run_job(live.desk, bad)
        assert (state.kind, state.message.partition(": ")[0]) == (Kind.FAILED, "AgentFailed")
        assert isinstance(session.engine, DirectEngine)
        assert "too bad" in str(session.engine.shown["small-b-output"].data)


async def test_a_job_is_performed_as_often_as_it_may_be(site: Site) -> None:
    counting = "echo x >> {0}; [ $(wc -l < {0}) = 3 ]; echo a > a.txt".format(site.folder / "count")
    async with opened(site, small(job("a", counting, retries=4))) as live:
        session = live.session
        state = await perform_job(live.desk, session.plan.jobs["a"], 1, [])
        assert state.kind is Kind.COMPLETED
        assert kinds(session) == [*["job.started", "job.retried"] * 2, "job.started", "job.completed"]


async def test_a_job_whose_step_ended_without_an_outcome_is_settled_by_what_the_step_says(site: Site) -> None:
    async with opened(site, small(job("a"), job("b"))) as live:
        session = live.session
        end_job(session, session.plan.jobs["a"], failed("an error of planwave's own"))
        end_job(session, session.plan.jobs["b"], cancelled("taken away"))
        assert session.frontier.state("a") is JobState.FAILED
        assert session.frontier.reason("a") == "an error of planwave's own"
        assert kinds(session) == ["job.failed", "job.stopped"]
        end_job(session, session.plan.jobs["a"], failed("again"))
        assert kinds(session) == ["job.failed", "job.stopped"], "once"


async def test_jobs_that_were_done_before_are_shown_as_such(site: Site) -> None:
    what = plan("small", wave("one", job("a")), wave("two", job("b", "exit 1")))
    await carry_out_run(site.settings(what), DirectEngine())
    async with opened(site, what) as live:
        session = live.session
        await show_cached(live.desk, session.plan.waves[0])
        state = session.record.course.steps["a"]
        assert (state.kind, state.name) == (Kind.COMPLETED, "Cached")
        assert state.message == f"a: commit {session.record.jobs.done['a'].commit[:10]}"
        assert read_ledger(session.hub).history.by_job["a"][0].commit == session.record.jobs.done["a"].commit


def test_attempts_are_numbered_over_all_runs(tmp_path: Path) -> None:
    assert [open_attempt(tmp_path, "a").number for _ in range(11)] == list(range(1, 12))
    (tmp_path / "jobs/a/notes").mkdir()
    assert attempt_numbers(tmp_path, "a") == list(range(1, 12))
    assert attempt_numbers(tmp_path, "b") == []
    folder = open_attempt(tmp_path, "a")
    folder.outbox()
    assert sorted(path.name for path in folder.path.iterdir()) == ["outbox"]


async def test_locks_and_agents_of_few_places_are_limits_of_the_whole_server(site: Site) -> None:
    agents = {"few": {"kind": "command", "run": ["sh"], "max_parallel": 2}, "many": {"kind": "command", "run": ["sh"]}}
    jobs: list[PlanDict] = [
        {"id": "a", "agent": "few", "locks": ["db"], "owns": {"create": ["a"]}},
        {"id": "b", "agent": "many", "locks": ["db", "port"], "owns": {"create": ["b"]}},
        job("c", agent="few"),
    ]
    async with opened(site, small(*jobs, agents=agents)) as live:
        session = live.session
        shared = {"planwave:agent:few": 2, "planwave:lock:db": 1, "planwave:lock:port": 1}
        assert shared_limits(session.plan) == shared
        held = [names_of(session.plan, session.plan.jobs[name]) for name in "abc"]
        assert held == [
            ["planwave:agent:few", "planwave:lock:db"],
            ["planwave:lock:db", "planwave:lock:port"],
            [],  # its own command does it, not the agent
        ]


def test_an_end_is_told_by_its_message_or_else_by_its_name() -> None:
    assert why_ended(failed("")) == "it ended as Failed"
    assert (
        why_ended(failed("Traceback (most recent call last):\n  File x\nOSError: the disk is full"))
        == "the disk is full"
    )
