"""Gates: what checks say, what a person says, and what a NO-GO does."""

from pathlib import Path

import pytest

from plans.text.one_line import one_line
from tests.flows.commands import Ended, Planwave, Recorded, Running
from tests.flows.plans import PlanDict, job, passing, plan, wave
from tests.repositories import run_git

RED = passing("sh", "-c", "echo the wiring is loose; exit 6")


def gated(name: str, **gate: object) -> PlanDict:
    return plan(name, wave("one", job("a"), gate=gate), wave("two", job("b")))


def waiting(planwave: Planwave, running: Running) -> str:
    """Wait for the question of a gate, and give the flow run that is paused by it."""
    flow_run = running.wait_for("gate.asked")["flow_run"]
    planwave.wait_for_state(flow_run, "PAUSED")
    return flow_run


def answer(planwave: Planwave, flow_run: str, decision: str, note: str = "") -> str:
    body = {"run_input": {"decision": decision, "note": note}}
    return str(planwave.post(f"/flow_runs/{flow_run}/resume", body).json()["status"])


def decision(ended: Ended) -> tuple[str, str]:
    event = ended.of("gate.decided", "one")[0]
    return event["decision"], event["by"]


@pytest.mark.parametrize(("policy", "ran", "on_target"), [("stop", ["a"], "a.txt"), ("continue", ["a", "b"], "b.txt")])
def test_a_failed_check_says_no_go_and_stops_or_goes_on_as_the_plan_says(
    planwave: Planwave, repo: Path, policy: str, ran: list[str], on_target: str
) -> None:
    ended = planwave.run(gated(f"nogo-{policy}", checks=[RED], no_go=policy), repo)
    assert decision(ended) == ("NO-GO", "checks")
    assert "the wiring is loose" in ended.of("gate.decided", "one")[0]["note"]
    assert ended.subjects("job.started") == ran
    assert on_target in run_git(repo, "ls-tree", "--name-only", f"planwave/nogo-{policy}/target").splitlines()
    if policy == "stop":
        assert ended.code == 1
        assert ended.of("run.finished")[0]["outcome"] == "NO-GO"
        assert "NO-GO" in ended.err
        assert [line.split("'")[1] for line in ended.missing] == ["b"]


def test_a_no_go_run_is_found_where_prefect_looks_for_failed_ones(planwave: Planwave, repo: Path) -> None:
    ended = planwave.run(gated("found-failed", checks=[RED]), repo)
    failed = {"tags": {"all_": ["plan:found-failed"]}, "state": {"name": {"any_": ["Failed"]}}}
    found = [Recorded.of(run) for run in planwave.post("/flow_runs/filter", {"flow_runs": failed}).json()]
    assert [(run.id, run.message.partition(":")[0]) for run in found] == [(ended.flow_run, "NO-GO")]
    run, one = planwave.flow_runs(ended.flow_run)
    assert (one.state, one.message.partition(":")[0]) == ("Failed", "NO-GO")
    assert planwave.told(run.id, "prefect.flow-run.Failed") == 1, "what automations react to"


def test_a_no_go_at_the_last_gate_fails_the_run_though_all_of_it_landed(planwave: Planwave, repo: Path) -> None:
    last = plan("last-gate", wave("one", job("a")), wave("two", job("b"), gate={"checks": [RED]}))
    ended = planwave.run(last, repo)
    assert ended.code == 1
    assert ended.subjects("merge.landed") == ["a", "b"]
    assert ended.of("run.finished")[0]["outcome"] == "NO-GO"
    assert len(ended.missing) == 1
    assert "'two'" in ended.missing[0]
    assert "the wiring is loose" in ended.missing[0]
    assert one_line(ended.missing[0]) in ended.err
    again = planwave.run(last, repo)
    assert (again.code, again.subjects("job.started")) == (1, []), "nothing is left to do but what the gate asks for"


