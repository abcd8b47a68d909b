"""Machines as people have them: git set up in its own way, variables of git, odd umasks. The work is the same."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.home import Home
from tasks.hub.publish import publish, push
from tasks.run.opening import open_hub
from tests.repositories import run_git
from tests.tasks.repository.test_repository_places import do_job

SetUp = Callable[[Path, pytest.MonkeyPatch], None]
_HOOKS = ("pre-commit", "commit-msg", "post-checkout", "post-merge", "pre-push", "reference-transaction", "post-commit")
CONFIGURED = """
[commit]
	gpgSign = true
	cleanup = scissors
[tag]
	gpgSign = true
[push]
	gpgSign = if-asked
	default = nothing
	followTags = true
[gpg]
	program = false
[user]
	useConfigOnly = true
[init]
	defaultBranch = trunk
[core]
	pager = false
	editor = false
	commentChar = ";"
	abbrev = 4
	quotePath = false
[i18n]
	commitEncoding = ISO-8859-1
	logOutputEncoding = UTF-16
[protocol]
	allow = never
[protocol "file"]
	allow = user
[safe]
	bareRepository = explicit
[fetch]
	prune = true
	pruneTags = true
	fsckObjects = true
[diff]
	external = false
	noprefix = true
	renames = copies
[status]
	showUntrackedFiles = no
[color]
	ui = always
[log]
	showSignature = true
[merge]
	ff = only
[submodule]
	recurse = true
[alias]
	commit-tree = !false
"""


def git_in_its_own_way(folder: Path, patch: pytest.MonkeyPatch) -> None:
    hooks = folder / "hooks"
    hooks.mkdir()
    for name in _HOOKS:
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >> {folder}/hooked\nexit 1\n")
        (hooks / name).chmod(0o755)
    config = folder / "gitconfig"
    config.write_text(f"{CONFIGURED}[core]\n\thooksPath = {hooks}\n")
    patch.setenv("GIT_CONFIG_GLOBAL", str(config))


def variables_of_git(folder: Path, patch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_CONFIG"):
        patch.setenv(name, str(folder / "elsewhere"))
    said = {"LITERAL_PATHSPECS": "1", "DEFAULT_HASH": "sha256", "TRACE": "1", "CONFIG_PARAMETERS": "'core.bare=true'"}
    for name, value in {**said, "NAMESPACE": "x", "AUTHOR_DATE": "never", "CEILING_DIRECTORIES": "/"}.items():
        patch.setenv(f"GIT_{name}", value)


def another_language_and_terminal(folder: Path, patch: pytest.MonkeyPatch) -> None:
    for name, value in {"LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de", "TZ": "Asia/Kolkata"}.items():
        patch.setenv(name, value)
    for name in ("CI", "FORCE_COLOR", "CLICOLOR_FORCE"):
        patch.setenv(name, "1")


def strict_umask(folder: Path, patch: pytest.MonkeyPatch) -> None:
    os.umask(0o077)


@pytest.fixture(autouse=True)
def mask() -> Iterator[None]:
    """Put the umask back."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize("set_up", [git_in_its_own_way, variables_of_git, another_language_and_terminal, strict_umask])
def test_the_same_work_is_done_published_and_pushed_whatever_the_machine(  # noqa: PLR0917 - fixtures
    user_repo: Path, tmp_path: Path, plan: Plan, home: Home, monkeypatch: pytest.MonkeyPatch, set_up: SetUp
) -> None:
    run_git(tmp_path, "init", "-q", "--bare", "up.git")
    run_git(user_repo, "remote", "add", "origin", "../up.git")
    plain = run_git(user_repo, "commit-tree", "-m", "x", _tree_with_one_more(user_repo))
    set_up(tmp_path, monkeypatch)
    with open_hub(user_repo, plan, home) as hub:
        commit = do_job(hub)
        assert not (tmp_path / "hooked").exists()
        # Where a remote is on this machine, its own git is run there, with the hooks that are configured for it.
        if set_up is not git_in_its_own_way:
            push(hub, "origin", publish(hub).ok)
            assert run_git(tmp_path / "up.git", "rev-parse", "planwave/small/track/one") == commit
    assert run_git(user_repo, "rev-parse", "planwave/small/track/one") == commit
    assert run_git(user_repo, "rev-parse", f"{commit}^{{tree}}") == run_git(user_repo, "rev-parse", f"{plain}^{{tree}}")
    assert run_git(user_repo, "log", "-1", "--format=%s", commit) == "One"
    assert run_git(user_repo, "status", "--porcelain") == ""
    assert not (tmp_path / "elsewhere").exists()


def _tree_with_one_more(repo: Path) -> str:
    (repo / "one.txt").write_text("new\n")
    run_git(repo, "add", "-A")
    tree = run_git(repo, "write-tree")
    run_git(repo, "reset", "-q", "--hard")
    return tree
