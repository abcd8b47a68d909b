"""What the tests of tasks share: a small real repository, a plan for it, and its opened hub."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plans.model import Plan
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.run.opening import open_hub
from tests import repositories
from tests.homes import home_in

RunGit = Callable[..., str]
MakePlan = Callable[..., Plan]
Fingerprint = Callable[[Path], dict[str, str]]


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what git is configured to on this machine, such as filters of git-lfs, out of the tests."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(scope="session")
def run_git() -> RunGit:
    """Return a function that runs git in a folder as a user does, and gives its output."""
    return repositories.run_git


@pytest.fixture(scope="session")
def pristine_repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the repository that `user_repo` is copied from."""
    folder = tmp_path_factory.mktemp("pristine") / "project"
    repositories.make_repository(folder)
    return folder


@pytest.fixture
def user_repo(tmp_path: Path, pristine_repo: Path) -> Path:
    """Return a checkout on `main` with one commit."""
    return shutil.copytree(pristine_repo, tmp_path / "project")


@pytest.fixture
def fingerprint() -> Fingerprint:
    """Return a function that hashes every file of a checkout and its `.git` except objects and planwave's branches."""
    return repositories.fingerprint


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return an empty planwave home."""
    return Home(home_in(tmp_path))


@pytest.fixture
def make_plan() -> MakePlan:
    """Return a function that makes a plan of one wave from its jobs, each a mapping, and other fields of the plan."""

    def make(*jobs: dict[str, object], **fields: object) -> Plan:
        waves = [{"id": "build", "jobs": list(jobs) or [{"id": "one"}, {"id": "two"}]}]
        return Plan.model_validate({"version": 1, "name": "small", "waves": waves, **fields})

    return make


@pytest.fixture
def plan(make_plan: MakePlan) -> Plan:
    """Return a plan of two jobs, `one` and `two`, each on a track of its own."""
    return make_plan()


@pytest.fixture
def hub(user_repo: Path, plan: Plan, home: Home) -> Iterator[Hub]:
    """Yield the opened hub of `user_repo` for `plan`."""
    with open_hub(user_repo, plan, home) as opened:
        yield opened
