"""`planwave attic`, on a real repository and hub."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from deployments.cli.guard import FAILED, USAGE, guarded
from plans.read import read_plan
from tasks.home import Home
from tasks.run.opening import open_hub
from tests.repositories import make_repository, run_git

TEXT = "version: 1\nname: small\nwaves: [{id: w, jobs: [{id: one, prompt: x}]}]\n"


class Ended(NamedTuple):
    status: int
    out: str
    err: str


Planwave = Callable[..., Ended]


@pytest.fixture
def planwave(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Planwave:
    """The command line, standing in a repository with a plan that was run and started over."""
    repo = tmp_path / "project"
    make_repository(repo)
    monkeypatch.chdir(repo)
    Path("plan.yaml").write_text(TEXT)
    plan = read_plan(TEXT, "plan.yaml").plan
    with open_hub(repo, plan, home) as hub:
        hub.move_ref(hub.target_ref, hub.base, None)
        hub.move_ref(hub.track_ref("one"), hub.base, None)
    with open_hub(repo, plan, home, fresh=True) as hub:
        hub.fresh()

    def run(*arguments: str) -> Ended:
        status = guarded(("attic", *arguments))
        said = capsys.readouterr()
        return Ended(status, said.out, said.err)

    return run


def test_what_is_kept_is_listed_with_its_number_date_commit_and_subject(planwave: Planwave) -> None:
    heads, target, track = planwave("list").out.splitlines()
    assert heads.split() == ["plan", "number", "moved", "away", "what", "commit"]
    commit = run_git(Path(), "rev-parse", "--short=10", "HEAD")
    for line, what in ((target, "target"), (track, "track one")):
        assert line.split("  ")[0] == "small"
        assert f"  {what}" in line
        assert commit in line
    assert planwave("list", "plan.yaml").out == planwave("list", "small").out == planwave("list").out
    assert len(planwave("list", "--all").out.splitlines()) > 3
    (entry,) = json.loads(planwave("list", "--json").out)
    assert (entry["plan"], entry["number"]) == ("small", 1)
    assert {kept["name"] for kept in entry["kept"]} >= {"base", "target", "track/one"}


def test_nothing_kept_is_said(planwave: Planwave) -> None:
    ended = planwave("list", "other")
    assert (ended.status, ended.out) == (0, "")
    assert ended.err.startswith("nothing is in the attic of plan 'other' for ")


def test_a_branch_is_made_once_and_never_moved(planwave: Planwave) -> None:
    assert planwave("restore", "small", "1").out.startswith("attic/small/1/target: ")
    assert planwave("restore", "plan.yaml", "1", "--track", "one", "--branch", "old").out.startswith("old: ")
    tips = run_git(Path(), "for-each-ref", "refs/heads")
    ended = planwave("restore", "small", "1")
    assert ended.status == FAILED
    assert "has a branch 'attic/small/1/target' already\n    hint: give another name with --branch" in ended.err
    assert run_git(Path(), "for-each-ref", "refs/heads") == tips


def test_a_plan_is_put_back_and_that_can_be_undone(planwave: Planwave) -> None:
    told = planwave("restore", "plan.yaml", "1", "--as-was")
    assert "plan 'small' is as it was" in told.out
    assert "what it was until now is number 2" in told.out
    assert planwave("restore", "plan.yaml", "2", "--as-was").status == 0


def test_what_makes_no_sense_together_is_wrong_usage(planwave: Planwave) -> None:
    assert planwave("restore", "small", "1", "--as-was", "--branch", "x").status == USAGE
    assert planwave("restore", "small", "one").status == USAGE
    assert planwave("restore", "small", "5").status == FAILED
