from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.server import stop_server
from tasks.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home of planwave for one test, also for the commands it calls; its server is stopped at the end."""
    root = tmp_path / "home"
    monkeypatch.setenv("PLANWAVE_HOME", str(root))
    for name in ("PREFECT_API_URL", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield Home(root)
    stop_server(Home(root))
