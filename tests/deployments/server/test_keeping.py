"""What becomes of a run whose server dies, is stopped, or is away: real programs, real kills."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from deployments.server import keeping
from deployments.server.files import ServerFiles
from deployments.server.info import ServerInfo, own_server
from deployments.server.keeping import ServerKeeper
from deployments.server.lifecycle import login_of, server_status, stop_server
from tasks.home import Home
from tasks.programs.signals import heeding_requests
from tasks.programs.stop import StopSignal
from tests.deployments.commands import Commands, end, until
from tests.homes import home_in
from tests.repositories import make_repository, run_git


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Commands]]:
    """A home whose server dies more than once, and commands for it."""
    folder = tmp_path_factory.mktemp("kept")
    make_repository(folder / "repo")
    home = Home(home_in(folder))
    yield home, Commands(folder, {"PLANWAVE_HOME": str(home.root)})
    stop_server(home)


def write_plan(folder: Path, name: str) -> list[str]:
    """Write a plan whose first jobs wait until a file is there; give the arguments that run it."""
    wait = ["sh", "-c", f"touch {folder}/{name}.$0; until [ -e {folder}/{name}.go ]; do sleep 0.1; done; echo x > $0"]
    jobs = [{"id": job, "run": [*wait, job], "owns": {"create": [job]}} for job in ("a", "b")]
    last = {"id": "c", "run": ["sh", "-c", "echo x > c"], "owns": {"create": ["c"]}}
    plan = {"version": 1, "name": name, "waves": [{"id": "one", "jobs": jobs}, {"id": "two", "jobs": [last]}]}
    (folder / f"{name}.yaml").write_text(json.dumps(plan))
    return ["run", f"{name}.yaml", "--repo", "repo"]


def at_work(folder: Path, name: str) -> None:
    until(lambda: all((folder / f"{name}.{job}").exists() for job in ("a", "b")), "the jobs do not begin")


def check_secrecy(pid: int, login: str) -> None:
    """No process of a run shows the password to those who may look at it."""
    process, seen = psutil.Process(pid), 0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # many a child lives for a moment
            assert login.partition(":")[2] not in str(each.environ()) + str(each.cmdline()), each
            seen += 1
    assert seen > 3, "the run, its guardian, git and the jobs"


@pytest.mark.server
def test_a_run_goes_on_when_its_server_is_killed_and_nobody_stops_the_server_under_it(
    kept: tuple[Home, Commands],
) -> None:
    home, commands = kept
    run = commands.start(*write_plan(commands.folder, "killed"))
    at_work(commands.folder, "killed")
    before, login = server_status(home), login_of(home)
    assert before is not None
    assert login is not None
    check_secrecy(run.pid, login)
    status, out, err = commands.call("server", "stop")
    assert (status, out) == (1, "")
    assert "killed-1" in err
    assert "--force" in err
    assert server_status(home) == before

    os.kill(before.pid or 0, signal.SIGKILL)
    until(lambda: server_status(home) not in (None, before), "no server comes in place of the dead one")
    (commands.folder / "killed.go").touch()
    status, out, err = end(run)
    assert status == 0, err
    assert "planwave: the Prefect server had ended in the middle of the run, and was started again\n" in err
    assert len(err.splitlines()) == 2, "nothing but where the pages are and what became of the server is said"
    assert (
        run_git(commands.folder / "repo", "ls-tree", "--name-only", "planwave/killed/target", "a", "b", "c")
        == "a\nb\nc"
    )
    after = server_status(home)
    assert after is not None
    assert after.port == before.port
    assert "killed-1: Completed" in commands.call("status", "killed")[1]


DIES_FIRST = """
import os, signal, sys
import psutil
from deployments.server.lifecycle import connect_server
from tasks.home import Home
from tasks.session.settings import RunSettings
info = connect_server(Home.from_environment())
server = psutil.Process(info.pid)
server.kill()
while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
    pass
