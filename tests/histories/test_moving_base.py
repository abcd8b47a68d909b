"""A base that goes on while a plan is carried out, published work that another hub finds, and squash merges."""

import shutil
from pathlib import Path

import pytest

from tests.flows.plans import PlanDict, job, passing, plan, wave
from tests.histories.drafts import NAME
from tests.histories.runs import run_here
from tests.histories.site import TARGET, Choices, Ended, Site
from tests.repositories import run_git


@pytest.fixture
def site(quick: Path) -> Site:
    return Site(quick / "site", run_here)


def two_waves(*, first: PlanDict | None = None, second: str = "cat state > b.txt", **fields: object) -> PlanDict:
    waves = (wave("one", first or job("a")), wave("two", job("b", second, owns={"create": ["b.txt"]})))
    return {"version": 1, **plan(NAME, *waves, **fields)}


def run(site: Site, what: PlanDict, *options: str) -> Ended:
    return site.run(what, Choices(options=options))


def commit(site: Site, message: str, **files: str) -> str:
    """Commit files on the branch that is checked out; `_` in a name stands for a dot."""
    for name, content in files.items():
        (site.repo / name.replace("_", ".")).write_text(content)
    run_git(site.repo, "add", "-A")
    run_git(site.repo, "commit", "-q", "-m", message)
    return run_git(site.repo, "rev-parse", "HEAD")


def show(site: Site, path: str) -> str:
    return run_git(site.repo, "show", f"{TARGET}:{path}")


def told(ended: Ended, name: str) -> list[str]:
    return [str(event.payload.get("warning") or event.subject) for event in ended.told if event.name.endswith(name)]


def started(ended: Ended) -> list[str]:
    return [event.subject for event in ended.told if event.name == "planwave.job.started"]


def test_what_was_mended_on_the_base_is_taken_in_before_new_jobs_start(site: Site) -> None:
    checks = [passing("grep", "-q", "good", "state")]
    what = two_waves()
    what["waves"][0]["gate"] = {"checks": checks}  # type: ignore[index]  # JSON
    commit(site, "A broken base", state="broken\n")
    assert not run(site, what).completed
    commit(site, "Mend it", state="good\n")
    ended = run(site, what)
    assert ended.completed, ended.message
    assert told(ended, "base.taken_in") == ["main"]
    assert started(ended) == ["b"], "jobs that are done stay done"
    assert show(site, "b.txt") == "good"
    assert told(run(site, what), "base.taken_in") == []


def test_gates_that_said_go_are_judged_again_on_the_new_base(site: Site) -> None:
    what = two_waves(second="echo b > b.txt")
    what["waves"][0]["gate"] = {"checks": [passing("test", "!", "-e", "poison")]}  # type: ignore[index]  # JSON
    assert run(site, what).completed
    commit(site, "Poison it", poison="x\n")
    ended = run(site, what)
    assert not ended.completed
    assert "'one'" in ended.message


def test_jobs_of_a_wave_that_is_half_done_stand_on_the_new_base_too(site: Site) -> None:
    what = {"version": 1, **plan(NAME, wave("one", job("a"), job("b", "cat state > b.txt")))}
    assert not run(site, what).completed
    commit(site, "What was missing", state="there\n")
    assert run(site, what).completed
    assert show(site, "b.txt") == "there"


@pytest.mark.parametrize("option", ["keep_base", ""])
def test_the_run_stays_on_the_base_it_has_where_it_must_and_says_so(site: Site, option: str) -> None:
    """It must where that is asked for, and where the new base and the work conflict."""
    what = two_waves(second="true", first=job("a", "echo a > a.txt; echo mine > README.md", owns={}))
    run(site, what)
    new = commit(site, "Go on", README_md="another\n", state="new\n")
    what = two_waves(second="ls > b.txt", first=job("a", "echo a > a.txt; echo mine > README.md", owns={}))
    ended = run(site, what, *([option] if option else []))
    assert ended.completed, ended.message
    said = [warning for warning in told(ended, "run.warned") if "main has moved" in warning]
    assert len(said) == 1
    assert ("--keep-base" in said[0]) == bool(option)
    assert ("README.md" in said[0]) == (not option)
    assert "state" not in show(site, "b.txt").split()
    assert new not in run_git(site.repo, "log", "--format=%H", TARGET)


def test_a_new_base_that_does_not_pass_the_checks_of_a_merge_is_not_taken_in(site: Site) -> None:
    what = two_waves(second="ls > b.txt; false", merge={"checks": [passing("test", "!", "-e", "poison")]})
    assert not run(site, what).completed
    commit(site, "Poison it", poison="x\n")
    ended = run(site, what)
    assert any("main has moved" in said and "does not pass" in said for said in told(ended, "run.warned"))
    assert "poison" not in run_git(site.repo, "ls-tree", "--name-only", TARGET).split()


def test_a_target_that_is_built_anew_has_what_was_taken_in_before(site: Site) -> None:
    """Also where the base of now is not wanted."""
    what = two_waves()
    run(site, what)
    taken = commit(site, "What was missing", state="there\n")
    assert run(site, what).completed
    new = commit(site, "And more", more="x\n")
    ended = run(site, what, "rebuild_target", "keep_base")
    assert ended.completed, ended.message
    assert started(ended) == []
    commits = run_git(site.repo, "log", "--format=%H", TARGET).split()
    assert taken in commits
    assert new not in commits
    assert show(site, "b.txt") == "there"


