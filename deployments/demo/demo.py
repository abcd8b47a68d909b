"""The demo: a small real project, and the plan that is run on it."""

import os
import shutil
import sys
from collections.abc import Generator, Mapping, MutableMapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from tasks.errors import TaskError
from tasks.git.client import Git

PLAN = "quickstart"
PROGRAMS = ("git", "pytest", "python", "ruff")
_HIDDEN = "gitignore"
"""The project's `.gitignore`: under that name it would hold for planwave's own repository too."""


class DemoFolderTaken(TaskError):
    """The folder for the demo cannot be used."""

    hint = "name another folder: `planwave demo DIR`"

    def __init__(self, folder: Path, why: str) -> None:
        self.folder = folder
        super().__init__(f"{folder} {why}")


class ProgramsMissing(TaskError):
    """Programs that the demo's plan runs are not installed."""

    hint = "install them with planwave: `pip install 'planwave[demo]'`, in a checkout `pip install -e '.[demo]'`"

    def __init__(self, names: list[str]) -> None:
        self.names = tuple(names)
        super().__init__(f"the demo runs {', '.join(names)}, not found on PATH nor beside planwave's own Python")


@contextmanager
def example_plan(name: str = PLAN) -> Generator[Path]:
    """Yield the file of an example plan, from a checkout or an installed package."""
    with resources.as_file(resources.files("plans") / "examples" / f"{name}.yaml") as path:
        yield path


def own_command(environ: Mapping[str, str] = os.environ) -> str:
    """Return how planwave is called from a shell: by its name where that is found, else by its path."""
    found = shutil.which("planwave", path=environ.get("PATH", os.defpath))
    return "planwave" if found else str(Path(sys.executable).with_name("planwave"))


def put_own_programs_first(environ: MutableMapping[str, str] = os.environ) -> None:
    """Let what this process starts find the programs that are installed beside planwave's own Python.

    Raises:
        ProgramsMissing: they are nowhere.
    """
    own = Path(sys.executable).parent
    environ["PATH"] = os.pathsep.join([str(own), environ.get("PATH", os.defpath)])
    missing = [name for name in PROGRAMS if shutil.which(name, path=environ["PATH"]) is None]
    if missing:
        raise ProgramsMissing(missing)


def make_project(folder: Path) -> None:
    """Make the demo's project in an empty or new folder: a git repository with one commit on `main`.

    Raises:
        DemoFolderTaken: there is something in it.
    """
    if folder.exists() and not folder.is_dir():
        raise DemoFolderTaken(folder, "is not a folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise DemoFolderTaken(folder, "is not empty")
    _copy_project(folder)
    git = Git(folder / ".git", author=("planwave demo", "demo@localhost"))
    git.run("init", "-q", "-b", "main", "--template=", str(folder))
    work_tree = {"GIT_WORK_TREE": str(folder)}
    git.run("add", "-A", env=work_tree)
    git.run("commit", "-q", "-m", "A small project, untidy on purpose", env=work_tree)


def _copy_project(folder: Path) -> None:
    with resources.as_file(resources.files("deployments") / "demo" / "project") as template:
        # Installers compile all that ends in .py, the template's files too.
        shutil.copytree(template, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    (folder / _HIDDEN).rename(folder / f".{_HIDDEN}")


def target_log(folder: Path, branch: str) -> str:
    """Return the history of the target, a line a merge, the latest first."""
    return Git(folder / ".git").text("log", "--first-parent", "--format=%h %s", f"refs/heads/{branch}")
