"""Landing: what conflicts or does not pass never lands, and the rest does what the plan says."""

from pathlib import Path

import pytest

from tests.flows.commands import Planwave
from tests.flows.plans import PlanDict, job, passing, plan, wave
from tests.repositories import run_git

EDIT = "printf 'a0 = \"{name}\"\\n' > src/a.py; echo {name} > {name}.txt"
"""Edits of two jobs to the same lines of one file."""


def colliding(name: str, policy: str) -> PlanDict:
    jobs = [job(each, EDIT.format(name=each), owns={}) for each in ("one", "two")]
    merge = {"order": ["one", "two", "three"], "on_conflict": policy}
    return plan(name, wave("only", *jobs, job("three")), merge=merge)


def landed(repo: Path, target: str) -> list[str]:
    said = "--format=%(trailers:key=Plan-Merge,valueonly,separator=)"
    return run_git(repo, "log", "--first-parent", "--reverse", said, f"main..{target}").splitlines()


def test_a_conflict_stops_the_landings_and_names_the_paths_and_both_sides(planwave: Planwave, repo: Path) -> None:
    ended = planwave.run(colliding("clash", "stop"), repo)
    assert ended.code == 1
    assert landed(repo, "planwave/clash/target") == ["one"]
    reason = ended.of("merge.failed", "two")[0]["reason"]
    assert all(word in reason for word in ("src/a.py", "'two'", "one"))
    assert any("track 'two' did not land" in line and "src/a.py" in line for line in ended.missing)
    assert any("track 'three' did not land" in line for line in ended.missing)
    assert sorted(ended.subjects("job.completed")) == ["one", "three", "two"]


def test_a_conflict_may_be_skipped_so_that_the_others_land(planwave: Planwave, repo: Path) -> None:
    ended = planwave.run(colliding("dodge", "skip"), repo)
    assert ended.code == 1
    assert landed(repo, "planwave/dodge/target") == ["one", "three"]
    assert ended.of("gate.decided", "only")[0]["decision"] == "GO"
    assert [line for line in ended.missing if "did not land" in line] == ended.missing
    assert len(ended.missing) == 1
    assert run_git(repo, "show", "planwave/dodge/track/two:two.txt") == "two"


CHECK = "test ! -f two.txt || (echo 'the tests are red'; seq 200; echo 'last line'; exit 5)"


def checked(name: str, policy: str) -> PlanDict:
    merge = {"order": ["one", "two", "three"], "on_failed_check": policy, "checks": [passing("sh", "-c", CHECK)]}
    return plan(name, wave("only", job("one"), job("two"), job("three")), merge=merge)


@pytest.mark.parametrize(("policy", "expected"), [("stop", ["one"]), ("skip", ["one", "three"])])
def test_what_does_not_pass_merged_never_lands(
    planwave: Planwave, repo: Path, policy: str, expected: list[str]
) -> None:
    ended = planwave.run(checked(f"red-{policy}", policy), repo)
    assert ended.code == 1
    assert landed(repo, f"planwave/red-{policy}/target") == expected
    reason = ended.of("merge.failed", "two")[0]["reason"]
    assert "exited with status 5" in reason
    assert "last line" in reason


def test_the_checks_of_a_merge_see_the_merged_tree_of_each_landing(planwave: Planwave, repo: Path) -> None:
    seen = planwave.folder / "seen"
    check = passing("sh", "-c", f"ls *.txt | tr '\\n' ' ' >> {seen}; echo >> {seen}")
    merge = {"order": ["c", "b", "a"], "checks": [check]}
    ended = planwave.run(plan("looked", wave("only", job("a"), job("b"), job("c")), merge=merge), repo)
    assert ended.code == 0, ended.err
    trees = [line.split() for line in seen.read_text().splitlines()]
    assert trees == [["c.txt"], ["b.txt", "c.txt"], ["a.txt", "b.txt", "c.txt"]]


def test_tracks_may_all_land_once_at_the_end(planwave: Planwave, repo: Path) -> None:
    waves = [wave("one", job("a1", track="a"), job("b1", track="b")), wave("two", job("a2", track="a"))]
    ended = planwave.run(plan("late", *waves, merge={"when": "end", "order": ["b", "a"]}), repo)
    assert ended.code == 0, ended.err
    assert landed(repo, "planwave/late/target") == ["b", "a"]
    names = [(event["event"].removeprefix("planwave."), event["subject"]) for event in ended.events]
    assert names.index(("job.completed", "a2")) < names.index(("merge.landed", "b"))


def test_a_half_done_train_goes_on_when_the_conflict_is_gone(planwave: Planwave, repo: Path) -> None:
    assert planwave.run(colliding("mended", "stop"), repo).code == 1
    fixed = colliding("mended", "stop")
    jobs = [job("one", EDIT.format(name="one"), owns={}), job("two", owns={}), job("three")]
    ended = planwave.run({**fixed, "waves": [wave("only", *jobs)]}, repo)
    assert ended.subjects("job.started") == ["two"]
    assert ended.code == 0, ended.err
    assert landed(repo, "planwave/mended/target") == ["one", "two", "three"]


def test_a_remote_gets_the_target_and_the_tracks_where_the_plan_names_it(planwave: Planwave, repo: Path) -> None:
    remote = planwave.folder / "remote.git"
    run_git(planwave.folder, "init", "-q", "--bare", str(remote))
    run_git(repo, "remote", "add", "origin", str(remote))
    ended = planwave.run(plan("pushed", wave("only", job("a")), merge={"push": "origin"}), repo)
    assert ended.code == 0, ended.err
    for branch in ("target", "track/a"):
        tip = run_git(repo, "rev-parse", f"planwave/pushed/{branch}")
        assert run_git(remote, "rev-parse", f"planwave/pushed/{branch}") == tip


def test_a_remote_that_is_not_there_makes_the_run_end_with_status_1_and_its_work_kept(
    planwave: Planwave, repo: Path
) -> None:
    ended = planwave.run(plan("unpushed", wave("only", job("a")), merge={"push": "nowhere"}), repo)
    assert ended.code == 1
    assert "no remote 'nowhere'" in ended.err
    assert run_git(repo, "show", "planwave/unpushed/target:a.txt") == "a"


def test_a_merge_whose_checks_cannot_be_recorded_never_lands_until_they_can(planwave: Planwave, repo: Path) -> None:
    """A file stands where the folder of the checks' logs should be."""
    checks = planwave.hub(repo).parents[1] / "runs" / planwave.hub(repo).stem / "unwritten" / "checks"
    checks.parent.mkdir(parents=True)
    checks.write_text("in the way")
    merge = {"order": ["one", "two"], "checks": [passing("true")]}
    unwritten = plan("unwritten", wave("only", job("one"), job("two")), merge=merge)
    ended = planwave.run(unwritten, repo)
    assert ended.code == 1
    assert run_git(repo, "branch", "--list", "planwave/unwritten/target") == ""
    assert sorted(ended.subjects("job.completed")) == ["one", "two"]
    assert any("track 'one' did not land" in line and str(checks) in line for line in ended.missing), ended.missing
    assert "Traceback" not in ended.err
    checks.unlink()
    again = planwave.run(unwritten, repo)
    assert again.code == 0, again.err
    assert again.subjects("job.started") == []
    assert landed(repo, "planwave/unwritten/target") == ["one", "two"]
