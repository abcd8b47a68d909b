"""What the tests of whole runs share: one home with one Prefect server, and a user's repository for each test."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from deployments.server.lifecycle import client_environment, ensure_server, login_of, stop_server
from deployments.server.password import basic
from tasks.home import Home
from tests.flows.commands import CHECKOUT, Planwave
from tests.homes import home_in
from tests.repositories import make_repository


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these need the server."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def shared_planwave(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planwave]:
    """Yield planwave with a home of its own and its server running, for all tests."""
    home = Home(home_in(tmp_path_factory.mktemp("planwave")))
    planwave = Planwave(home.root, httpx.Client(), Path(), Path())
    environ = dict(os.environ)
    os.environ.clear()
    os.environ.update(planwave.env)
    info = ensure_server(home)
    os.environ.clear()
    os.environ.update(environ)
    # The path of a socket must be short.
    with (
        tempfile.TemporaryDirectory(prefix="pw-") as folder,
        # A kept connection may be closed by the server at the moment of the next request.
        httpx.Client(
            base_url=info.api_url,
            headers={"Authorization": basic(login_of(home) or "")},
            trust_env=False,
            timeout=30,
            limits=httpx.Limits(max_keepalive_connections=0),
        ) as api,
    ):
        socket = Path(folder) / "socket"
        settings = {**client_environment(info, home), "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}
        warm = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.warm_start", str(socket)],
            cwd=CHECKOUT,
            env={**planwave.env, **settings},
            stdout=subprocess.PIPE,
        )
        assert warm.stdout is not None
        assert warm.stdout.readline() == b"ready\n"
        yield replace(planwave, api=api, socket=socket)
        warm.send_signal(signal.SIGKILL)
        warm.wait()
        warm.stdout.close()
    stop_server(home)


@pytest.fixture(scope="module")
def module_planwave(shared_planwave: Planwave, tmp_path_factory: pytest.TempPathFactory) -> Planwave:
    """Return planwave in a folder of its own, for the tests of a module."""
    return replace(shared_planwave, folder=tmp_path_factory.mktemp("plans"), started=[])


@pytest.fixture
def planwave(shared_planwave: Planwave, tmp_path: Path) -> Iterator[Planwave]:
    """Yield planwave in a folder of its own."""
    given = replace(shared_planwave, folder=tmp_path, started=[])
    yield given
    given.end_all()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Return a user's checkout, on `main` with one commit."""
    folder = tmp_path / "project"
    make_repository(folder)
    return folder