from deployments.runner import run_here
settings = RunSettings(plan=os.path.abspath(sys.argv[1]), repo=os.path.abspath("repo"))
state = run_here(settings, info, listener=lambda event: None, viewer=lambda view: None).state
print(state.name, state.message)
"""


@pytest.mark.server
def test_a_run_whose_server_dies_before_it_is_asked_anything_begins_with_the_next_one(
    kept: tuple[Home, Commands],
) -> None:
    home, commands = kept
    name = write_plan(commands.folder, "early")[1]
    (commands.folder / "early.go").touch()
    status, out, err = commands.call(name, python=("-P", "-c", DIES_FIRST))
    assert (status, out) == (0, "Completed 3 jobs done, everything landed on planwave/early/target\n"), err
    assert "was started again\n" in err
    assert server_status(home) is not None


@pytest.mark.server
def test_a_run_whose_server_is_stopped_by_force_ends_in_order_and_can_be_gone_on_with(
    kept: tuple[Home, Commands],
) -> None:
    home, commands = kept
    arguments = write_plan(commands.folder, "forced")
    run = commands.start(*arguments)
    at_work(commands.folder, "forced")
    assert commands.call("server", "stop", "--force")[0] == 0
    status, _, err = end(run)
    assert status == 1
    assert "was stopped in the middle of the run" in err
    assert "run the plan again" in err
    assert "bug" not in err
    assert server_status(home) is None
    (commands.folder / "forced.go").touch()
    assert commands.call(*arguments)[0] == 0
    assert commands.call("server", "stop")[0] == 0


async def stop_reason(
    home: Home,
    server: ServerInfo,
    *,
    after: Awaitable[None] | None = None,
    then: Callable[[], None] = lambda: None,
    within_s: float = 30,
) -> str:
    """Return why a run was asked to stop whose server is kept, after something has happened to the server."""
    stop = StopSignal()
    with heeding_requests(stop), ServerKeeper(home, server) as keeper:
        if after is not None:
            await after
        then()
        await asyncio.wait_for(stop.wait(), within_s)
        assert keeper.lost == stop.reason
    return stop.reason or ""


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up at once what is otherwise tried for a minute or more."""
    monkeypatch.setattr(keeping, "LOOK_S", 0.01)
    for name in ("RESTART_S", "OUTAGE_S"):
        monkeypatch.setattr(keeping, name, 0.0)


@pytest.mark.usefixtures("hasty")
async def test_a_server_whose_port_another_program_took_is_lost_and_the_run_is_asked_to_stop(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        ServerFiles(home.prefect).folder.mkdir(parents=True)
        gone = 2**22 - 1
        ServerFiles(home.prefect).remember(gone, port)
        reason = await stop_reason(home, own_server(gone, port))
    assert f"127.0.0.1:{port} ended in the middle of the run, and does not start again: see {home.prefect}" in reason


class Healthy(BaseHTTPRequestHandler):
    """What a Prefect server says of its health; it ends after having said so once."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"true")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library names it
        """Say nothing."""


@pytest.mark.usefixtures("hasty")
async def test_a_server_of_others_that_answered_and_stays_away_is_lost_too(home: Home) -> None:
    with HTTPServer(("127.0.0.1", 0), Healthy) as answering:
        url = f"http://127.0.0.1:{answering.server_port}"
        theirs = ServerInfo(None, answering.server_port, f"{url}/api", url, started=False)
        asked_once = asyncio.create_task(asyncio.to_thread(answering.handle_request))
        reason = await stop_reason(home, theirs, after=asked_once, then=answering.server_close)
    assert reason.startswith(f"the Prefect server at {url} does not answer")
    assert not home.root.exists()


@pytest.mark.usefixtures("hasty")
async def test_a_server_that_never_answered_this_question_is_left_to_prefects_client(home: Home) -> None:
    theirs = ServerInfo(None, 9, "http://127.0.0.1:9/api", "http://127.0.0.1:9", started=False)
    with pytest.raises(TimeoutError):
        await stop_reason(home, theirs, within_s=0.5)
