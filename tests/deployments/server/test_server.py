import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from deployments.server.files import ServerFailed, ServerFiles
from deployments.server.lifecycle import (
    ServerInfo,
    apply_client_environment,
    client_environment,
    configured_server,
    connect_server,
    ensure_server,
    is_healthy,
    server_status,
    stop_server,
)
from tasks.home import Home
from tests.repositories import make_repository

ROOT = Path(__file__).parents[3]
OWN = ServerInfo(pid=1, port=4203, api_url="http://127.0.0.1:4203/api", ui_url="http://127.0.0.1:4203", started=True)


def start_command(home: Home) -> subprocess.Popen[str]:
    """`planwave server start`, by a user whose own Prefect settings point elsewhere."""
    theirs = {
        "PLANWAVE_HOME": str(home.root),
        "PREFECT_PROFILE": "of-the-user",
        "PREFECT_HOME": str(home.root / "of-the-user"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": "sqlite+aiosqlite:////nowhere/of-the-user.db",
    }
    return command("server", "start", **theirs)


def command(*arguments: str, **environ: str) -> subprocess.Popen[str]:
    """A command of planwave's, as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", "from deployments.cli import main; main()", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.server
def test_of_two_commands_at_once_one_starts_a_server_and_later_ones_find_it(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        taken_port = int(taken.getsockname()[1])
        ServerFiles(home.prefect).folder.mkdir(parents=True)
        ServerFiles(home.prefect).remember(None, taken_port)
        racing = [start_command(home), start_command(home)]
        said = [command.communicate(timeout=200)[0] for command in racing]
    assert sorted(line.split(":")[0] for line in said) == ["already running", "started"], said

    began = time.monotonic()
    found = ensure_server(home)
    assert time.monotonic() - began < 1.0
    assert not found.started
    assert server_status(home) == found
    assert all(f"process {found.pid})" in line for line in said)
    assert found.port != taken_port
    assert (home.prefect / "prefect.db").exists()
    assert not (home.root / "of-the-user").exists()

    ServerFiles(home.prefect).state.unlink()
    assert server_status(home) == found, "a lost state file must not lead to a second server"
    check_a_server_that_hangs_is_not_healthy(found)
    assert stop_server(home) == found
    assert server_status(home) is None
    assert not psutil.pid_exists(found.pid or 0)
    assert ServerFiles(home.prefect).recall() == (None, found.port), (
        "links to the pages open again after the next start"
    )


def check_a_server_that_hangs_is_not_healthy(server: ServerInfo) -> None:
    process = psutil.Process(server.pid)
    process.suspend()
    assert not is_healthy(server, timeout_s=0.2)
    process.resume()
    assert is_healthy(server)


@pytest.mark.server
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_while_it_starts_the_server_ends_at_once_and_leaves_none(
    home: Home, tmp_path: Path, number: signal.Signals
) -> None:
    make_repository(tmp_path / "project")
    plan = tmp_path / "plan.yaml"
    plan.write_text("version: 1\nname: p\nwaves: [{id: w, jobs: [{id: a, run: ['true']}]}]\n")
    run = command("run", str(plan), "--repo", str(tmp_path / "project"), PLANWAVE_HOME=str(home.root))
    while (server := ServerFiles(home.prefect).recall()[0]) is None:
        assert run.poll() is None, run.communicate()
    family = [process := psutil.Process(server), *process.children(recursive=True)]
    began = time.monotonic()
    run.send_signal(number)
    said = run.communicate(timeout=30)[0]
    assert time.monotonic() - began < 10
    assert (run.returncode, said) == (130, "")
    assert not any(process.is_running() for process in family)
    assert server_status(home) is None
    assert ServerFiles(home.prefect).recall()[0] is None


@pytest.mark.server
def test_a_server_that_ends_while_starting_is_an_error_with_the_end_of_its_log(home: Home) -> None:
    (home.prefect / "prefect.db").mkdir(parents=True)
    with pytest.raises(ServerFailed, match="ended while starting") as failed:
        ensure_server(home)
    assert failed.value.log == ServerFiles(home.prefect).log
    assert "unable to open database" in failed.value.tail
    assert server_status(home) is None


@pytest.mark.parametrize(
    ("tail", "taken"),
    [
        ("Port 4200 is already in use. Please specify\n a different port", True),
        ("Port 4203 is already in \nuse. Please specify a different port", True),
        ("ERROR: [Errno 98] error while attempting to bind on address: Address already in use", True),
        ("unable to open database file", False),
    ],
)
def test_a_port_that_another_program_took_meanwhile_is_told_from_other_failures(tail: str, taken: bool) -> None:
    assert ServerFailed("ended while starting", Path("log"), tail=tail).port_was_taken is taken


def test_nothing_is_made_by_asking_for_a_server_that_never_ran(home: Home) -> None:
    assert server_status(home) is None
    assert stop_server(home) is None
    assert not home.root.exists()


@pytest.mark.parametrize("text", ["", "one two", "12", "1 2 3", "5 0", "5 99999999", "\x00\xff"])
def test_a_damaged_state_file_remembers_nothing(home: Home, text: str) -> None:
    files = ServerFiles(home.prefect)
    files.folder.mkdir(parents=True)
    files.state.write_bytes(text.encode("latin-1"))
    assert files.recall() == (None, None)
    assert server_status(home) is None


def test_another_process_with_the_number_of_the_server_is_not_taken_for_it(home: Home) -> None:
    files = ServerFiles(home.prefect)
    files.folder.mkdir(parents=True)
    files.remember(os.getpid(), 4200)
    assert server_status(home) is None
    assert stop_server(home) is None


def test_a_large_log_is_put_aside_before_a_start(home: Home) -> None:
    files = ServerFiles(home.prefect)
    files.folder.mkdir(parents=True)
    files.log.write_bytes(b"x" * 5_000_001)
    assert files.open_log() == 0
    assert files.log.read_bytes() == b""
    files.log.write_text("old\n")
    start = files.open_log()
    with files.log.open("a") as log:
        log.write("new\n")
    assert files.log_tail(start) == "new\n"


def test_the_users_settings_of_prefect_are_replaced_as_a_whole(home: Home) -> None:
    environ = {"PREFECT_API_KEY": "theirs", "PREFECT_PROFILE": "cloud", "PATH": "/bin", "NO_PROXY": "example.org"}
    apply_client_environment(OWN, home, environ)
    assert environ == {
        **client_environment(OWN, home),
        "PATH": "/bin",
        "NO_PROXY": "example.org,127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    assert environ["PREFECT_API_URL"] == OWN.api_url
    assert environ["PREFECT_HOME"] == str(home.prefect)


def test_clients_of_planwaves_own_server_load_one_authority_and_not_every_one_of_the_world(home: Home) -> None:
    home.prefect.mkdir(parents=True)
    environ: dict[str, str] = {}
    for _ in range(2):
        apply_client_environment(OWN, home, environ)
        context = ssl.create_default_context(cafile=environ["PREFECT_API_SSL_CERT_FILE"])
        assert len(context.get_ca_certs()) == 1
    assert [path.name for path in home.prefect.iterdir()] == ["authority.pem"]


def test_a_server_that_the_environment_names_is_used_and_nothing_is_changed(home: Home) -> None:
    environ = {"PREFECT_API_URL": "https://prefect.example/api/", "PREFECT_API_KEY": "theirs"}
    before = dict(environ)
    server = connect_server(home, environ)
    assert environ == before
    assert (server.api_url, server.ui_url, server.port) == (
        "https://prefect.example/api",
        "https://prefect.example",
        443,
    )
    assert not server.is_own
    assert not server.started
    assert not home.root.exists()


def test_what_deploy_says_for_workers_names_planwaves_own_server_and_no_other(home: Home) -> None:
    said = client_environment(OWN, home)
    assert configured_server(said) is None
    assert configured_server({**said, "PREFECT_HOME": str(home.root)}) is not None
    assert configured_server({**said, "PREFECT_API_URL": "https://prefect.example/api"}) is not None


def test_an_empty_address_names_no_server() -> None:
    assert configured_server({"PREFECT_API_URL": ""}) is None
