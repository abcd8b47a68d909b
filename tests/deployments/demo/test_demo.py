import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.cli.guard import guarded
from deployments.demo.demo import (
    DemoFolderTaken,
    ProgramsMissing,
    example_plan,
    make_project,
    own_command,
    put_own_programs_first,
)
from deployments.server.lifecycle import server_status
from tasks.home import Home


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pristine") / "demo"
    make_project(folder)
    return folder


@pytest.fixture
def project(pristine: Path, tmp_path: Path) -> Path:
    return shutil.copytree(pristine, tmp_path / "demo")


def tool(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, *arguments]
    return subprocess.run(argv, cwd=project, check=False, capture_output=True, text=True, timeout=120)


def test_the_project_is_a_clean_repository_with_one_commit(pristine: Path) -> None:
    assert git(pristine, "status", "--porcelain", "--ignored") == ""
    assert git(pristine, "rev-list", "--count", "main") == "1"
    assert git(pristine, "rev-parse", "--show-toplevel") == str(pristine.resolve())
    assert not list(pristine.rglob("__pycache__"))


def test_the_project_is_made_in_an_empty_folder_too(tmp_path: Path) -> None:
    make_project(tmp_path)
    assert (tmp_path / ".gitignore").is_file()


def test_a_folder_with_anything_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("mine")
    with pytest.raises(DemoFolderTaken, match="is not empty"):
        make_project(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".hidden"]


def test_the_command_refuses_such_a_folder_in_one_line(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    assert guarded(["demo", str(taken)]) == 1
    assert capsys.readouterr().err.startswith(f"planwave: {taken} is not a folder\n    hint: ")
    assert not home.prefect.exists()


def test_missing_programs_are_named_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python").touch(mode=0o755)
    (tmp_path / "git").touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(ProgramsMissing, match=r"runs pytest, ruff, not found") as missing:
        put_own_programs_first({"PATH": ""})
    assert "planwave[demo]" in str(missing.value.hint)


def test_programs_beside_planwaves_python_come_first() -> None:
    environ = {"PATH": "/usr/bin:/bin"}
    put_own_programs_first(environ)
    assert environ["PATH"] == f"{Path(sys.executable).parent}:/usr/bin:/bin"


def test_planwave_is_called_by_its_path_where_no_path_leads_to_it() -> None:
    assert own_command({"PATH": "/nowhere"}) == str(Path(sys.executable).parent / "planwave")


def test_the_projects_own_tests_pass_and_its_tools_are_tidy(project: Path) -> None:
    put = tool(project, "-m", "pytest", "-q")
    assert put.returncode == 0, put.stdout
    assert tool(project, "-m", "ruff", "check", "tools", "tests").returncode == 0
    assert tool(project, "-m", "ruff", "format", "--check", "tools", "tests").returncode == 0


def test_the_project_is_untidy_as_long_as_nobody_tidied_it(project: Path) -> None:
    assert tool(project, "-m", "ruff", "format", "--check", "tally").returncode == 1
    assert tool(project, "-m", "ruff", "check", "tally").returncode == 1


def test_every_docstring_example_becomes_a_test_that_passes(project: Path) -> None:
    assert tool(project, "tools/write_tests.py", "tally", "tests").returncode == 0
    written = sorted(path.name for path in (project / "tests").glob("test_examples_*.py"))
    assert written == ["test_examples_stats.py", "test_examples_table.py", "test_examples_units.py"]
    run = tool(project, "-m", "pytest", "-q", *(f"tests/{name}" for name in written))
    assert "12 passed" in run.stdout


def test_tests_that_find_no_mistake_are_themselves_a_failure(project: Path) -> None:
    for path in (project / "tests").iterdir():
        path.write_text("def test_nothing() -> None:\n    assert True\n")
    ended = tool(project, "tools/mutate.py", "tally/table.py", "report.md", "2")
    assert ended.returncode == 1
    assert "the tests find too few mistakes" in ended.stderr
    assert "MISSED" in (project / "report.md").read_text()


def test_the_changelog_fails_once(project: Path) -> None:
    assert tool(project, "tools/write_changelog.py", "CHANGELOG.md", "1").returncode == 1
    assert not (project / "CHANGELOG.md").exists()
    assert tool(project, "tools/write_changelog.py", "CHANGELOG.md", "2").returncode == 0


@pytest.mark.server
def test_the_demo_lands_everything_and_leaves_nothing_running(home: Home, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    program = "from deployments.cli import main; main()"
    argv = [sys.executable, "-c", program, "demo", str(tmp_path / "shown")]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=280, cwd=Path(__file__).parents[3])
    assert done.returncode == 0, done.stdout + done.stderr
    with example_plan() as plan:
        assert f"run {plan} --repo {tmp_path / 'shown'}" in done.stdout
    for said in ("jobs: 10 of 10 done", "one after another", "/runs/flow-run/", "Merge track docs", "Try next:"):
        assert said in done.stdout
    assert set(tmp_path.iterdir()) - before - {home.root} == {tmp_path / "shown"}
    assert git(tmp_path / "shown", "status", "--porcelain", "--ignored") == ""
    assert "Sort the imports" in git(tmp_path / "shown", "show", "planwave/quickstart/target:CHANGELOG.md")
    assert server_status(home) is None
