import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.runs import Site
from tests.histories.trying import quick_folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each of these tests that opens a run have an event loop of its own, as a run has."""
    for item in items:
        if Path(__file__).parent in item.path.parents and inspect.iscoroutinefunction(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="function"), append=False)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back after each test what a site sets."""
    for name in ("PLANWAVE_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, "")


@pytest.fixture
def site() -> Iterator[Site]:
    """Yield a new repository and home."""
    with quick_folder() as folder:
        yield Site(folder / "site").made()