def test_a_target_that_a_gate_put_back_takes_the_base_in_again(site: Site) -> None:
    what = two_waves()
    what["waves"][0]["gate"] = {"checks": [passing("test", "-e", "more")], "no_go": "rollback"}  # type: ignore[index]
    assert not run(site, what).completed
    commit(site, "What was missing", state="there\n")
    assert not run(site, what).completed
    commit(site, "And more", more="x\n")
    ended = run(site, what)
    assert ended.completed, ended.message
    assert show(site, "b.txt") == "there"


def test_work_that_was_merged_into_the_base_is_done_and_goes_on_there(site: Site) -> None:
    what = two_waves()
    assert not run(site, what).completed
    run_git(site.repo, "merge", "-q", "--no-ff", "-m", "Merge the first half", TARGET)
    commit(site, "And go on", state="there\n")
    ended = run(site, what)
    assert ended.completed, ended.message
    assert started(ended) == ["b"]
    assert show(site, "b.txt") == "there"


def test_a_job_that_was_squashed_into_the_base_before_it_landed_counts_as_landed(site: Site) -> None:
    first = job("a", "echo mine > README.md; echo a > a.txt", owns={}, track="t")
    what = two_waves(first=first, second="true", merge={"when": "end"})
    assert not run(site, what).completed
    run_git(site.repo, "checkout", "-q", f"planwave/{NAME}/track/t", "--", ".")
    commit(site, "Squash the track")
    ended = run(site, two_waves(first=first, second="echo b > b.txt", merge={"when": "end"}))
    assert ended.completed, ended.message
    assert show(site, "README.md") == "mine"
    assert started(ended) == ["b"]


@pytest.mark.parametrize("how", ["the hub is gone", "the repository has moved", "another home"])
def test_what_was_published_is_found_again_and_not_done_again(site: Site, quick: Path, how: str) -> None:
    what = two_waves()
    assert not run(site, what).completed
    if how == "the hub is gone":
        shutil.rmtree(site.home / "hubs")
    elif how == "the repository has moved":
        shutil.copytree(site.folder, quick / "moved", symlinks=True)
        site.folder = quick / "moved"
        shutil.rmtree(site.home, ignore_errors=True)
    else:
        site.shared_home = quick / "other"
    run_git(site.repo, "checkout", "-q", "-b", "elsewhere")
    run_git(site.repo, "checkout", "-q", "main")
    commit(site, "What was missing", state="there\n")
    ended = run(site, what)
    assert ended.completed, ended.message
    assert started(ended) == ["b"]
    assert any("found work of this plan" in said for said in told(ended, "run.warned"))


def test_a_gate_puts_the_target_back_to_before_what_the_wave_landed_before_the_base_was_taken_in(site: Site) -> None:
    gate = {"checks": [passing("test", "!", "-e", "b.txt")], "no_go": "rollback"}
    what = {"version": 1, **plan(NAME, wave("one", job("a"), job("b"), gate=gate))}
    assert site.run(what, Choices(only=("a",))).completed
    commit(site, "Go on", state="x\n")
    for _ in range(2):
        assert "rolled back" in run(site, what).message
        assert not {"a.txt", "b.txt"} & {*run_git(site.repo, "ls-tree", "--name-only", TARGET).split()}
    what["waves"][0]["gate"] = {}  # type: ignore[index]  # JSON
    ended = run(site, what)
    assert ended.completed, ended.message
    assert started(ended) == []
    assert {"a.txt", "b.txt", "state"} <= {*run_git(site.repo, "ls-tree", "--name-only", TARGET).split()}


def test_a_target_that_is_built_anew_has_what_it_had_where_the_base_of_now_does_not_pass(site: Site) -> None:
    what = two_waves(second="echo b > b.txt", merge={"checks": [passing("test", "!", "-e", "poison")]})
    run(site, what)
    commit(site, "Go on", state="x\n")
    assert run(site, what).completed
    commit(site, "Poison it", poison="x\n")
    ended = run(site, what, "rebuild_target")
    assert ended.completed, ended.message
    assert any("main has moved" in said and "does not pass" in said for said in told(ended, "run.warned"))
    assert show(site, "state") == "x"


def test_a_base_that_was_put_back_is_told(site: Site) -> None:
    first = run_git(site.repo, "rev-parse", "HEAD")
    second = commit(site, "Go on", state="x\n")
    assert run(site, two_waves(base=second)).completed
    ended = run(site, two_waves(base=first))
    assert [said for said in told(ended, "run.warned") if f"is before {second[:10]}" in said and "--fresh" in said]


def test_a_plan_that_starts_over_keeps_the_base_that_was_fetched(site: Site) -> None:
    what = two_waves()
    run(site, what)
    before = site.git_in_hub("rev-parse", f"refs/planwave/{NAME}/user-base")
    ended = site.run(what, Choices(options=("fresh",)))
    assert site.git_in_hub("rev-parse", f"refs/planwave/{NAME}/user-base") == before, ended.message
    assert "user-base" not in site.git_in_hub("for-each-ref", "refs/planwave/attic/")
