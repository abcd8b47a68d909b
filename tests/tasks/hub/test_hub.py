import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.errors import PlanBusy, RepositoryUnusable
from tasks.git.client import GitFailed
from tasks.git.file_lock import FileLock
from tasks.home import Home
from tasks.hub.hub import Hub, hub_key
from tasks.ledger.ledger import land
from tasks.repository.user_repo import find_repository
from tasks.run.opening import open_hub
from tests.tasks.conftest import Fingerprint, MakePlan, RunGit


def commit_in(hub: Hub, parent: str, message: str = "work") -> str:
    return hub.git.text("commit-tree", f"{parent}^{{tree}}", "-p", parent, "-m", message)


def test_a_plan_starts_from_the_branch_that_is_checked_out(hub: Hub, user_repo: Path, run_git: RunGit) -> None:
    assert hub.base == hub.target_tip() == run_git(user_repo, "rev-parse", "main")
    assert hub.track_tip("one") is None
    assert hub.warnings == []
    assert hub.work.is_relative_to(hub.home.root)


def test_opening_changes_nothing_in_the_users_repository(
    user_repo: Path, plan: Plan, home: Home, fingerprint: Fingerprint
) -> None:
    before = fingerprint(user_repo)
    with open_hub(user_repo, plan, home):
        pass
    assert fingerprint(user_repo) == before


def test_the_objects_outlive_a_rewrite_and_a_collection_in_the_users_repository(
    hub: Hub, user_repo: Path, run_git: RunGit
) -> None:
    run_git(user_repo, "commit", "-q", "--amend", "-m", "Rewritten")
    run_git(user_repo, "reflog", "expire", "--expire=now", "--all")
    run_git(user_repo, "gc", "-q", "--prune=now")
    assert hub.git.run("fsck", "--strict").code == 0
    assert hub.git.text("cat-file", "-t", hub.base) == "commit"


def test_a_named_base_is_a_branch_a_remote_branch_or_a_tag(
    user_repo: Path, make_plan: MakePlan, home: Home, run_git: RunGit
) -> None:
    run_git(user_repo, "commit", "-q", "--allow-empty", "-m", "Second")
    run_git(user_repo, "tag", "v1", "HEAD~1")
    run_git(user_repo, "update-ref", "refs/remotes/origin/next", "HEAD~1")
    for number, base in enumerate(("main", "v1", "next")):
        with open_hub(user_repo, make_plan(name=f"p{number}", base=base), home) as hub:
            assert hub.base == run_git(user_repo, "rev-parse", base if base != "next" else "origin/next")


def test_new_commits_of_the_base_reach_the_hub(
    user_repo: Path, make_plan: MakePlan, home: Home, run_git: RunGit
) -> None:
    with open_hub(user_repo, make_plan(name="first"), home):
        pass
    (user_repo / "new.txt").write_text("new\n")
    run_git(user_repo, "add", "-A")
    run_git(user_repo, "commit", "-q", "-m", "Second")
    with open_hub(user_repo, make_plan(name="second"), home) as hub:
        assert "new.txt" in hub.git.text("ls-tree", "--name-only", hub.base)


