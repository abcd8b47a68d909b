from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.errors import RepositoryUnusable
from tasks.repository.repo_paths import path_lookup

RunGit = Callable[..., str]


@pytest.mark.parametrize(
    ("pattern", "there"),
    [
        ("README.md", True),
        ("/README.md", True),
        ("src/a.py", True),
        ("src", True),
        ("src/", True),
        ("src/*.py", True),
        ("**/guide.md", True),
        ("a.py", False),
        ("src/c.py", False),
        ("/a.py", False),
        ("src/**/*.ts", False),
        ("untracked.txt", False),
    ],
)
def test_a_pattern_is_there_when_it_matches_something_committed(user_repo: Path, pattern: str, there: bool) -> None:
    (user_repo / "untracked.txt").write_text("not committed")
    assert path_lookup(user_repo, None)(pattern) is there


def test_the_base_of_the_plan_is_what_is_looked_at(user_repo: Path, run_git: RunGit) -> None:
    run_git(user_repo, "checkout", "-q", "-b", "other")
    (user_repo / "new.txt").write_text("new")
    run_git(user_repo, "add", "-A")
    run_git(user_repo, "commit", "-q", "-m", "New")
    assert path_lookup(user_repo, "other")("new.txt")
    assert not path_lookup(user_repo, "main")("new.txt")
    with pytest.raises(RepositoryUnusable, match="no branch, tag or commit 'none'"):
        path_lookup(user_repo, "none")


def test_names_that_are_not_utf8_and_names_with_wildcards_are_no_trouble(user_repo: Path, run_git: RunGit) -> None:
    (user_repo / "with [brackets].md").write_text("x")
    (user_repo / "caf\udce9.txt").write_text("x")
    run_git(user_repo, "add", "-A")
    run_git(user_repo, "commit", "-q", "-m", "Names")
    exists = path_lookup(user_repo, None)
    assert exists(r"with \[brackets\].md")
    assert exists("caf*.txt")
