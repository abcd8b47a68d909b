from pathlib import Path

import pytest

from plans.model import Plan
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.ledger.ledger import JobWorkDone, commit_job
from tasks.run.opening import open_hub
from tasks.workspace.rescue import begin_attempt, end_attempt, rescue, salvage, salvage_all
from tasks.workspace.workspace import Workspace
from tests.tasks.conftest import MakePlan, RunGit


@pytest.fixture
def workspace(hub: Hub) -> Workspace:
    made = Workspace(hub, "one")
    begin_attempt(hub, made, job="one", attempt=1, parent=hub.base)
    return made


def test_what_a_failed_attempt_left_is_kept_under_its_number(hub: Hub, workspace: Workspace) -> None:
    (workspace.tree / "half.txt").write_text("half\n")
    (workspace.tree / "README.md").unlink()
    ref = rescue(hub, workspace, "one", 1, hub.base)
    assert ref == "refs/planwave/rescue/small/one/1"
    assert hub.git.text("show", f"{ref}:half.txt") == "half"
    assert hub.git.text("rev-parse", f"{ref}^") == hub.base
    assert "README.md" not in hub.git.text("ls-tree", "--name-only", ref)


def test_an_older_rescue_is_never_overwritten(hub: Hub, workspace: Workspace) -> None:
    for content in ("first", "second"):
        (workspace.tree / "half.txt").write_text(content)
        rescue(hub, workspace, "one", 1, hub.base)
    assert hub.git.text("show", "refs/planwave/rescue/small/one/1:half.txt") == "first"
    assert hub.git.text("show", "refs/planwave/rescue/small/one/2:half.txt") == "second"


def test_an_attempt_that_left_nothing_leaves_no_ref(hub: Hub, workspace: Workspace) -> None:
    assert rescue(hub, workspace, "one", 1, hub.base) is None
    assert hub.refs("refs/planwave/rescue/") == {}


def test_what_must_not_be_committed_is_kept_all_the_same(hub: Hub, workspace: Workspace, run_git: RunGit) -> None:
    run_git(workspace.tree, "init", "-q", "nested")
    (workspace.tree / "nested/work.txt").write_text("precious\n")
    (workspace.tree / "link").symlink_to("/etc/passwd")
    ref = rescue(hub, workspace, "one", 1, hub.base)
    assert hub.git.text("show", f"{ref}:nested/work.txt") == "precious"
    assert "repository of its own" in hub.git.text("show", "-s", "--format=%B", str(ref))


def test_what_a_killed_run_left_is_kept_before_the_next_attempt(user_repo: Path, plan: Plan, home: Home) -> None:
    with open_hub(user_repo, plan, home) as hub:
        workspace = Workspace(hub, "one")
        begin_attempt(hub, workspace, job="one", attempt=3, parent=hub.base)
        (workspace.tree / "half.txt").write_text("half\n")
    with open_hub(user_repo, plan, home) as hub:
        workspace = Workspace(hub, "one")
        ref = begin_attempt(hub, workspace, job="one", attempt=4, parent=hub.base)
        assert ref == "refs/planwave/rescue/small/one/3"
        assert hub.git.text("show", f"{ref}:half.txt") == "half"
        assert not (workspace.tree / "half.txt").exists()
        assert salvage(hub, workspace) is None


def test_what_killed_attempts_left_is_kept_for_every_track_also_of_jobs_that_are_gone(
    user_repo: Path, home: Home, make_plan: MakePlan
) -> None:
    with open_hub(user_repo, make_plan({"id": "one"}, {"id": "two"}), home) as hub:
        for job in ("one", "two"):
            workspace = Workspace(hub, job)
            begin_attempt(hub, workspace, job=job, attempt=1, parent=hub.base)
            (workspace.tree / "half.txt").write_text(f"half of {job}\n")
    with open_hub(user_repo, make_plan({"id": "renamed"}, {"id": "two"}), home) as hub:
        told = salvage_all(hub)
        assert [line.rpartition("/rescue/")[2] for line in told] == ["small/one/1", "small/two/1"]
        for job in ("one", "two"):
            assert hub.git.text("show", f"refs/planwave/rescue/small/{job}/1:half.txt") == f"half of {job}"
        assert salvage_all(hub) == []


def poison(workspace: Workspace) -> None:
    """Leave what git's own folders cannot be moved aside over: an odd remain of each kind."""
    for place in (".git", "git-of-the-agent"):
        (workspace.tree / "nested" / place / "full").mkdir(parents=True)
    (workspace.tree / "half.txt").write_text("half\n")


def test_a_workspace_that_cannot_be_read_is_set_aside_with_all_that_is_in_it(hub: Hub, workspace: Workspace) -> None:
    poison(workspace)
    (told,) = salvage_all(hub)
    aside = Path(told.rpartition(" in ")[2])
    assert (aside / "tree/half.txt").read_text() == "half\n"
    assert salvage_all(hub) == []
    again = Workspace(hub, "one")
    begin_attempt(hub, again, job="one", attempt=2, parent=hub.base)
    assert again.snapshot(hub.base).changes == ()


def test_an_attempt_gets_another_workspace_where_the_last_one_cannot_be_used(hub: Hub, workspace: Workspace) -> None:
    poison(workspace)
    begin_attempt(hub, workspace, job="one", attempt=2, parent=hub.base)
    assert workspace.snapshot(hub.base).changes == ()
    (aside,) = (hub.work / "set-aside").iterdir()
    assert (aside / "tree/half.txt").read_text() == "half\n"


def test_what_was_committed_or_rescued_is_not_kept_twice(hub: Hub, workspace: Workspace) -> None:
    (workspace.tree / "done.txt").write_text("done\n")
    work = JobWorkDone(
        job="one", digest="d", track="one", wave="build", attempt=1, duration_s=1, agent="default", run="small-1"
    )
    tree = workspace.snapshot(hub.base).tree
    commit_job(hub, work, tree=tree, parent=hub.base, expected_tip=None, title="One")
    # Killed between the commit and the end of the attempt.
    assert salvage(hub, workspace) is None
    begin_attempt(hub, workspace, job="one", attempt=2, parent=hub.base)
    (workspace.tree / "more.txt").write_text("more\n")
    rescue(hub, workspace, "one", 2, hub.base)
    end_attempt(workspace)
    assert salvage(hub, workspace) is None
    assert len(hub.refs("refs/planwave/rescue/")) == 1


NOTES = [
    "",
    "{",
    "[1]",
    '{"job": "gone", "attempt": 1, "parent": "x"}',
    f'{{"job": "gone", "attempt": 1, "parent": "{"0" * 40}"}}',
]


@pytest.mark.parametrize("note", NOTES)
def test_a_note_that_makes_no_sense_keeps_nobody_from_working(hub: Hub, workspace: Workspace, note: str) -> None:
    workspace.note.write_text(note)
    begin_attempt(hub, workspace, job="one", attempt=2, parent=hub.base)
    assert (workspace.tree / "README.md").exists()