def test_a_base_that_moved_counts_until_there_is_work_and_is_there_to_be_taken_in_after(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    with open_hub(user_repo, plan, home):
        pass
    run_git(user_repo, "commit", "-q", "--allow-empty", "-m", "Second")
    second = run_git(user_repo, "rev-parse", "main")
    with open_hub(user_repo, plan, home) as hub:
        assert (hub.base, hub.warnings) == (second, [])
        hub.move_ref(hub.track_ref("one"), commit_in(hub, hub.base), None)
    run_git(user_repo, "commit", "-q", "--allow-empty", "-m", "Third")
    with open_hub(user_repo, plan, home) as hub:
        assert hub.base == second
        assert (hub.moved and hub.moved.commit) == run_git(user_repo, "rev-parse", "main")


def test_a_base_that_is_gone_is_refused_until_the_plan_starts_over(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    with open_hub(user_repo, plan, home) as hub:
        hub.move_ref(hub.track_ref("one"), commit_in(hub, hub.base), None)
    run_git(user_repo, "commit", "-q", "--amend", "-m", "Rewritten")
    run_git(user_repo, "reflog", "expire", "--expire=now", "--all")
    run_git(user_repo, "gc", "-q", "--prune=now")
    with pytest.raises(RepositoryUnusable, match="is gone") as refusal, open_hub(user_repo, plan, home):
        pass
    assert "--fresh" in (refusal.value.hint or "")
    with open_hub(user_repo, plan, home, fresh=True) as hub:
        hub.fresh()
        assert hub.base == run_git(user_repo, "rev-parse", "main")


def test_fresh_starts_over_and_keeps_every_old_tip_in_the_attic(hub: Hub) -> None:
    tip = commit_in(hub, hub.base)
    hub.move_ref(hub.track_ref("one"), tip, None)
    land(hub, commit_in(hub, hub.base, "merge"), hub.base)
    landed = hub.target_tip()
    hub.fresh()
    assert hub.track_tip("one") is None
    assert hub.target_tip() == hub.base
    kept = hub.refs("refs/planwave/attic/small/1/")
    assert kept["refs/planwave/attic/small/1/track/one"] == tip
    assert kept["refs/planwave/attic/small/1/target"] == landed
    hub.fresh()
    assert "refs/planwave/attic/small/2/base" in hub.refs("refs/planwave/attic/small/2/")


def test_a_rollback_keeps_where_the_target_was(hub: Hub) -> None:
    land(hub, commit_in(hub, hub.base), hub.base)
    landed = hub.target_tip()
    hub.rollback_target(hub.base, landed)
    assert hub.target_tip() == hub.base
    assert hub.refs("refs/planwave/attic/small/") == {"refs/planwave/attic/small/1/target": landed}


def test_a_ref_moves_only_from_where_it_is_expected(hub: Hub) -> None:
    first, second = commit_in(hub, hub.base, "a"), commit_in(hub, hub.base, "b")
    hub.move_ref(hub.track_ref("one"), first, None)
    for expected in (None, second):
        with pytest.raises(GitFailed):
            hub.move_ref(hub.track_ref("one"), second, expected)
    assert hub.track_tip("one") == first


def test_a_ref_that_is_dropped_is_kept_in_the_attic(hub: Hub) -> None:
    name = hub.ref_name("wave", "build")
    hub.move_ref(name, hub.base, None)
    hub.drop_ref(name)
    hub.drop_ref(name)
    assert hub.ref(name) is None
    assert hub.refs("refs/planwave/attic/small/") == {"refs/planwave/attic/small/1/wave/build": hub.base}


@pytest.mark.parametrize("name", ["rescue", "attic"])
def test_plans_may_have_the_names_of_planwaves_own_folders(
    user_repo: Path, make_plan: MakePlan, home: Home, name: str
) -> None:
    with open_hub(user_repo, make_plan(name=name), home) as hub:
        assert hub.ref_name("base") == f"refs/planwave/{name}.plan/base"


def test_two_plans_work_on_one_hub_at_once(user_repo: Path, make_plan: MakePlan, home: Home) -> None:
    with (
        open_hub(user_repo, make_plan(name="a"), home) as first,
        open_hub(user_repo, make_plan(name="b"), home) as second,
    ):
        assert first.git.git_dir == second.git.git_dir
        first.move_ref(first.track_ref("one"), commit_in(first, first.base), None)
        assert second.track_tip("one") is None


def test_a_second_run_of_a_plan_is_refused_with_the_owners_process(hub: Hub, user_repo: Path, home: Home) -> None:
    with pytest.raises(PlanBusy, match=f"process {os.getpid()}"), open_hub(user_repo, hub.plan, home):
        pass


def test_the_lock_of_a_killed_run_ends_with_its_last_git(hub: Hub, user_repo: Path, home: Home) -> None:
    folder = hub.git.git_dir
    lock = FileLock(folder / "planwave/locks/dead.lock")
    assert lock.try_exclusive()
    orphan = subprocess.Popen(["sleep", "60"], pass_fds=(lock.fd,))
    with subprocess.Popen([sys.executable, "-c", ""]) as owner:
        pass
    os.pwrite(lock.fd, str(owner.pid).encode(), 0)
    lock.close()
    with ThreadPoolExecutor(1) as threads:
        dead = hub.plan.model_copy(update={"name": "dead"})
        opening = threads.submit(lambda: open_hub(user_repo, dead, home).__enter__())
        assert not opening.done()
        orphan.send_signal(signal.SIGKILL)
        orphan.wait()
        assert opening.result(30).base == hub.base


def test_what_killed_commands_left_is_cleaned(user_repo: Path, plan: Plan, home: Home) -> None:
    with open_hub(user_repo, plan, home) as hub:
        folder = hub.git.git_dir
        hub.move_ref(hub.track_ref("one"), hub.base, None)
        ref = folder / hub.track_ref("one")
    leftovers = [
        ref.with_name("one.lock"),
        folder / "packed-refs.lock",
        folder / "packed-refs.new",
        folder / "config.lock",
        folder / "objects/tmp_obj_x1",
        folder / "objects/tmp_objdir-bulk-fsync-x1/aa/tmp_obj_x2",
        folder / "objects/pack/tmp_pack_x1",
    ]
    for leftover in leftovers:
        leftover.parent.mkdir(exist_ok=True, parents=True)
        leftover.touch()
    with open_hub(user_repo, plan, home) as hub:
        assert [path for path in leftovers if path.exists()] == []
        hub.move_ref(hub.track_ref("one"), commit_in(hub, hub.base), hub.base)
        hub.git.run("pack-refs", "--all")


def test_while_another_plan_works_only_the_locks_of_the_own_refs_are_cleaned(
    hub: Hub, user_repo: Path, make_plan: MakePlan, home: Home
) -> None:
    theirs = hub.git.git_dir / hub.ref_name("track/one.lock")
    mine = hub.git.git_dir / "refs/planwave/other/track/one.lock"
    for lock in (theirs, mine):
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    with open_hub(user_repo, make_plan(name="other"), home):
        assert theirs.exists()
        assert not mine.exists()


def test_the_hub_is_made_once_by_processes_that_start_at_once_and_over_a_killed_one(
    user_repo: Path, make_plan: MakePlan, home: Home
) -> None:
    key = hub_key(find_repository(user_repo))
    (home.hubs / f".{key}.killed.new").mkdir(parents=True)

    def base_of(number: int) -> str:
        with open_hub(user_repo, make_plan(name=f"p{number}"), home) as hub:
            return hub.base

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(base_of, range(6)))) == 1
    assert [path.name for path in home.hubs.iterdir() if not path.name.endswith(".lock")] == [f"{key}.git"]
