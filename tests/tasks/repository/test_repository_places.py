"""Repositories that lie, or belong, elsewhere: other disks, other users, borrowed or linked objects."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.errors import RepositoryUnusable
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.hub.publish import publish
from tasks.ledger.ledger import JobWorkDone, commit_job
from tasks.repository.user_repo import find_repository
from tasks.run.opening import open_hub
from tasks.workspace.workspace import Workspace
from tests.tasks.conftest import RunGit


def do_job(hub: Hub, track: str = "one") -> str:
    parent = hub.track_tip(track) or hub.base
    workspace = Workspace(hub, track)
    workspace.prepare(parent)
    (workspace.tree / f"{track}.txt").write_text("new\n")
    left = workspace.snapshot(parent)
    assert left.problems == ()
    work = JobWorkDone(
        job=track, digest="d", track=track, wave="build", attempt=1, duration_s=1, agent="default", run="small-1"
    )
    commit = commit_job(hub, work, tree=left.tree, parent=parent, expected_tip=hub.track_tip(track), title="One").commit
    assert publish(hub).refused == {}
    return commit


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder on another file system than the tests' own."""
    shared_memory = Path("/dev/shm")
    if not os.access(shared_memory, os.W_OK) or shared_memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system to write to")
    folder = Path(tempfile.mkdtemp(dir=shared_memory))
    yield folder
    shutil.rmtree(folder)


def test_a_hub_on_another_file_system_than_the_repository_works(
    user_repo: Path, plan: Plan, other_disk: Path, run_git: RunGit
) -> None:
    with open_hub(user_repo, plan, Home(other_disk)) as hub:
        commit = do_job(hub)
    assert run_git(user_repo, "rev-parse", "planwave/small/track/one") == commit


@pytest.mark.parametrize("linked", ["objects", "objects/pack", "refs"])
def test_folders_of_the_git_directory_may_be_links(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit, linked: str
) -> None:
    store = user_repo.with_name("store")
    (user_repo / ".git" / linked).rename(store)
    (user_repo / ".git" / linked).symlink_to(store)
    with open_hub(user_repo, plan, home) as hub:
        assert not any(path.is_symlink() for path in hub.git.git_dir.rglob("*"))
        commit = do_job(hub)
    assert run_git(user_repo, "rev-parse", "planwave/small/track/one") == commit


