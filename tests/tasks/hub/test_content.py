"""What decides content is the user's: the judge is what plain git gives for the same files in the user's checkout."""

import os
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.home import Home
from tasks.repository.user_repo import find_repository
from tasks.run.opening import open_hub
from tasks.workspace.workspace import Workspace
from tests.tasks.conftest import MakePlan, RunGit

SetUp = Callable[[Path, Path, RunGit], None]
FILES = {
    "local.env": "TOKEN=1\n",
    ".DS_Store": "x\n",
    "notes.ipynb": "code\nOUTPUT 1\n",
    "dos.txt": "a\r\nb\r\n",
    "unix.txt": "a\nb\n",
    "odd.dat": "a\r\n",
}


@pytest.fixture(autouse=True)
def user_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the home of a user whose git has no configuration yet."""
    home = tmp_path / "user"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    return home


def plain_git(folder: Path, *args: str) -> str:
    """Run git as the user does, with all of their configuration."""
    return subprocess.run(("git", *args), cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def write_files(tree: Path) -> None:
    for name, text in FILES.items():
        (tree / name).write_bytes(text.encode())
    (tree / "README.md").chmod(0o755)
    (tree / "run.sh").write_text("#!/bin/sh\n")
    (tree / "run.sh").chmod(0o755)


def info_exclude(repo: Path, home: Path, run_git: RunGit) -> None:
    (repo / ".git/info/exclude").write_text("/local.env")


def ignore_file_of_the_settings(repo: Path, home: Path, run_git: RunGit) -> None:
    (home / "ignored").write_text(".DS_Store\n*.env\n")
    (home / ".gitconfig").write_text("[core]\n\texcludesFile = ~/ignored\n")
    (repo / ".git/info/exclude").write_text("!local.env\n")


def ignore_file_at_its_usual_place(repo: Path, home: Path, run_git: RunGit) -> None:
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/ignore").write_text(".DS_Store\n")


def info_attributes_with_a_filter(repo: Path, home: Path, run_git: RunGit) -> None:
    run_git(repo, "config", "filter.strip.clean", "grep -v OUTPUT")
    run_git(repo, "config", "filter.strip.required", "true")
    (repo / ".gitattributes").write_text("*.ipynb -filter\n")
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-q", "-m", "Attributes")
    (repo / ".git/info/attributes").write_text("*.ipynb filter=strip\n")


def attributes_file_of_the_settings(repo: Path, home: Path, run_git: RunGit) -> None:
    (home / "attributes").write_text("*.txt text\n*.dat text\n")
    (home / ".gitconfig").write_text("[core]\n\tattributesFile = ~/attributes\n")
    (repo / ".gitattributes").write_text("*.dat -text\n")
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-q", "-m", "Attributes")


def attributes_file_at_its_usual_place(repo: Path, home: Path, run_git: RunGit) -> None:
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/attributes").write_text("*.txt text eol=crlf\n")


def line_ends(repo: Path, home: Path, run_git: RunGit) -> None:
    (home / ".gitconfig").write_text("[core]\n\tautocrlf = input\n")


def names_without_case(repo: Path, home: Path, run_git: RunGit) -> None:
    (repo / ".gitignore").write_text("LOCAL.*\n")
    run_git(repo, "commit", "-q", "-a", "-m", "Ignore")
    run_git(repo, "config", "core.ignoreCase", "true")


def no_file_modes(repo: Path, home: Path, run_git: RunGit) -> None:
    run_git(repo, "config", "core.fileMode", "false")


SET_UPS: tuple[SetUp, ...] = (
    info_exclude,
    ignore_file_of_the_settings,
    ignore_file_at_its_usual_place,
    info_attributes_with_a_filter,
    attributes_file_of_the_settings,
    attributes_file_at_its_usual_place,
    line_ends,
    no_file_modes,
    names_without_case,
)


@pytest.mark.parametrize("set_up", SET_UPS, ids=lambda set_up: set_up.__name__)
def test_a_job_commits_what_plain_git_would_commit(  # noqa: PLR0917 - fixtures
    user_repo: Path, user_home: Path, plan: Plan, home: Home, run_git: RunGit, set_up: SetUp
) -> None:
    with opened(user_repo, plan, home) as before:
        write_files(before.tree)
        without = before.snapshot(before.hub.base).tree
    set_up(user_repo, user_home, run_git)
    with opened(user_repo, plan, home) as workspace:
        write_files(workspace.tree)
        left = workspace.snapshot(workspace.hub.base)
        write_files(user_repo)
        plain_git(user_repo, "add", "-A")
        assert left.problems == ()
        assert left.tree == plain_git(user_repo, "write-tree") != without


@pytest.mark.parametrize("set_up", SET_UPS, ids=lambda set_up: set_up.__name__)
def test_the_agents_own_git_judges_files_as_plain_git_does(  # noqa: PLR0917 - fixtures
    user_repo: Path, user_home: Path, plan: Plan, home: Home, run_git: RunGit, set_up: SetUp
) -> None:
    set_up(user_repo, user_home, run_git)
    with opened(user_repo, plan, home) as workspace:
        for tree in (workspace.tree, user_repo):
            write_files(tree)
            plain_git(tree, "add", "-A")
        assert plain_git(workspace.tree, "write-tree") == plain_git(user_repo, "write-tree")


def test_a_filter_that_only_a_job_asks_for_is_used_without_planwaves_secrets(  # noqa: PLR0917 - fixtures
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    run_git(user_repo, "config", "filter.spy.clean", f"env > {tmp_path}/seen; tr a-z A-Z")
    with opened(user_repo, plan, home) as workspace:
        (workspace.tree / ".gitattributes").write_text("*.big filter=spy\n")
        (workspace.tree / "new.big").write_text("content\n")
        left = workspace.snapshot(workspace.hub.base)
        assert workspace.hub.git.text("show", f"{left.tree}:new.big") == "CONTENT"
    no_secrets_in(tmp_path / "seen")
    (user_repo / ".git/info/attributes").write_text("README.md filter=spy\n")
    (user_repo / "README.md").write_text("# A small projecT\n")
    assert find_repository(user_repo).uncommitted() == ("README.md",)
    no_secrets_in(tmp_path / "seen")


def no_secrets_in(file: Path) -> None:
    """Check what a program saw of the environment, and forget it."""
    seen = file.read_text()
    file.unlink()
    assert "PATH=" in seen
    assert "SOME_TOKEN" not in seen


def test_what_the_user_alone_ignores_is_warned_of_where_a_job_is_to_create_it(
    user_repo: Path, make_plan: MakePlan, home: Home
) -> None:
    (user_repo / ".gitignore").unlink()
    (user_repo / ".git/info/exclude").write_text("*.local\n")
    plan = make_plan({"id": "one", "owns": {"create": ["x.local"]}}, {"id": "two"})
    with open_hub(user_repo, plan, home) as hub:
        assert any("x.local" in warning and "ignore" in warning for warning in hub.warnings)


@contextmanager
def opened(repo: Path, plan: Plan, home: Home) -> Generator[Workspace]:
    """Yield a workspace at the base of a hub that is opened as a run opens it."""
    with open_hub(repo, plan, home, fresh=True) as hub:
        hub.base = hub.start.commit
        workspace = Workspace(hub, "one")
        workspace.prepare(hub.base)
        yield workspace


def test_settings_that_run_programs_for_another_end_stay_out(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    for name in ("diff.x.textconv", "core.fsmonitor", "core.pager", "merge.x.name", "mergetool.x.cmd"):
        run_git(user_repo, "config", name, "false")
    with open_hub(user_repo, plan, home) as hub:
        assert not {"textconv", "fsmonitor", "pager", "name", "cmd"} & {key.split(".")[-1] for key in hub.git.config}


def store_raw(repo: Path, run_git: RunGit) -> None:
    """Commit files first, and then attributes under which git would store them otherwise."""
    (repo / "dos.txt").write_bytes(b"a\r\nb\r\n")
    (repo / "other.txt").write_bytes(b"a\r\n")
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-q", "-m", "Raw")
    (repo / ".gitattributes").write_text("*.txt text\n")
    run_git(repo, "add", ".gitattributes")
    run_git(repo, "commit", "-q", "-m", "Attributes")


def test_a_file_that_git_calls_changed_from_the_start_is_not_the_agents_change(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    store_raw(user_repo, run_git)
    with opened(user_repo, plan, home) as workspace:
        (workspace.tree / "dos.txt").touch()
        (workspace.tree / "new.md").write_text("new\n")
        left = workspace.snapshot(workspace.hub.base)
        assert [change.path for change in left.changes] == ["new.md"]
        assert workspace.hub.git.text("rev-parse", f"{left.tree}:dos.txt") == run_git(
            user_repo, "rev-parse", ":dos.txt"
        )


def test_what_an_agent_wrote_into_such_a_file_is_its_change(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    store_raw(user_repo, run_git)
    with opened(user_repo, plan, home) as workspace:
        (workspace.tree / "dos.txt").write_bytes(b"a\r\nc\r\n")
        (workspace.tree / "other.txt").write_bytes(b"a\n")
        left = workspace.snapshot(workspace.hub.base)
        assert [change.path for change in left.changes] == ["dos.txt", "other.txt"]
        assert workspace.hub.git.run("show", f"{left.tree}:dos.txt").out == b"a\nc\n"


@pytest.mark.parametrize("kind", ["file", "commit"])
def test_what_the_user_has_replaced_is_replaced_for_jobs_too(  # noqa: PLR0917 - fixtures
    user_repo: Path, tmp_path: Path, plan: Plan, home: Home, run_git: RunGit, kind: str
) -> None:
    with opened(user_repo, plan, home):
        (tmp_path / "other.md").write_text("# Replaced\n")
    blob = run_git(user_repo, "hash-object", "-w", str(tmp_path / "other.md"))
    if kind == "file":
        run_git(user_repo, "replace", "HEAD:README.md", blob)
    else:
        run_git(user_repo, "update-index", "--cacheinfo", f"100644,{blob},README.md")
        other = run_git(user_repo, "commit-tree", run_git(user_repo, "write-tree"), "-m", "Other")
        run_git(user_repo, "replace", "HEAD", other)
    run_git(user_repo, "checkout", "-q", "-f", "HEAD", "--", ".")
    run_git(user_repo, "reset", "-q", "--hard")
    with opened(user_repo, plan, home) as workspace:
        assert (workspace.tree / "README.md").read_text() == "# Replaced\n"
        assert workspace.snapshot(workspace.hub.base).changes == ()
        for tree in (workspace.tree, user_repo):
            (tree / "new.txt").write_text("new\n")
        plain_git(user_repo, "add", "-A")
        left = workspace.snapshot(workspace.hub.base)
        assert [change.path for change in left.changes] == ["new.txt"]
        if kind == "commit":
            # To plain git, a file that was replaced is changed from the start.
            assert left.tree == plain_git(user_repo, "write-tree")
            assert plain_git(workspace.tree, "status", "--porcelain") == "?? new.txt"
    run_git(user_repo, "replace", "-d", run_git(user_repo, "replace", "-l"))
    with opened(user_repo, plan, home) as workspace:
        assert (workspace.tree / "README.md").read_text() == "# A small project\n"


def test_a_workspace_that_was_checked_out_with_other_settings_is_made_anew(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    with opened(user_repo, plan, home) as workspace:
        assert b"\r" not in (workspace.tree / "README.md").read_bytes()
    run_git(user_repo, "config", "core.autocrlf", "true")
    with opened(user_repo, plan, home) as workspace:
        assert (workspace.tree / "README.md").read_bytes() == b"# A small project\r\n"
        assert workspace.snapshot(workspace.hub.base).changes == ()


@pytest.mark.parametrize("where", ["deep/docs/.gitattributes", "deep/.gitattributes"])
def test_attributes_of_any_folder_above_a_file_say_what_of_it_is_the_agents_change(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit, where: str
) -> None:
    (user_repo / "deep/docs").mkdir(parents=True)
    (user_repo / "deep/docs/dos.txt").write_bytes(b"a\r\nb\r\n")
    run_git(user_repo, "add", "-A")
    run_git(user_repo, "commit", "-q", "-m", "Raw")
    (user_repo / where).write_text("*.txt text\n")
    run_git(user_repo, "add", where)
    run_git(user_repo, "commit", "-q", "-m", "Attributes")
    with opened(user_repo, plan, home) as workspace:
        (workspace.tree / "deep/docs/dos.txt").touch()
        assert workspace.snapshot(workspace.hub.base).changes == ()


def test_attributes_that_the_agent_adds_and_git_ignores_leave_untouched_files_alone(
    user_repo: Path, plan: Plan, home: Home, run_git: RunGit
) -> None:
    (user_repo / ".gitignore").write_text(".gitattributes\n")
    (user_repo / "dos.txt").write_bytes(b"a\r\nb\r\n")
    run_git(user_repo, "add", "-A")
    run_git(user_repo, "commit", "-q", "-m", "Raw")
    with opened(user_repo, plan, home) as workspace:
        (workspace.tree / ".gitattributes").write_text("*.txt text\n")
        (workspace.tree / "dos.txt").touch()
        assert workspace.snapshot(workspace.hub.base).changes == ()
