"""What was moved out of the way is listed, and had back without touching anything of the user's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.errors import PlanBusy, RepositoryUnusable
from tasks.home import Home
from tasks.hub.attic import Attic, NotInAttic, open_attic
from tasks.hub.hub import Hub
from tasks.hub.publish import publish
from tasks.ledger.ledger import JobWorkDone, commit_job, land
from tasks.run.opening import open_hub
from tests.repositories import fingerprint, run_git

TARGET = "planwave/small/target"


@pytest.fixture
def plan(make_plan: Callable[..., Plan]) -> Plan:
    return make_plan({"id": "one", "track": "t"}, {"id": "two"}, tracks=[{"id": "t"}])


def work(hub: Hub, job: str, track: str) -> str:
    """Do a job, and land it."""
    tree = hub.git.text("rev-parse", f"{hub.target_tip()}^{{tree}}")
    done = JobWorkDone(job=job, digest="1", track=track, wave="w", attempt=1, duration_s=1.0, agent="sh", run="run-1")
    tip = hub.track_tip(track)
    commit = commit_job(hub, done, tree=tree, parent=hub.target_tip(), expected_tip=tip, title=f"Job {job}").commit
    land(hub, commit, hub.target_tip())
    return commit


def without_branches(repo: Path) -> dict[str, str]:
    """Return what a checkout and its `.git` hold, but for its branches."""
    heads = (".git/refs/heads/", ".git/logs/refs/heads/")
    return {name: value for name, value in fingerprint(repo).items() if not name.startswith(heads)}


@pytest.fixture
def first(user_repo: Path, plan: Plan, home: Home) -> str:
    """A plan that was run, published, and started over; where its target was."""
    with open_hub(user_repo, plan, home) as hub:
        work(hub, "one", "t")
        tip = work(hub, "two", "two")
        assert TARGET in publish(hub).ok
    with open_hub(user_repo, plan, home, fresh=True) as hub:
        hub.fresh()
    return tip


@pytest.fixture
def attic(first: str, user_repo: Path, home: Home) -> Attic:
    assert first
    return open_attic(str(user_repo), home)


def test_a_repository_without_a_hub_has_nothing_in_the_attic(user_repo: Path, home: Home) -> None:
    assert open_attic(str(user_repo), home).entries() == ()
    assert not home.root.exists()


def test_an_entry_says_what_was_moved_away_when_and_at_which_commits(attic: Attic, first: str) -> None:
    (entry,) = attic.entries()
    assert (entry.plan, entry.number, entry.is_whole) == ("small", 1, True)
    assert [kept.name for kept in entry.branches] == ["target", "track/t", "track/two"]
    assert (entry.branches[0].commit, entry.branches[0].subject) == (first, "Job two")
    assert entry.when is not None
    assert timedelta(0) <= datetime.now(UTC) - entry.when < timedelta(minutes=10)
    assert attic.entries("small") == [entry]
    assert attic.entries("smal") == []


def test_the_latest_entry_comes_first(attic: Attic, user_repo: Path, plan: Plan, home: Home) -> None:
    with open_hub(user_repo, plan, home) as hub:
        tip = work(hub, "one", "t")
        hub.rollback_target(hub.base, tip)
    latest, before = attic.entries()
    assert [(kept.name, kept.commit) for kept in latest.kept] == [("target", tip)]
    assert (latest.number, latest.is_whole, before.number) == (2, False, 1)


@pytest.mark.parametrize(
    ("track", "branch", "made"),
    [
        (None, None, ("attic/small/1/target", "Job two")),
        ("t", None, ("attic/small/1/track/t", "Job one")),
        ("t", "old/t", ("old/t", "Job one")),
    ],
)
def test_a_kept_branch_becomes_a_new_branch_of_the_users_and_nothing_else_changes(
    attic: Attic, user_repo: Path, track: str | None, branch: str | None, made: tuple[str, str]
) -> None:
    before, tips = without_branches(user_repo), attic.repo.branch_tips()
    name, kept = attic.restore(attic.entry("small", 1), track=track, branch=branch)
    assert (name, kept.subject) == made
    assert attic.repo.branch_tips() == {**tips, name: kept.commit}
    assert without_branches(user_repo) == before
    run_git(user_repo, "fsck", "--connectivity-only")


@pytest.mark.parametrize("branch", ["main", TARGET, "main/below", "planwave", "a..b", "-x", ""])
def test_a_branch_that_is_there_or_cannot_be_is_refused_and_stays(attic: Attic, branch: str) -> None:
    tips = attic.repo.branch_tips()
    with pytest.raises(RepositoryUnusable):
        attic.restore(attic.entry("small", 1), branch=branch or "/")
    assert attic.repo.branch_tips() == tips


def test_what_is_not_kept_is_said_with_what_is(attic: Attic) -> None:
    with pytest.raises(NotInAttic, match="has no number 7") as missing:
        attic.entry("small", 7)
    assert missing.value.hint is not None
    assert "there is 1" in missing.value.hint
    with pytest.raises(NotInAttic, match="keeps no track 'nowhere'"):
        attic.restore(attic.entry("small", 1), track="nowhere")


def test_a_plan_is_as_it_was_and_what_it_was_meanwhile_is_kept_too(
    attic: Attic, first: str, user_repo: Path, plan: Plan, home: Home
) -> None:
    with open_hub(user_repo, plan, home) as hub:
        second = work(hub, "one", "t")
    assert attic.put_back(attic.entry("small", 1)) == 2
    with open_hub(user_repo, plan, home) as hub:
        assert (hub.target_tip(), hub.track_tip("two")) == (first, first)
        assert publish(hub).refused == {}
    assert attic.put_back(attic.entry("small", 2)) == 3
    with open_hub(user_repo, plan, home) as hub:
        assert (hub.target_tip(), hub.track_tip("t"), hub.track_tip("two")) == (second, second, None)
    assert len(attic.entries()) == 3


def test_what_is_in_its_place_already_makes_no_room(attic: Attic) -> None:
    assert attic.put_back(attic.entry("small", 1)) == 2
    assert attic.put_back(attic.entry("small", 1)) is None
    assert [entry.number for entry in attic.entries()] == [2, 1]


def test_a_single_ref_is_put_back_alone(attic: Attic, user_repo: Path, plan: Plan, home: Home) -> None:
    with open_hub(user_repo, plan, home) as hub:
        one, two = work(hub, "one", "t"), work(hub, "two", "two")
        hub.rollback_target(one, two)
    assert attic.put_back(attic.entry("small", 2)) == 3
    with open_hub(user_repo, plan, home) as hub:
        assert (hub.target_tip(), hub.track_tip("t"), hub.track_tip("two")) == (two, one, two)


def test_nothing_is_put_back_while_a_run_of_the_plan_is_alive(
    attic: Attic, user_repo: Path, plan: Plan, home: Home
) -> None:
    with open_hub(user_repo, plan, home) as hub:
        refs = hub.refs("refs/")
        with pytest.raises(PlanBusy):
            attic.put_back(attic.entry("small", 1))
        assert hub.refs("refs/") == refs
