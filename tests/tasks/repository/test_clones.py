"""Repositories named by a URL; git itself is told to look for them on the disk."""

from pathlib import Path

import pytest

from plans.model import Plan
from tasks.errors import RepositoryUnusable
from tasks.home import Home
from tasks.hub.publish import publish, push
from tasks.ledger.ledger import land
from tasks.repository.clones import clone_of, fetch_clone, is_url
from tasks.run.opening import open_hub
from tests.tasks.conftest import RunGit

URL = "https://git.example/team/project.git"


@pytest.fixture
def remote(user_repo: Path, tmp_path: Path, run_git: RunGit, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bare repository, to be had by `URL` and by ssh."""
    run_git(tmp_path, "clone", "-q", "--bare", str(user_repo), str(tmp_path / "far/team/project.git"))
    config = tmp_path / "gitconfig"
    names = ("https://git.example/", "https://me:t0ken@git.example/", "git@git.example:")
    config.write_text(f'[url "{tmp_path}/far/"]\n' + "".join(f"\tinsteadOf = {name}\n" for name in names))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    return tmp_path / "far/team/project.git"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (URL, True),
        ("http://h/p", True),
        ("ssh://git@h:22/p.git", True),
        ("git@h.example:p.git", True),
        ("file:///srv/p.git", False),
        ("../p", False),
        ("C:/p", False),
        ("p@home", False),
        ("ext::sh -c true", False),
        ("--upload-pack=x", False),
    ],
)
def test_a_url_is_told_from_a_folder(named: str, expected: bool) -> None:
    assert is_url(named) is expected


def test_a_folder_stands_for_itself(home: Home) -> None:
    assert fetch_clone("some/folder", home) == clone_of("some/folder", home) == "some/folder"
    assert not home.root.exists()


def test_two_urls_never_share_a_clone(home: Home) -> None:
    names = {Path(clone_of(url, home)).name for url in (URL, "git@git.example:team/project.git", "ssh://h/../..")}
    assert len(names) == 3
    assert sum(name.startswith("project-") for name in names) == 2


def test_a_plan_is_carried_out_on_the_clone_and_pushed_only_when_asked(
    remote: Path, home: Home, plan: Plan, run_git: RunGit
) -> None:
    folder = Path(fetch_clone(URL, home))
    assert folder == Path(clone_of(URL, home))
    with open_hub(folder, plan, home) as hub:
        assert (hub.start.commit, hub.start.name) == (run_git(remote, "rev-parse", "main"), "main")
        assert hub.warnings == []
        tree = hub.git.text("commit-tree", f"{hub.base}^{{tree}}", "-p", hub.base, "-m", "Work")
        land(hub, tree, hub.base)
        done = publish(hub)
        assert (done.ok, done.refused) == (("planwave/small/target",), {})
        assert run_git(remote, "branch", "--list", "planwave/*") == ""
        push(hub, "origin", done.ok)
    assert run_git(remote, "rev-parse", "planwave/small/target") == tree


def test_a_clone_follows_its_remote_and_keeps_what_was_published_there(
    remote: Path, home: Home, plan: Plan, run_git: RunGit
) -> None:
    folder = Path(fetch_clone("git@git.example:team/project.git", home))
    run_git(folder, "branch", "planwave/small/target")
    run_git(remote, "branch", "-m", "main", "trunk")
    tree = run_git(remote, "commit-tree", "trunk^{tree}", "-p", "trunk", "-m", "More")
    run_git(remote, "update-ref", "refs/heads/trunk", tree)
    assert fetch_clone("git@git.example:team/project.git", home) == str(folder)
    with open_hub(folder, plan.model_copy(update={"base": "trunk"}), home) as hub:
        assert hub.start.commit == tree
    assert run_git(folder, "rev-parse", "HEAD") == tree
    assert run_git(folder, "branch", "--list", "planwave/*") != ""


def test_a_token_in_a_url_is_never_shown(remote: Path, home: Home) -> None:
    with pytest.raises(RepositoryUnusable) as refused:
        fetch_clone("https://me:t0ken@git.example/nothing.git", home)
    assert "t0ken" not in str(refused.value)
    assert remote.exists()


def test_a_url_that_git_cannot_read_is_refused_and_leaves_no_clone(remote: Path, home: Home) -> None:
    with pytest.raises(RepositoryUnusable, match=r"git cannot clone https://git\.example/nothing\.git: .*does not"):
        fetch_clone("https://git.example/nothing.git", home)
    assert not Path(clone_of("https://git.example/nothing.git", home)).exists()
    assert remote.exists()


def test_a_clone_that_was_killed_half_way_is_made_again(remote: Path, home: Home, run_git: RunGit) -> None:
    folder = Path(clone_of(URL, home))
    half = folder.with_name(f".{folder.name}.new")
    half.mkdir(parents=True)
    (half / "HEAD").write_text("half")
    assert run_git(Path(fetch_clone(URL, home)), "rev-parse", "HEAD") == run_git(remote, "rev-parse", "main")
    assert not half.exists()
