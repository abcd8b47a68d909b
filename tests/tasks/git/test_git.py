import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tasks.git.client import DiskFull, Git, GitFailed
from tests.tasks.conftest import RunGit


@pytest.fixture
def git(user_repo: Path) -> Git:
    return Git(user_repo / ".git")


def test_input_and_output_are_bytes_and_nothing_is_stripped(git: Git) -> None:
    content = b"x\0\xff\n\n"
    blob = git.text("hash-object", "-w", "--stdin", stdin=content)
    assert git.run("cat-file", "blob", blob).out == content


def test_a_failure_says_what_was_run_and_how_it_ended(git: Git) -> None:
    with pytest.raises(GitFailed, match="valid object name") as failure:
        git.run("merge-base", "main", "nowhere")
    assert failure.value.argv == ("git", "merge-base", "main", "nowhere")
    assert failure.value.code == 128


def test_statuses_that_are_expected_are_no_failure(git: Git) -> None:
    assert git.run("rev-parse", "-q", "--verify", "refs/heads/none", ok=(0, 1)).code == 1


def test_variables_of_git_are_not_inherited(git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.abbrev=4'")
    assert git.text("rev-parse", "--git-dir") == str(git.git_dir)
    assert len(git.text("rev-parse", "HEAD^{tree}")) == 40
    assert "README.md" in git.text("ls-files")


def test_the_users_configuration_is_not_read_for_work_on_the_hub(
    git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Somebody\n[alias]\n\thello = version\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    assert git.run("config", "alias.hello", ok=(0, 1)).code == 1
    assert Git(git.git_dir, user_config=True).text("config", "alias.hello") == "version"


def test_no_hook_of_the_repository_runs(git: Git, tmp_path: Path) -> None:
    hook = git.git_dir / "hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    git.run("update-ref", "refs/heads/other", "HEAD")
    assert not (tmp_path / "ran").exists()


def test_a_full_disk_has_an_error_of_its_own(git: Git) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(DiskFull, match="no space left") as full:
        git.run("archive", "-o", "/dev/full", "HEAD")
    assert full.value.hint


def test_a_command_that_takes_too_long_is_killed_with_its_children(git: Git) -> None:
    with pytest.raises(GitFailed, match="did not complete"):
        git.run("-c", "alias.wait=!sleep 60", "wait", timeout_s=0.2)


def test_locks_are_inherited_by_every_git(git: Git, tmp_path: Path) -> None:
    fd = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    try:
        held = Git(git.git_dir, lock_fds=(fd,))
        assert held.run("-c", f"alias.look=!test -e /dev/fd/{fd}", "look", ok=(0, 1)).code == 0
        assert git.run("-c", f"alias.look=!test -e /dev/fd/{fd}", "look", ok=(0, 1)).code == 1
    finally:
        os.close(fd)


def test_many_threads_get_their_own_answers(git: Git, user_repo: Path, run_git: RunGit) -> None:
    names = [f"refs/tags/t{n}" for n in range(8)]
    for name in names:
        run_git(user_repo, "commit", "-q", "--allow-empty", "-m", name)
        run_git(user_repo, "update-ref", name, "HEAD")
    expected = {name: run_git(user_repo, "rev-parse", name) for name in names}
    asked = names * 6
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(partial(git.text, "rev-parse"), asked)) == [expected[name] for name in asked]


def test_hooks_of_the_users_configuration_are_switched_off_by_name_and_by_event(
    user_repo: Path, run_git: RunGit
) -> None:
    run_git(user_repo, "config", "hook.my.spy.event", "reference-transaction")
    run_git(user_repo, "config", "hook.my.spy.command", "false")
    git = Git(user_repo / ".git", user_config=True)
    assert git.text("config", "--get-all", "hook.my.spy.enabled").splitlines()[-1] == "false"
    for event in ("reference-transaction", "pre-push", "post-checkout"):
        assert git.text("config", "--type=bool", f"hook.{event}.enabled") == "false"
