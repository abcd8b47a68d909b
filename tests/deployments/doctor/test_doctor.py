import os
import socket
import stat
from pathlib import Path

import pytest

from deployments.cli.guard import guarded
from deployments.doctor.doctor import AGENTS, examine, numbers
from deployments.doctor.findings import Finding
from tasks.home import Home


def look(home: Home, **environ: str) -> dict[str, Finding]:
    """What doctor finds, by the first word of each finding."""
    found = examine(home, environ)
    return {finding.what.removeprefix("coding agent ").removeprefix("the ").split()[0]: finding for finding in found}


def put_program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_this_machine_can_run_plans(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(["doctor"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("ok      Python 3.")
    assert said.err == "ready to run plans\n"


def test_an_old_git_is_found_and_makes_the_command_fail(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_program(tmp_path / "bin", "git", "echo git version 2.30.2")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    assert guarded(["doctor"]) == 1
    said = capsys.readouterr()
    assert (
        "missing git 2.30.2 is too old\n"
        "        hint: install git 2.39 or newer with the system's package manager\n" in said.out
    )
    assert said.err == "1 thing missing\n"


def test_a_git_that_is_not_there_or_does_not_run_is_found(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert look(home)["git"] == Finding("missing", "git is not installed", look(home)["git"].hint)
    put_program(tmp_path / "bin", "git", "echo no library >&2; exit 127")
    assert look(home)["git"].what.endswith("does not run: no library")


def test_coding_agents_are_found_by_their_programs_and_none_must_be_there(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_program(tmp_path / "bin", "claude", "true")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    found = look(home)
    assert found["claude:"] == Finding("ok", f"coding agent claude: {tmp_path / 'bin' / 'claude'}")
    for program in AGENTS:
        assert found[f"{program}:"].standing in {"ok", "note"}


def test_a_data_folder_that_cannot_be_written_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    finding = look(Home(tmp_path / "file" / "home"))["data"]
    assert finding.standing == "missing"
    assert finding.hint == "make it writable, or name another folder in PLANWAVE_HOME"


def test_a_server_that_is_configured_and_does_not_answer_is_found(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = [finding for finding in examine(home, {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}) if finding.hint]
    assert any(f"127.0.0.1:{port}/api of PREFECT_API_URL does not answer" in finding.what for finding in found)


def test_versions_are_read_as_numbers() -> None:
    assert numbers("git version 2.39.5 (Apple Git-154)") == (2, 39, 5)
    assert numbers("0.150.0") == (0, 150, 0)
    assert numbers("none") == ()
