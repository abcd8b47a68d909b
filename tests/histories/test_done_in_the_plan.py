"""Jobs that the document calls done after they ran, and runs of a part of the plan where work is to be made anew."""

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


def written(*waves: PlanDict, **fields: object) -> PlanDict:
    return {"version": 1, **plan(NAME, *waves, **fields)}


def run(site: Site, what: PlanDict, *options: str, only: tuple[str, ...] = ()) -> Ended:
    return site.run(what, Choices(only=only, options=options))


def held(site: Site) -> list[str]:
    return run_git(site.repo, "ls-tree", "--name-only", TARGET).split()


def started(ended: Ended) -> list[str]:
    return [event.subject for event in ended.told if event.name == "planwave.job.started"]


def test_a_finished_job_that_is_ticked_off_before_its_track_landed_lands(site: Site) -> None:
    assert not run(site, written(wave("one", job("a"), job("b", "false")), merge={"when": "end"})).completed
    ended = run(site, written(wave("one", job("a", done=True), job("b")), merge={"when": "end"}))
    assert ended.completed, ended.message
    assert started(ended) == ["b"]
    assert {"a.txt", "b.txt"} <= {*held(site)}


def test_a_job_that_is_done_elsewhere_has_nothing_to_land(site: Site) -> None:
    ended = run(site, written(wave("one", job("a", done=True), job("b"))))
    assert ended.completed, ended.message
    assert started(ended) == ["b"]


def test_a_rebuilt_target_holds_the_work_of_jobs_that_were_ticked_off(site: Site) -> None:
    assert run(site, written(wave("one", job("a"), job("b"), job("c")))).completed
    ended = run(site, written(wave("one", job("a", done=True), job("b"))), "rebuild_target")
    assert ended.completed, ended.message
    assert started(ended) == []
    assert {"a.txt", "b.txt"} <= {*held(site)}


def test_a_ticked_off_job_does_not_run_where_its_work_cannot_be_made_anew(site: Site) -> None:
    """It stands on what a job left over had made, so that its own change goes nowhere else."""
    b = job("b", "echo b >> a.txt", needs=["a"], owns={"modify": ["a.txt"]})
    assert run(site, written(wave("one", job("a"), b))).completed
    b = job("b", "echo b >> a.txt", owns={"modify": ["a.txt"]}, done=True)
    ended = run(site, written(wave("one", b, job("c"))), "rebuild_target")
    assert not ended.completed
    assert "the work of job 'b' from before does not fit" in ended.message
    assert started(ended) == ["c"]


def test_a_target_that_is_rebuilt_by_a_run_of_one_job_holds_the_work_of_all_done_ones(site: Site) -> None:
    what = written(wave("one", job("a"), job("b")), wave("two", job("c")))
    assert run(site, what).completed
    ended = run(site, what, "rebuild_target", only=("a",))
    assert ended.completed, ended.message
    assert {"a.txt", "b.txt", "c.txt"} <= {*held(site)}
    assert started(run(site, what)) == []


def test_a_target_that_is_rebuilt_in_a_mode_says_what_the_mode_leaves_out_and_nothing_is_done_twice(site: Site) -> None:
    what = written(
        wave("one", job("a", track="t1"), job("b", track="t2")),
        wave("two", job("c", needs=["b"], track="t2")),
        modes={"small": {"tracks": ["t1"]}},
    )
    assert run(site, what).completed
    for options in (("rebuild_target",), ()):
        ended = site.run(what, Choices(mode="small", options=options))
        assert not ended.completed
        assert "the work of job 'b', which the mode leaves out, is not on the target" in ended.message
    ended = run(site, what)
    assert ended.completed, ended.message
    assert started(ended) == []
    assert {"a.txt", "b.txt", "c.txt"} <= {*held(site)}
    assert site.run(what, Choices(mode="small")).completed
