"""Jobs that fail, in every way: what is tried again, what is kept, what is said, and what goes on."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from plans.text.one_line import one_line
from tests.flows.commands import Ended, Planwave
from tests.flows.plans import PlanDict, job, passing, plan, wave
from tests.repositories import make_repository, run_git

ONCE = """
    if [ "$PLANWAVE_ATTEMPT" = 1 ]; then echo half > {name}.txt; echo "the build is red"; exit 3; fi
    cp "$PLANWAVE_PROMPT_FILE" {name}.txt
"""
ASK = """
    echo x > {changed}
    echo '{{"paths": ["{path}"], "reason": "There is no other way."}}' > "$PLANWAVE_OUTBOX/scope.json"
"""
LATER = """
    if [ "$PLANWAVE_ATTEMPT" = 1 ]; then echo 0.1 > "$PLANWAVE_OUTBOX/retry-after"; exit 75; fi
    echo done > later.txt
"""


def failing() -> PlanDict:
    """Return a plan of one job for each way to fail, each alone on its track, and of two that do not fail."""
    jobs = [
        job("flaky", ONCE.format(name="flaky"), retries=1),
        job("later", LATER, title="Comes later", retries=0),
        job("broken", "echo begun > broken.txt; echo this is why; exit 9", retries=1),
        job("slow", "echo begun > slow.txt; sleep 600", timeout="1s"),
        job("silent", "echo hello; sleep 600", stall_timeout="1s"),
        job("straying", "echo x > straying.txt; echo x > other.txt; echo x >> README.md", retries=0),
        job("asking", ASK.format(path="asked-for.txt", changed="asked-for.txt"), retries=0),
        job("grasping", ASK.format(path="met.txt", changed="met.txt"), retries=0),
        job("allowed", "echo x > allowed.txt; echo x > besides.txt", out_of_scope="allow"),
        job("unmet", criteria=["It is good", passing("sh", "-c", "echo not good; exit 4")]),
        job("met", criteria=[passing("grep", "-q", "met", "met.txt")]),
        job("missing", run=["no-such-program-anywhere"]),
        job("after", needs=["broken"]),
        job("after-that", needs=["after"]),
        job("fine", needs=["met"]),
    ]
    return plan("failing", wave("only", *jobs), wave("never", job("next")), limits={"jobs": 16})


@dataclass(frozen=True)
class Outcome:
    planwave: Planwave
    repo: Path
    ended: Ended

    @property
    def hub(self) -> Path:
        return self.planwave.hub(self.repo)

    def reason(self, name: str) -> str:
        return self.ended.of("job.failed", name)[0]["reason"]

    def kept(self, name: str, attempt: int, path: str) -> str:
        return run_git(self.hub, "show", f"refs/planwave/rescue/failing/{name}/{attempt}:{path}")

    def missing(self, name: str) -> list[str]:
        return [line for line in self.ended.missing if line.startswith(f"job '{name}'")]


@pytest.fixture(scope="module")
def outcome(module_planwave: Planwave) -> Outcome:
    repo = module_planwave.folder / "failing"
    make_repository(repo)
    return Outcome(module_planwave, repo, module_planwave.run(failing(), repo))


def test_a_run_in_which_jobs_failed_ends_with_status_1_and_says_what_is_missing(outcome: Outcome) -> None:
    assert outcome.ended.code == 1
    assert outcome.ended.out.splitlines()[-1].startswith('{"event": "planwave.run.finished"')
    lost = ("broken", "slow", "silent", "straying", "grasping", "unmet", "missing", "after", "after-that", "next")
    assert [line.split("'")[1] for line in outcome.ended.missing if line.startswith("job ")] == list(lost)
    assert all(one_line(line) in outcome.ended.err for line in outcome.missing("broken"))
    assert "next:\n  - see what 'broken' printed: `planwave logs broken --run " in outcome.ended.err


def test_a_job_that_failed_is_tried_again_with_the_reason_in_its_prompt(outcome: Outcome) -> None:
    assert [event["attempt"] for event in outcome.ended.of("job.started", "flaky")] == [1, 2]
    prompt = run_git(outcome.repo, "show", "planwave/failing/track/flaky:flaky.txt")
    assert "Why the last attempt failed (this is attempt 2)" in prompt
    assert "exited with status 3" in prompt
    assert "the build is red" in prompt


def test_what_a_failed_attempt_left_is_kept_in_a_rescue_ref_and_not_in_the_next_one(outcome: Outcome) -> None:
    assert outcome.kept("flaky", 1, "flaky.txt") == "half"
    assert [outcome.kept("broken", attempt, "broken.txt") for attempt in (1, 2)] == ["begun", "begun"]


def test_the_attempt_is_in_the_trailers(outcome: Outcome) -> None:
    said = "--format=%(trailers:key=Plan-Attempt,valueonly,separator=)"
    assert run_git(outcome.repo, "log", "-1", said, "planwave/failing/track/flaky") == "2"


def test_a_job_that_fails_every_attempt_fails_with_its_status_and_its_last_words(outcome: Outcome) -> None:
    assert len(outcome.ended.of("job.started", "broken")) == 2
    assert "exited with status 9" in outcome.reason("broken")
    assert "this is why" in outcome.reason("broken")


def test_what_needs_a_failed_job_is_skipped_all_the_way_and_the_rest_goes_on(outcome: Outcome) -> None:
    assert {"after", "after-that", "next"}.isdisjoint(outcome.ended.subjects("job.started"))
    assert "skipped" in outcome.missing("after")[0]
    assert "broken" in outcome.missing("after")[0]
    assert {"flaky", "later", "asking", "allowed", "met", "fine"} == set(outcome.ended.subjects("job.completed"))


def test_the_gate_of_a_wave_with_failed_jobs_says_no_go(outcome: Outcome) -> None:
    gate = outcome.ended.of("gate.decided", "only")[0]
    assert gate["decision"] == "NO-GO"
    assert "broken" in gate["note"]
    assert "NO-GO" in outcome.ended.err


def test_asking_for_patience_spends_no_attempt_and_shows_as_a_task_of_its_own(outcome: Outcome) -> None:
    assert len(outcome.ended.of("job.postponed", "later")) == 1
    assert outcome.ended.of("job.failed", "later") == []
    shown = outcome.planwave.recorded_tasks(outcome.ended.flow_run, "Comes later", "Comes later #2")
    said = {each.name: (each.state, each.message.partition(":")[0]) for each in shown}
    assert said["Comes later"] == ("Completed", "Postponed")
    assert said["Comes later #2"][0] == "Completed"


def test_a_job_that_takes_too_long_is_ended_and_its_work_kept(outcome: Outcome) -> None:
    assert "the longest it may take" in outcome.reason("slow")
    assert outcome.kept("slow", 1, "slow.txt") == "begun"


def test_a_job_that_falls_silent_is_ended(outcome: Outcome) -> None:
    assert "no output for too long" in outcome.reason("silent")


def test_a_job_that_changes_what_it_does_not_own_fails_with_the_paths(outcome: Outcome) -> None:
    assert "README.md, other.txt" in outcome.reason("straying")
    assert outcome.kept("straying", 1, "other.txt") == "x"


def test_a_job_that_asks_is_granted_what_nobody_owns_and_that_is_told(outcome: Outcome) -> None:
    said = "--format=%(trailers:key=Plan-Granted,valueonly,separator=)"
    assert run_git(outcome.repo, "log", "-1", said, "planwave/failing/track/asking") == '["asked-for.txt"]'
    report = outcome.planwave.call("report", "failing")
    assert "job 'asking' was granted what nobody owns: asked-for.txt; its reason: There is no other way." in report.out


def test_a_job_that_asks_for_what_another_owns_fails_and_is_told_why(outcome: Outcome) -> None:
    assert "it asked for what others own or nobody may change: met.txt" in outcome.reason("grasping")


def test_a_job_may_be_allowed_to_leave_its_scope(outcome: Outcome) -> None:
    assert run_git(outcome.repo, "show", "planwave/failing/track/allowed:besides.txt") == "x"


def test_a_criterion_is_checked_by_planwave_and_fails_the_job_with_the_checks_words(outcome: Outcome) -> None:
    assert "exited with status 4" in outcome.reason("unmet")
    assert "not good" in outcome.reason("unmet")


def test_a_program_that_is_not_installed_fails_the_job_at_once(outcome: Outcome) -> None:
    assert "no-such-program-anywhere" in outcome.reason("missing")


def test_the_page_of_the_run_names_each_failure(outcome: Outcome) -> None:
    names = ("broken", "slow", "silent", "straying", "unmet", "missing")
    shown = {each.name: each for each in outcome.planwave.recorded_tasks(outcome.ended.flow_run, *names)}
    assert {shown[name].state for name in names} == {"Failed"}, "the name that filters and automations know"
    expected = ("AgentFailed", "TimedOut", "Stalled", "OutOfScope", "CriteriaUnmet", "AgentMissing")
    assert [shown[name].message.partition(":")[0] for name in names] == list(expected)


def test_what_is_done_lands_although_other_tracks_failed(outcome: Outcome) -> None:
    assert "met" in outcome.ended.subjects("merge.landed")
    assert run_git(outcome.repo, "show", "planwave/failing/target:fine.txt") == "fine"


def test_an_optional_track_and_a_contingency_let_the_run_get_done(planwave: Planwave, repo: Path) -> None:
    covered = {"if_failed": "redis", "instead": "Use a mock client"}
    jobs = [
        job("extra", "exit 1", track="side"),
        job("redis", "exit 1"),
        job("health", 'cp "$PLANWAVE_PROMPT_FILE" health.txt', needs=["redis"], contingency=[covered]),
    ]
    excused = plan("excused", wave("one", *jobs), wave("two", job("next")), tracks=[{"id": "side", "optional": True}])
    ended = planwave.run(excused, repo)
    assert sorted(ended.subjects("job.completed")) == ["health", "next"]
    assert ended.of("gate.decided", "one")[0]["decision"] == "GO"
    assert "Use a mock client" in run_git(repo, "show", "planwave/excused/target:health.txt")
    assert ended.code == 1, "exit 0 is for runs in which every job is done"
    assert {line.split("'")[1] for line in ended.missing} == {"extra", "redis"}


def test_a_wave_that_fails_fast_ends_its_running_jobs_and_keeps_their_work(planwave: Planwave, repo: Path) -> None:
    begun = planwave.folder / "begun"
    jobs = [
        job("long", f"echo half > long.txt; touch {begun}; sleep 600"),
        job("bad", f"until test -f {begun}; do sleep 0.02; done; exit 1"),
        job("behind", needs=["long"]),
    ]
    ended = planwave.run(plan("fast", wave("one", *jobs, fail_fast=True)), repo)
    assert ended.code == 1
    assert ended.subjects("job.stopped") == ["long"]
    assert run_git(planwave.hub(repo), "show", "refs/planwave/rescue/fast/long/1:long.txt") == "half"


def test_a_wave_that_fails_fast_starts_nothing_more_where_one_job_runs_at_a_time(
    planwave: Planwave, repo: Path
) -> None:
    jobs = [job("bad", "exit 1"), *(job(name) for name in ("a", "b", "c"))]
    narrow = plan("fast-narrow", wave("one", *jobs, fail_fast=True), wave("two", job("d")), limits={"jobs": 1})
    ended = planwave.run(narrow, repo)
    assert ended.code == 1, ended.err
    assert ended.subjects("job.started") == ["bad"]
    assert [line.split("'")[1] for line in ended.missing if line.startswith("job ")] == ["bad", "a", "b", "c", "d"]


def test_being_asked_for_patience_leaves_all_retries_for_failures(planwave: Planwave, repo: Path) -> None:
    """The job asks for patience twice, fails, asks again, and then does it: with one retry that must do."""
    told = planwave.folder / "told"
    script = f"""
        echo x >> {told}
        wait() {{ echo 0.1 > "$PLANWAVE_OUTBOX/retry-after"; exit 75; }}
        case $(wc -l < {told}) in 1|2|4) wait;; 3) exit 3;; esac
        echo a > a.txt
    """
    ended = planwave.run(plan("patient", wave("one", job("a", script, retries=1))), repo)
    assert ended.code == 0, ended.err
    told_of_a = [event["event"].removeprefix("planwave.job.") for event in ended.events if event["subject"] == "a"]
    turns = ["postponed", "postponed", "retried", "postponed", "completed"]
    assert [name for name in told_of_a if name in turns] == turns
    shown = planwave.recorded_tasks(ended.flow_run, "a", "a #2", "a #3", "a #4")
    assert {each.state for each in shown if each.name == "a #4"} == {"Completed"}
