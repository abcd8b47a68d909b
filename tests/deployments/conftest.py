from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.server.lifecycle import ServerInfo, ensure_server, stop_server
from tasks.home import Home
from tests.homes import home_in


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of planwave for one test, also for the commands it calls; its server is stopped at the end."""
    root = home_in(tmp_path)
    monkeypatch.setenv("PLANWAVE_HOME", str(root))
    for name in ("PREFECT_API_URL", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield Home(root)
    stop_server(Home(root))


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, ServerInfo]]:
    """One real server for all tests that look at runs; each of them takes names of its own."""
    home = Home(home_in(tmp_path_factory.mktemp("server")))
    yield home, ensure_server(home)
    stop_server(home)


@pytest.fixture
def server(shared_server: tuple[Home, ServerInfo], monkeypatch: pytest.MonkeyPatch) -> ServerInfo:
    """The shared server, also for the commands that the test calls."""
    monkeypatch.setenv("PLANWAVE_HOME", str(shared_server[0].root))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return shared_server[1]
