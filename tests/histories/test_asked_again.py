"""Later waves that are asked for again, more than once, in runs that do not get that far, and without their agents."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.home import Home
from tasks.ledger.standing import peek
from tests.flows.plans import PlanDict, job, plan, wave
from tests.histories.drafts import NAME
from tests.histories.runs import run_here
from tests.histories.site import TARGET, Choices, Ended, Site
from tests.repositories import run_git


@pytest.fixture
def site(quick: Path) -> Site:
    return Site(quick / "site", run_here)


def a_plan(site: Site, word: str) -> PlanDict:
    """b, in the second wave, leaves how often it has run."""
    count = site.outside / "count"
    b = job("b", f"echo x >> {count}; wc -l < {count} > b.txt")
    return {"version": 1, **plan(NAME, wave("one", job("a", f"echo {word} > a.txt")), wave("two", b))}


def run(site: Site, what: Mapping[str, object], *options: str, only: tuple[str, ...] = ()) -> Ended:
    return site.run(dict(what), Choices(only=only, options=options))


def test_a_job_that_is_asked_for_again_a_second_time_runs_again_also_in_a_later_run(site: Site) -> None:
    assert run(site, a_plan(site, "one")).completed
    assert run(site, a_plan(site, "two"), "redo_later_waves").completed
    run(site, a_plan(site, "three"), "redo_later_waves", only=("a",))
    standing = peek(site.repo, Plan.model_validate(a_plan(site, "three")), Home(site.home)).jobs
    assert (standing["a"].state, standing["b"].state) == ("done", "changed")
    ended = run(site, a_plan(site, "three"))
    assert ended.completed, ended.message
    assert run_git(site.repo, "show", f"{TARGET}:b.txt") == "3", "what it did at first is not what was asked for"


def test_asking_for_later_waves_again_without_their_agents_moves_nothing(site: Site) -> None:
    agents = {"agents": {"default": {"kind": "command", "run": ["sh", "-c", "echo b > b.txt"]}}}
    b: PlanDict = {"id": "b", "prompt": "Do it.", "owns": {"create": ["b.txt"]}}
    first, second = (
        {"version": 1, **plan(NAME, wave("one", job("a", f"echo {n} > a.txt")), wave("two", b))} for n in "12"
    )
    assert run(site, {**first, **agents}).completed
    before = site.git_in_hub("for-each-ref")
    ended = run(site, second, "redo_later_waves")
    assert ended.state == "Refused"
    assert "the plan does not say who does job 'b'" in ended.message
    assert site.git_in_hub("for-each-ref") == before
