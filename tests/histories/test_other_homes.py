"""A plan whose runs take turns between two homes, and one that starts over where its hub is not there any more."""

import shutil
from pathlib import Path

import pytest

from tests.flows.plans import PlanDict, job, plan, wave
from tests.histories.drafts import NAME
from tests.histories.runs import run_here
from tests.histories.site import TARGET, Choices, Ended, Site
from tests.repositories import run_git


@pytest.fixture
def site(quick: Path) -> Site:
    return Site(quick / "site", run_here)


def a_plan(*jobs: PlanDict, **fields: object) -> PlanDict:
    return {"version": 1, **plan(NAME, wave("one", *jobs), **fields)}


def run(site: Site, what: PlanDict, *options: str, home: Path | None = None) -> Ended:
    site.shared_home = home
    return site.run(what, Choices(options=options))


def held(site: Site) -> set[str]:
    return {*run_git(site.repo, "ls-tree", "--name-only", TARGET).split()}


def started(ended: Ended) -> list[str]:
    return [event.subject for event in ended.told if event.name == "planwave.job.started"]


def warnings(ended: Ended) -> str:
    return " ".join(str(event.payload["warning"]) for event in ended.told if event.name == "planwave.run.warned")


def test_a_target_that_was_rebuilt_from_another_home_is_gone_on_from(site: Site, quick: Path) -> None:
    assert run(site, a_plan(job("a"), job("b"))).completed
    assert run(site, a_plan(job("a")), "rebuild_target", home=quick / "other").completed
    ended = run(site, a_plan(job("a"), job("c", "ls > c.txt")))
    assert ended.completed, ended.message
    assert "found work of this plan" in warnings(ended)
    assert started(ended) == ["c"]
    assert "b.txt" not in run_git(site.repo, "show", f"{TARGET}:c.txt").split()
    assert "c.txt" in held(site)
    assert run(site, a_plan(job("a"), job("c", "ls > c.txt")), home=quick / "other").completed


def test_work_of_two_homes_that_was_not_published_is_called_what_it_is(site: Site, quick: Path) -> None:
    def written(word: str) -> PlanDict:
        return a_plan(job("a", f"echo {word} > a.txt"), job("b", "false"), merge={"when": "end"})

    run(site, written("one"))
    run_git(site.repo, "checkout", "-q", f"planwave/{NAME}/track/a")
    assert "was not published" in run(site, written("two")).message
    run_git(site.repo, "checkout", "-q", "main")
    run(site, written("three"), home=quick / "other")
    ended = run(site, written("two"))
    assert ended.state == "Refused"
    assert "with work of this plan that another hub published" in ended.message
    assert run(site, a_plan(job("c")), "fresh").completed


def test_what_another_home_took_in_from_the_base_is_not_called_left_over(site: Site, quick: Path) -> None:
    assert not run(site, a_plan(job("a"), job("b", "false"))).completed
    (site.repo / "state").write_text("x\n")
    run_git(site.repo, "add", "state")
    run_git(site.repo, "commit", "-q", "-m", "Go on")
    assert not run(site, a_plan(job("a"), job("b", "false")), home=quick / "other").completed
    ended = run(site, a_plan(job("a"), job("b")), "keep_base")
    assert ended.completed, ended.message
    assert "--keep-base" not in warnings(ended), "it has the new base"
    assert {"a.txt", "b.txt", "state"} <= held(site)


def test_a_plan_whose_hub_is_gone_starts_over_and_keeps_what_was_published(site: Site) -> None:
    assert run(site, a_plan(job("a"), job("b"))).completed
    before = run_git(site.repo, "rev-parse", TARGET)
    shutil.rmtree(site.home / "hubs")
    ended = run(site, a_plan(job("c")), "fresh")
    assert ended.completed, ended.message
    assert "it is kept in the attic" in warnings(ended)
    assert held(site) >= {"c.txt"}
    assert not held(site) & {"a.txt", "b.txt"}
    attic = site.git_in_hub("for-each-ref", "--format=%(objectname)", f"refs/planwave/attic/{NAME}/*/target")
    assert before in attic.split()
