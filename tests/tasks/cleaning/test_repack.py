"""Hubs are packed beside whatever works on them, and no object is ever lost."""

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.cleaning.choice import roll_up
from tasks.cleaning.repack import pack, packable
from tasks.git.client import GitFailed
from tasks.git.file_lock import opened
from tasks.hub.hub import Hub
from tasks.hub.publish import publish
from tasks.ledger.ledger import JobWorkDone, commit_job
from tasks.workspace.workspace import Workspace
from tests.homes import DISK
from tests.tasks.conftest import RunGit


def objects_of(hub: Path) -> set[str]:
    """Return every object that git finds, also those that nothing reaches."""
    listed = subprocess.run(
        ["git", f"--git-dir={hub}", "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objectsize)"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return set(listed.stdout.splitlines())


def counts(hub: Path, run_git: RunGit) -> dict[str, int]:
    pairs = (line.split(": ") for line in run_git(hub, "count-objects", "-v").splitlines())
    return {name: int(number) for name, number in pairs}


def write(hub: Hub, number: int, content: str = "") -> str:
    """Return a commit that no ref reaches, with a blob and a tree of its own."""
    blob = hub.git.text("hash-object", "-w", "--stdin", stdin=f"{content}{number}\n".encode())
    tree = hub.git.text("mktree", stdin=f"100644 blob {blob}\tf{number}\n".encode())
    return hub.git.text("commit-tree", tree, "-p", hub.base, "-m", f"Number {number}")


@pytest.fixture
def path(hub: Hub) -> Path:
    return hub.git.git_dir


def test_loose_objects_become_one_pack_and_all_are_still_there_also_those_that_nothing_reaches(
    hub: Hub, path: Path, run_git: RunGit
) -> None:
    commits = [write(hub, number) for number in range(20)]
    before = objects_of(path)
    found = packable(path)
    assert found is not None
    assert found.loose >= 60
    fans = {folder.name for folder in (path / "objects").glob("??")}
    done = pack(path)
    assert done is not None
    assert done.loose == found.loose
    # A git beside it that is about to write into one must find it.
    assert {folder.name for folder in (path / "objects").glob("??")} == fans
    assert objects_of(path) == before
    assert counts(path, run_git)["count"] == 0
    assert counts(path, run_git)["garbage"] == 0
    assert all(hub.git.text("cat-file", "-t", commit) == "commit" for commit in commits)
    assert done.bytes_after < done.bytes_before
    assert packable(path) is None
    run_git(path, "fsck", "--full", "--strict")


def test_many_packs_become_few_and_each_object_stays(hub: Hub, path: Path, run_git: RunGit) -> None:
    for number in range(8):
        write(hub, number, os.urandom(300).hex())
        assert pack(path) is not None
    # All packs that are alike became one with those before, as they came.
    assert len(list((path / "objects/pack").glob("*.pack"))) <= 4
    everything = {line.split()[0] for line in objects_of(path)}
    assert len(everything) >= 24
    run_git(path, "fsck", "--full", "--strict")


@pytest.mark.skipif(DISK in os.environ, reason="homes are on another disk, where nothing is linked")
def test_packs_that_the_users_repository_has_too_are_left_alone(
    user_repo: Path, home: object, run_git: RunGit, request: pytest.FixtureRequest
) -> None:
    run_git(user_repo, "repack", "-a", "-d")
    run_git(user_repo, "commit", "-q", "--allow-empty", "-m", "More")
    run_git(user_repo, "repack", "-d")
    hub: Hub = request.getfixturevalue("hub")
    path = hub.git.git_dir
    shared = {pack.name: pack.stat().st_ino for pack in (path / "objects/pack").glob("*.pack")}
    assert len(shared) == 2
    write(hub, 1)
    pack(path)
    now = {pack.name: pack.stat().st_ino for pack in (path / "objects/pack").glob("*.pack")}
    assert shared.items() <= now.items()


def test_a_kill_between_a_pack_and_what_it_stands_for_is_mended_by_the_next_packing(
    hub: Hub, path: Path, run_git: RunGit
) -> None:
    write(hub, 1)
    before = objects_of(path)
    loose = {file: file.read_bytes() for file in path.glob("objects/??/*")}
    pack(path)
    for file, content in loose.items():
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    index = next((path / "objects/pack").glob("*.idx"))
    lost = index.with_name(f"pack-{'0' * 40}.idx")
    lost.write_bytes(index.read_bytes())
    assert pack(path) is not None
    assert objects_of(path) == before
    assert counts(path, run_git)["count"] == 0
    assert counts(path, run_git)["garbage"] == 0
    assert not lost.exists()


def test_two_never_pack_at_once(hub: Hub, path: Path) -> None:
    write(hub, 1)
    with opened(path / "planwave/repack.lock") as other:
        assert other.try_exclusive()
        assert pack(path) is None
    assert pack(path) is not None


def test_an_object_that_a_job_spoiled_leaves_all_as_it_is(hub: Hub, path: Path) -> None:
    spoiled = path / "objects" / "ab" / ("c" * 38)
    spoiled.parent.mkdir(exist_ok=True)
    spoiled.write_bytes(b"no object")
    write(hub, 1)
    before = {file.name for file in path.glob("objects/??/*")}
    with pytest.raises(GitFailed):
        pack(path)
    assert {file.name for file in path.glob("objects/??/*")} == before


@pytest.fixture
def packing(path: Path) -> Iterator[list[object]]:
    """Packs the hub again and again while a test works on it; gives what came of each."""
    over, done = threading.Event(), list[object]()

    def again() -> None:
        while not over.is_set():
            try:
                done.append(pack(path))
            except Exception as problem:  # noqa: BLE001 - the test looks at it
                done.append(problem)

    thread = threading.Thread(target=again)
    thread.start()
    yield done
    over.set()
    thread.join()


def test_jobs_are_done_and_published_while_the_hub_is_packed_again_and_again(
    hub: Hub, user_repo: Path, path: Path, packing: list[object], run_git: RunGit
) -> None:
    work = JobWorkDone(job="one", digest="1", track="one", wave="w", attempt=1, duration_s=1.0, agent="sh", run="r-1")
    for number in range(12):
        workspace = Workspace(hub, "one")
        parent = hub.track_tip("one") or hub.base
        workspace.prepare(parent)
        (workspace.tree / f"{number}.txt").write_text(os.urandom(200).hex())
        # As an agent does, which borrows the hub's objects.
        run_git(workspace.tree, "add", "-A")
        run_git(workspace.tree, "commit", "-q", "-m", f"The agent's {number}")
        run_git(workspace.tree, "log", "--stat", "-p")
        snapshot = workspace.snapshot(parent)
        assert snapshot.problems == ()
        assert [change.path for change in snapshot.changes] == [f"{number}.txt"]
        tip = hub.track_tip("one")
        commit_job(hub, work, tree=snapshot.tree, parent=parent, expected_tip=tip, title=f"Number {number}")
        assert publish(hub).refused == {}
    assert len(packing) > 3
    assert [problem for problem in packing if isinstance(problem, Exception)] == []
    assert len(run_git(user_repo, "ls-tree", "--name-only", "planwave/small/track/one").splitlines()) >= 12
    run_git(user_repo, "fsck", "--full", "--strict")
    run_git(path, "fsck", "--full", "--strict")


def test_small_packs_are_joined_and_large_ones_stay() -> None:
    assert roll_up([("a", 10), ("b", 10), ("c", 1000)]) == ("a", "b")
    assert roll_up([("a", 10), ("b", 30), ("c", 100)]) == ()
    assert roll_up([("a", 10)]) == ()
    assert roll_up([("a", 10), ("b", 21), ("c", 40), ("d", 200)]) == ("a", "b", "c")
