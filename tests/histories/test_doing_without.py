"""Jobs that did without one that they need, as a contingency says, when that one is done later."""

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


def a_plan(site: Site) -> PlanDict:
    """b lists what it finds, also without a; c builds on b, and d on nothing."""
    a = job("a", f"test -e {site.outside}/mended; echo a > a.txt")
    b = job("b", "ls > b.txt", needs=["a"], contingency=[{"if_failed": "a", "instead": "Do without it."}])
    waves = (wave("one", a, b), wave("two", job("c", "cat b.txt > c.txt", needs=["b"]), job("d")))
    return {"version": 1, **plan(NAME, *waves)}


def run(site: Site, *, only: tuple[str, ...] = ()) -> Ended:
    return site.run(a_plan(site), Choices(only=only))


def show(site: Site, path: str) -> list[str]:
    return run_git(site.repo, "show", f"{TARGET}:{path}").split()


def started(ended: Ended) -> set[str]:
    return {event.subject for event in ended.told if event.name == "planwave.job.started"}


def warnings(ended: Ended) -> list[str]:
    return [str(event.payload["warning"]) for event in ended.told if event.name == "planwave.run.warned"]


def test_a_job_that_did_without_a_failed_one_is_done_again_with_what_builds_on_it_once_that_is_done(site: Site) -> None:
    assert started(run(site)) == {"a", "b", "c", "d"}
    assert started(run(site)) == {"a"}, "as long as the one that it needs fails, its work stays"
    (site.outside / "mended").touch()
    ended = run(site)
    assert started(ended) == {"a"}
    assert not ended.completed
    assert "job 'b' did without job 'a', which is done by now" in ended.message
    ended = run(site)
    assert ended.completed, ended.message
    assert started(ended) == {"b", "c"}
    assert any("because 'b' did without 'a', which is done by now" in said for said in warnings(ended))
    assert "a.txt" in show(site, "b.txt")
    assert "a.txt" in show(site, "c.txt")
    assert not started(run(site))


def test_a_job_that_was_asked_for_alone_and_did_without_is_done_again_when_what_it_needs_is_done(site: Site) -> None:
    (site.outside / "mended").touch()
    assert started(run(site, only=("b",))) == {"b"}
    assert not run(site).completed
    ended = run(site)
    assert ended.completed, ended.message
    assert started(ended) == {"b", "c"}
    assert "a.txt" in show(site, "b.txt")