def test_a_no_go_may_roll_the_target_back_and_what_landed_is_kept(planwave: Planwave, repo: Path) -> None:
    ended = planwave.run(gated("back", checks=[RED], no_go="rollback"), repo)
    assert ended.code == 1
    hub = planwave.hub(repo)
    assert run_git(hub, "rev-parse", "refs/planwave/back/target") == run_git(repo, "rev-parse", "main")
    attic = run_git(hub, "for-each-ref", "--format=%(objectname)", "refs/planwave/attic/back/").split()
    assert ended.of("merge.landed", "a")[0]["commit"] in attic
    assert run_git(repo, "show", "planwave/back/track/a:a.txt") == "a"


def test_a_gate_says_go_when_what_was_red_is_green_in_the_next_run(planwave: Planwave, repo: Path) -> None:
    flag = planwave.folder / "flag"
    mended = gated("mended-gate", checks=[passing("test", "-f", str(flag))])
    assert planwave.run(mended, repo).code == 1
    flag.touch()
    ended = planwave.run(mended, repo)
    assert ended.code == 0, ended.err
    assert ended.subjects("job.started") == ["b"]


def test_a_person_answers_on_the_page_and_is_not_asked_twice(planwave: Planwave, repo: Path) -> None:
    human = gated("human", decide="human", question="Ship it?", checks=[passing("test", "-f", "a.txt")])
    running = planwave.start_run(human, repo)
    flow_run = waiting(planwave, running)
    assert answer(planwave, flow_run, "MAYBE") == "REJECT"
    assert answer(planwave, flow_run, "GO", "looks fine") == "ACCEPT"
    ended = running.end()
    assert ended.code == 0, ended.err
    assert decision(ended) == ("GO", "answer")
    assert ended.of("gate.decided", "one")[0]["note"] == "looks fine"
    again = planwave.run(human, repo)
    assert again.code == 0, again.err
    assert again.of("gate.asked") == []


@pytest.mark.parametrize(("on_timeout", "code"), [("go", 0), ("no-go", 1)])
def test_a_gate_that_nobody_answers_decides_at_its_deadline(
    planwave: Planwave, repo: Path, on_timeout: str, code: int
) -> None:
    ended = planwave.run(gated(f"late-{on_timeout}", decide="human", timeout="2s", on_timeout=on_timeout), repo)
    assert ended.code == code
    assert decision(ended) == (on_timeout.upper(), "deadline")
    [report] = planwave.home.glob(f"runs/*/late-{on_timeout}/report-*.md")
    assert " s of waiting for answers)" in next(line for line in report.read_text().splitlines() if "- time:" in line)


def test_no_person_is_asked_when_the_checks_say_no(planwave: Planwave, repo: Path) -> None:
    ended = planwave.run(gated("unasked", decide="human", checks=[RED]), repo)
    assert ended.of("gate.asked") == []
    assert decision(ended) == ("NO-GO", "checks")


def test_with_approvals_auto_nobody_is_asked(planwave: Planwave, repo: Path) -> None:
    ended = planwave.run(gated("auto", decide="human"), repo, "--approvals", "auto")
    assert ended.code == 0, ended.err
    assert ended.of("gate.asked") == []
    assert ended.of("gate.decided", "one")[0]["decision"] == "GO"


def test_a_person_may_say_no_go_and_is_asked_again_by_the_next_run(planwave: Planwave, repo: Path) -> None:
    human = gated("refused", decide="human")
    running = planwave.start_run(human, repo)
    assert answer(planwave, waiting(planwave, running), "NO-GO", "not today") == "ACCEPT"
    ended = running.end()
    assert ended.code == 1
    assert decision(ended) == ("NO-GO", "answer")
    assert ended.of("gate.decided", "one")[0]["note"] == "not today"
    assert ended.subjects("job.started") == ["a"]
    running = planwave.start_run(human, repo)
    assert answer(planwave, waiting(planwave, running), "GO") == "ACCEPT"
    ended = running.end()
    assert ended.code == 0, ended.err
    assert ended.subjects("job.started") == ["b"]