def test_a_hub_keeps_what_the_repository_had_only_borrowed(
    user_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    run_git(tmp_path, "clone", "-q", "--shared", str(user_repo), "borrower")
    borrower = tmp_path / "borrower"
    with open_hub(borrower, plan, home) as hub:
        first = do_job(hub)
    run_git(borrower, "repack", "-adq")
    (borrower / ".git/objects/info/alternates").unlink()
    shutil.rmtree(user_repo)
    with open_hub(borrower, plan, home) as hub:
        assert hub.track_tip("one") == first
        do_job(hub, "two")
        assert hub.git.text("fsck", "--connectivity-only") == ""


def test_an_older_hub_that_borrows_takes_over_what_it_borrows(
    user_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    with open_hub(user_repo, plan, home) as hub:
        place = hub.git.git_dir
    for path in [path for path in (place / "objects").rglob("*") if path.is_file()]:
        path.unlink()
    borrowed = shutil.copytree(user_repo / ".git/objects", tmp_path / "borrowed")
    (place / "objects/info").mkdir(exist_ok=True)
    (place / "objects/info/alternates").write_text(f"{borrowed}\n")
    with open_hub(user_repo, plan, home) as hub:
        shutil.rmtree(borrowed)
        do_job(hub)
    assert run_git(place, "fsck", "--connectivity-only") == ""


@pytest.mark.parametrize("setting", ["transfer.hideRefs", "uploadpack.hideRefs"])
@pytest.mark.parametrize("borrows", [False, True])
def test_refs_that_are_hidden_from_others_are_not_hidden_from_planwave(  # noqa: PLR0917 - fixtures
    user_repo: Path, tmp_path: Path, plan: Plan, run_git: RunGit, setting: str, borrows: bool
) -> None:
    run_git(tmp_path, "clone", "-q", *(["--shared"] if borrows else []), str(user_repo), "hiding")
    repo = tmp_path / "hiding"
    run_git(repo, "config", setting, "refs")
    blob = run_git(repo, "rev-parse", "HEAD:src/a.py")
    run_git(repo, "replace", "HEAD:README.md", blob)
    for track, home in (("one", "home"), ("two", "other home")):
        with open_hub(repo, plan, Home(tmp_path / home)) as hub:
            commit = do_job(hub, track)
            assert (Workspace(hub, track).tree / "README.md").read_bytes() == (repo / "src/a.py").read_bytes()
        assert run_git(repo, "rev-parse", f"planwave/small/track/{track}") == commit


def test_refs_that_the_users_own_configuration_hides_are_published(  # noqa: PLR0917 - fixtures
    user_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[transfer]\n\thideRefs = refs\n[uploadpack]\n\tpackObjectsHook = false\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    with open_hub(user_repo, plan, home) as hub:
        commit = do_job(hub)
        assert publish(hub).ok == ("planwave/small/track/one",)
    assert run_git(user_repo, "rev-parse", "planwave/small/track/one") == commit
    assert run_git(user_repo, "for-each-ref", "refs/planwave/") != ""


@pytest.fixture(params=["checkout", "bare", "worktree"])
def foreign_repo(user_repo: Path, tmp_path: Path, run_git: RunGit, request: pytest.FixtureRequest) -> Path:
    """Return a repository whose files belong to somebody else."""
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    repo = tmp_path / "foreign"
    if request.param == "checkout":
        repo = user_repo
    elif request.param == "bare":
        run_git(tmp_path, "clone", "-q", "--bare", str(user_repo), str(repo))
    else:
        run_git(user_repo, "worktree", "add", "-q", "-b", "side", str(repo))
    for path in {user_repo, *user_repo.rglob("*"), repo, *repo.rglob("*")}:
        os.chown(path, 12345, 12345, follow_symlinks=False)
    return repo


def test_a_repository_of_another_user_is_taken_as_git_takes_it_for_this_user(
    foreign_repo: Path, tmp_path: Path, plan: Plan, run_git: RunGit, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "gitconfig"
    config.touch()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    with pytest.raises(RepositoryUnusable, match="belongs to another user") as refused:
        find_repository(foreign_repo)
    assert refused.value.hint == f"`git config --global --add safe.directory {foreign_repo}` says that you trust it"
    # What the hint says is enough, also for later runs, whose hub is there.
    run_git(tmp_path, "config", "--file", str(config), "--add", "safe.directory", str(foreign_repo))
    for track in ("one", "two"):
        with open_hub(foreign_repo, plan, Home(tmp_path / "home")) as hub:
            do_job(hub, track)
        run_git(foreign_repo, "-c", "safe.directory=*", "update-ref", "HEAD", "planwave/small/track/one")


def test_trust_may_be_said_in_the_environment(
    foreign_repo: Path, tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"COUNT": "2", "KEY_0": "safe.directory", "VALUE_0": str(foreign_repo)}
    for name, value in {**said, "KEY_1": "safe.directory", "VALUE_1": "/elsewhere"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    with open_hub(foreign_repo, plan, Home(tmp_path / "home")) as hub:
        do_job(hub)


@pytest.mark.parametrize("lacks", ["blob:none", "tree:0"])
def test_a_partial_clone_gets_what_it_lacks_from_its_remote(
    user_repo: Path, tmp_path: Path, plan: Plan, run_git: RunGit, lacks: str
) -> None:
    run_git(user_repo, "config", "uploadpack.allowFilter", "true")
    run_git(user_repo, "config", "uploadpack.allowAnySHA1InWant", "true")
    # Its remote has a name that only the user's configuration knows how to reach.
    config = ("-c", f"url.file://{tmp_path}/.insteadOf=far:")
    partial = tmp_path / "partial"
    run_git(tmp_path, *config, "clone", "-q", "--no-checkout", f"--filter={lacks}", "far:project", str(partial))
    run_git(partial, "config", f"url.file://{tmp_path}/.insteadOf", "far:")
    home = Home(tmp_path / "home")
    for track, name in (("one", "two"), ("two", "three")):
        with open_hub(partial, plan, home) as hub:
            commit = do_job(hub, track)
            tree = Workspace(hub, track).tree
            assert (tree / "src/a.py").read_text() == (user_repo / "src/a.py").read_text()
            assert run_git(partial, "rev-parse", f"planwave/small/track/{track}") == commit
        # Its base moves on, by commits whose files it does not have.
        (user_repo / f"{name}.txt").write_text("more\n")
        run_git(user_repo, "add", "-A")
        run_git(user_repo, "commit", "-q", "-m", "More")
        run_git(partial, "fetch", "-q", "origin")
        run_git(partial, "update-ref", "refs/heads/main", "origin/main")
    with open_hub(partial, plan, home) as hub:
        assert hub.moved is not None
        merged = hub.git.run("merge-tree", "--write-tree", hub.moved.commit, hub.track_tip("one") or "")
        assert hub.git.text("show", f"{merged.text}:three.txt") == "more"
        assert hub.git.text("show", f"{merged.text}:one.txt") == "new"
    assert run_git(partial, "fsck", "--no-dangling") == ""
