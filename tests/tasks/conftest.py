"""What the tests of tasks share: a small real repository, a plan for it, and its opened hub."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.home import Home
from tasks.hub import Hub, open_hub

RunGit = Callable[..., str]
MakePlan = Callable[..., Plan]
Fingerprint = Callable[[Path], dict[str, str]]

FILES = {
    "README.md": "# A small project\n",
    ".gitignore": "*.log\nbuild/\n",
    "src/a.py": "".join(f"a{n} = {n}\n" for n in range(12)),
    "src/b.py": "".join(f"b{n} = {n}\n" for n in range(12)),
    "docs/guide.md": "# Guide\n",
}


@pytest.fixture(scope="session")
def run_git() -> RunGit:
    """Give a function that runs git in a folder as a user does, and gives its output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = {f"GIT_{who}_{what}": "u@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {**kept, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def run(folder: Path, *args: str) -> str:
        argv = ("git", "-c", "protocol.file.allow=always", *args)
        return subprocess.run(argv, cwd=folder, env=env, check=True, capture_output=True, text=True).stdout.strip()

    return run


@pytest.fixture(scope="session")
def pristine_repo(tmp_path_factory: pytest.TempPathFactory, run_git: RunGit) -> Path:
    """Make the repository that `user_repo` is copied from."""
    folder = tmp_path_factory.mktemp("pristine") / "project"
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    run_git(folder, "init", "-q", "-b", "main")
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-q", "-m", "First")
    return folder


@pytest.fixture
def user_repo(tmp_path: Path, pristine_repo: Path) -> Path:
    """Give a checkout on `main` with one commit."""
    return shutil.copytree(pristine_repo, tmp_path / "project")


@pytest.fixture
def fingerprint() -> Fingerprint:
    """Give a function that hashes every file of a checkout and its `.git`, but for objects and planwave's branches."""

    def take(folder: Path) -> dict[str, str]:
        names = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
        ours = (".git/objects", ".git/refs/heads/planwave", ".git/logs/refs/heads/planwave")
        return {
            name: f"{path.lstat().st_mode:o} "
            + (hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
            for name, path in names.items()
            if not name.startswith(ours)
        }

    return take


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Give an empty planwave home."""
    return Home(tmp_path / "home")


@pytest.fixture
def make_plan() -> MakePlan:
    """Give a function that makes a plan of one wave from its jobs, each a mapping, and other fields of the plan."""

    def make(*jobs: dict[str, object], **fields: object) -> Plan:
        waves = [{"id": "build", "jobs": list(jobs) or [{"id": "one"}, {"id": "two"}]}]
        return Plan.model_validate({"version": 1, "name": "small", "waves": waves, **fields})

    return make


@pytest.fixture
def plan(make_plan: MakePlan) -> Plan:
    """Give a plan of two jobs, `one` and `two`, each on a track of its own."""
    return make_plan()


@pytest.fixture
def hub(user_repo: Path, plan: Plan, home: Home) -> Iterator[Hub]:
    """Give the opened hub of `user_repo` for `plan`."""
    with open_hub(user_repo, plan, home) as opened:
        yield opened
