"""Landings, gates and the taking in of a base, one at a time."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from flows.landing import land_tracks
from flows.run import carry_out_run
from plans.schedule.landing_order import Landing
from plans.schedule.objections import Asked
from tasks.attempt.carry_out import carry_out
from tasks.attempt.ground import find_ground
from tasks.direct import DirectEngine
from tasks.errors import MergeConflict, Stopped
from tasks.gates.form import describe_gate
from tasks.gates.gate import check_gate, check_wave, decide_gate
from tasks.git.commits import write_commit
from tasks.git.trees import tree_of
from tasks.landing import precedence
from tasks.landing.blame import blamed
from tasks.landing.commit_checks import run_on_commit
from tasks.landing.merge import ChecksFailed, land_track, merge_track, perform_merge
from tasks.landing.take_in import take_in_base
from tasks.landing.wave import paths_on_target, say_nothing_lands, stand
from tasks.ledger.ledger import JobRecord
from tasks.programs.stop import StopSignal
from tasks.reporting.next_steps import next_steps, run_command
from tasks.run.background import kept
from tasks.run.closing import refuse_run
from tasks.run.dry_run import show_schedule
from tasks.run.live import LiveRun
from tasks.session.facts import GateAsked, JobDone, JobLost, Landed, TrackSettled, Verdict
from tasks.session.run_log import Answer
from tasks.session.run_record import read_record
from tasks.session.session import Session
from tasks.session.slots import Slots
from tasks.session.steps import Kind
from tests.core.opened import opened
from tests.core.runs import Site
from tests.flows.plans import PlanDict, job, passing, plan, wave
from tests.repositories import run_git


def two(**fields: object) -> PlanDict:
    """Return a plan of two jobs that write the same file, and one that writes another."""
    clashing = [job(name, f"echo {name} > README.md", out_of_scope="allow") for name in ("a", "b")]
    jobs = [*clashing, job("c")]
    return plan("small", wave("one", *jobs, gate={"checks": [passing("test", "-e", "c.txt")]}), **fields)


async def done(live: LiveRun, *jobs: str) -> dict[str, str]:
    """Have some jobs done; give their commits."""
    session = live.session
    for name in jobs:
        record = (await carry_out(live.desk, session.plan.jobs[name])).result
        assert isinstance(record, JobRecord)
        session.note(JobDone(record))
        session.frontier.finished(name, session.now(), ok=True)
        session.slots.touch()
    return {name: session.record.jobs.done[name].commit for name in jobs}


def told(session: Session) -> list[str]:
    assert isinstance(session.engine, DirectEngine)
    return [event.name.removeprefix("planwave.") for event in session.engine.told]


async def test_a_track_lands_and_what_landed_is_on_the_target(site: Site) -> None:
    async with opened(site, two()) as live:
        session = live.session
        commits = await done(live, "c")
        merged = await land_track(session, "c", commits["c"], "one")
        assert merged == session.hub.target_tip()
        assert paths_on_target(session.hub, ["c.txt", "a.txt"]) == ("c.txt",)
        assert await land_track(session, "c", commits["c"], "one") is None, "it is there already"


@pytest.mark.parametrize("follows", [True, False], ids=["a commit that follows", "no commit in sight"])
async def test_tracks_that_are_ready_together_land_in_plan_order(
    site: Site, monkeypatch: pytest.MonkeyPatch, follows: bool
) -> None:
    monkeypatch.setattr(precedence, "MOMENT_S", 60.0 if follows else 0.01)
    async with opened(site, plan("small", wave("one", job("a"), job("c")))) as live:
        session = live.session
        # Its agent is through; the run has not been told yet what came of it.
        record = (await carry_out(live.desk, session.plan.jobs["a"])).result
        assert isinstance(record, JobRecord)
        await done(live, "c")
        landing = asyncio.create_task(land_tracks(live.train, "one"))
        if not follows:
            async with asyncio.timeout(60):
                while "merge.landed" not in told(session):
                    await session.slots.change()
        session.note(JobDone(record))
        session.frontier.finished("a", session.now(), ok=True)
        session.slots.touch()
        await landing
        assert isinstance(session.engine, DirectEngine)
        landed = [event.subject for event in session.engine.told if event.name == "planwave.merge.landed"]
        assert landed == (["a", "c"] if follows else ["c", "a"])


async def test_what_conflicts_does_not_land_and_is_said_with_the_jobs_behind_it(site: Site) -> None:
    async with opened(site, two()) as live:
        session = live.session
        commits = await done(live, "a", "b")
        before = await land_track(session, "a", commits["a"], "one")
        with pytest.raises(MergeConflict) as caught:
            await land_track(session, "b", commits["b"], "one")
        assert caught.value.paths == ("README.md",)
        assert "changed by job 'b' and by job 'a'" in str(caught.value)
        assert session.hub.target_tip() == before
        bare = MergeConflict("ours", "theirs", ["docs/guide.md"])
        assert "by no job of the plan and by no job of the plan" in str(
            blamed(session.hub, commits["a"], commits["b"], bare)
        )


@pytest.mark.parametrize(
    ("policy", "landing", "kind", "word"),
    [("stop", Landing.BLOCKED, Kind.FAILED, "NotLanded"), ("skip", Landing.DROPPED, Kind.COMPLETED, "LeftOut")],
)
async def test_a_check_that_says_no_keeps_a_track_off_the_target(
    site: Site, policy: str, landing: Landing, kind: Kind, word: str
) -> None:
    merge = {"checks": [passing("sh", "-c", "echo loose; exit 6")], "on_failed_check": policy}
    async with opened(site, two(merge=merge)) as live:
        session = live.session
        commits, before = await done(live, "c"), session.hub.target_tip()
        with pytest.raises(ChecksFailed):
            await land_track(session, "c", commits["c"], "one")
        state = await merge_track(live.train, "c", commits["c"], "one")
        assert (state.kind, state.message.partition(": ")[0]) == (kind, word)
        assert session.record.landings.tracks["one", "c"].landing is landing
        assert "loose" in session.record.landings.tracks["one", "c"].reason
        assert (session.hub.target_tip(), told(session)[-1]) == (before, "merge.failed")
        [shown] = [step for step in next_steps(session) if "checks of the merge of 'c'" in step]
        assert "merge-c.log" in shown


async def test_a_landing_that_ends_without_saying_how_is_not_tried_for_ever(site: Site) -> None:
    async with opened(site, two()) as live:
        session = live.session
        await perform_merge(live.train, "c", "0" * 40, "one")
        assert session.record.landings.tracks["one", "c"].landing is Landing.BLOCKED
        assert session.record.course.steps["last merge"].kind is Kind.FAILED


async def test_a_stop_ends_the_checks_of_a_landing(site: Site) -> None:
    async with opened(site, two(merge={"checks": [passing("sleep", "60")]})) as live:
        session = live.session
        commits = await done(live, "c")
        session.stop.request("enough")
        state = await merge_track(live.train, "c", commits["c"], "one")
        assert (state.kind, state.message) == (Kind.CANCELLED, "stopped: enough")
        assert "merge.failed" not in told(session)
        with pytest.raises(Stopped):
            await run_on_commit(session, session.plan.merge.checks, commits["c"], "again")


async def test_how_a_track_stands_is_its_landing_or_else_what_its_jobs_do(site: Site) -> None:
    async with opened(site, two()) as live:
        session = live.session
        jobs = (session.plan.jobs["c"],)
        assert stand(session, "one", "c", jobs).landing is Landing.WORKING
        session.note(TrackSettled("one", "c", Landed(Landing.DROPPED, reason="left out")))
        assert stand(session, "one", "c", jobs).reason == "left out"
        assert not say_nothing_lands(live.train), "no job waits for a path"


async def test_a_gate_says_no_go_by_what_stands_against_it_or_by_its_checks(site: Site) -> None:
    async with opened(site, two()) as live:
        session = live.session
        first = session.plan.waves[0]
        against = await check_gate(session, first, ("job 'a' failed",))
        assert (against.go, against.note) == (False, "job 'a' failed")
        unmet = await check_gate(session, first, ())
        assert (unmet.go, "exited with status 1" in unmet.note) == (False, True)
        state = await check_wave(session, first, ())
        assert (state.kind, session.record.gates.checked["one"].go) == (Kind.FAILED, False)
        commits = await done(live, "c")
        await land_track(session, "c", commits["c"], "one")
        met = await check_gate(session, first, ())
        assert met.go
        assert met.evidence[-1] == "`test -e c.txt` passed"


async def test_what_a_gate_decided_is_in_git_and_in_the_record_when_it_is_told(site: Site) -> None:
    asking = plan("small", wave("one", job("c"), gate={"decide": "human"}), wave("two", job("d")))
    async with opened(site, asking, DirectEngine(Answer("GO", "fine")), approvals="ask") as live:
        session = live.session
        first = session.plan.waves[0]
        commits = await done(live, "c")
        await merge_track(live.train, "c", commits["c"], "one")
        state = await decide_gate(live.train, first, {"c": session.record.landings.tracks["one", "c"]})
        assert (state.kind, state.message) == (Kind.COMPLETED, "GO: fine")
        assert session.frontier.gate("one") is True
        assert told(session)[-1] == "gate.decided"
        assert session.record.gates.spans(session.now()), "how long it waited for a person is known"


async def test_the_form_of_a_gate_shows_what_landed_and_how_to_look_at_it(site: Site) -> None:
    asking = plan("small", wave("one", job("c"), gate={"decide": "human", "question": "Good?"}))
    engine = DirectEngine(Answer("GO"))
    site.enter()
    assert (await carry_out_run(site.settings(asking, approvals="ask"), engine)).kind is Kind.COMPLETED
    [question] = engine.asked
    assert " c.txt | 1 +" in question.text
    assert f"git -C {site.repo} diff" in question.text


async def test_a_form_says_what_was_checked_and_until_when_it_may_be_answered(site: Site) -> None:
    async with opened(site, two()) as live:
        session = live.session
        until = datetime.now().astimezone() + timedelta(hours=3)
        asked = Asked(question="Good?", page="", until=until, otherwise="NO-GO")
        verdict = Verdict(go=True, by="checks", evidence=("`true` passed",))
        text = await describe_gate(live.train, session.plan.waves[0], verdict, asked)
        assert text.split("\n\n")[:2] == ["## Good?", "- `true` passed"]
        assert "Nothing of it has landed yet." in text
        assert asked.deadline in text


async def test_a_job_stands_on_what_it_needs_and_on_what_its_track_has(site: Site) -> None:
    jobs = [job("a"), job("b", track="t"), job("c", track="t", needs=["a"])]
    async with opened(site, plan("small", wave("one", *jobs))) as live:
        session = live.session
        commits = await done(live, "a", "b")
        ground = find_ground(session, session.plan.jobs["c"])
        assert (ground.tip, ground.warnings) == (commits["b"], ())
        listed = run_git(session.hub.git.git_dir, "ls-tree", "--name-only", ground.parent).splitlines()
        assert {"a.txt", "b.txt"} <= set(listed)
        assert session.hub.track_tip("t") == commits["b"], "no ref moves"


async def test_a_base_that_moved_is_taken_in_before_anything_new_starts(site: Site) -> None:
    site.enter()
    what = plan("small", wave("one", job("a")), wave("two", job("b", "exit 1")))
    await carry_out_run(site.settings(what), DirectEngine())
    (site.repo / "notes.md").write_text("notes\n")
    run_git(site.repo, "add", "-A")
    run_git(site.repo, "commit", "-q", "-m", "Notes")
    async with opened(site, what) as live:
        session = live.session
        await take_in_base(live.train)
        assert paths_on_target(session.hub, ["notes.md", "a.txt"]) == ("notes.md", "a.txt")
        assert told(session)[-1] == "base.taken_in"


async def test_a_base_that_conflicts_is_left_and_said(site: Site) -> None:
    site.enter()
    what = plan("small", wave("one", job("a", "echo mine > README.md", owns={"modify": ["README.md"]})))
    await carry_out_run(site.settings(what), DirectEngine())
    (site.repo / "README.md").write_text("theirs\n")
    run_git(site.repo, "commit", "-q", "-a", "-m", "Rewrite")
    async with opened(site, what) as live:
        session = live.session
        before = session.hub.target_tip()
        await take_in_base(live.train)
        assert session.hub.target_tip() == before
        assert "the run stays on the base it has: " in session.record.course.warnings[-1]


async def test_what_goes_on_beside_the_jobs_may_fail_and_is_logged(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    class Blind(DirectEngine):
        async def watch(self, flow_runs: Sequence[UUID], stop: StopSignal) -> None:  # noqa: ARG002
            raise RuntimeError("nothing is to be seen")

    async with opened(site, two(), Blind()) as live, kept(live) as board:
        await board.write()
    assert "what went on beside the jobs has ended: RuntimeError('nothing is to be seen')" in caplog.text


async def test_what_cannot_be_published_is_said_and_ends_nothing(site: Site) -> None:
    async with opened(site, two(merge={"push": "nowhere"})) as live:
        session = live.session
        commits = await done(live, "c")
        await land_track(session, "c", commits["c"], "one")
        await live.train.publishing.publish()
        assert "nowhere" in session.record.landings.unpublished
        assert run_git(site.repo, "rev-parse", "planwave/small/target") == session.hub.target_tip()


async def test_the_record_of_a_run_says_how_each_job_stood_and_a_full_disk_changes_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(site, two()) as live:
        session = live.session
        session.note(JobLost("a", "it broke"))
        session.note(GateAsked("one", Asked("?")))
        number = int(session.run.rpartition("-")[2])
        record = read_record(session.folder, number)
        assert (record.jobs["a"].state, record.jobs["a"].reason) == ("failed", "it broke")
        assert record.gates == {"one": "waiting for an answer"}
        (session.folder / "tries" / str(number)).rename(session.folder / "gone")
        session.note(JobLost("a", "again"))
        assert "could not be written" in caplog.text


async def test_a_refused_run_tells_why(site: Site) -> None:
    engine = DirectEngine()
    settings = site.settings(two())
    state = refuse_run(engine, settings, ChecksFailed("a", "no"))
    assert (state.kind, state.message) == (Kind.FAILED, "Refused: track 'a' merged with the target does not pass: no")
    assert engine.told[0].payload["repo"] == str(site.repo)


async def test_a_dry_run_shows_what_would_be_done_and_does_nothing(site: Site) -> None:
    site.enter()
    engine = DirectEngine()
    state = await show_schedule(site.settings(plan("small", wave("one", job("a"), job("b")))), engine)
    assert (state.kind, state.message) == (Kind.COMPLETED, "DryRun: 2 jobs would be carried out; nothing was done")
    assert "a" in str(engine.shown["small-schedule"].data)
    assert engine.told == []
    assert not list(site.home.glob("hubs/*.git"))


async def test_the_command_that_goes_on_has_the_choices_of_the_run(site: Site) -> None:
    settings = site.settings(two(), only=("a", "b"), keep_base=True, fresh=True)
    command = run_command(settings)
    assert command == f"planwave run PLAN --repo {site.repo} --approvals auto --keep-base --only a --only b"


async def test_a_commit_is_the_same_for_the_same_arguments_and_date(site: Site) -> None:
    async with opened(site, two()) as live:
        session = live.session
        git, base = session.hub.git, session.hub.base
        first, again = (write_commit(git, tree_of(git, base), [base], "Say so\n", date="1 +0000") for _ in range(2))
        assert first == again
        assert run_git(git.git_dir, "show", "-s", "--format=%s %at %P", first) == f"Say so 1 {base}"


async def test_slots_go_to_the_most_urgent_of_those_who_wait(site: Site) -> None:
    jobs = [job("short"), job("long"), job("last", needs=["long"])]
    async with opened(site, plan("small", wave("one", *jobs), limits={"jobs": 1})) as live:
        session = live.session
        slots = session.slots
        assert isinstance(slots, Slots)
        order: list[str] = []

        async def work(name: str) -> None:
            async with slots.hold(session.plan.jobs[name], session.stop):
                order.append(name)

        await asyncio.gather(work("short"), work("long"))
        assert order == ["long", "short"], "what another job waits for comes first"


def test_a_verdict_is_how_the_gate_stands() -> None:
    assert Verdict(go=True, by="auto").stand.said == "GO"
    assert Verdict(go=False, by="checks", note="no").stand.note == "no"
