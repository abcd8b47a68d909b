from collections.abc import Iterator

import pytest

from tests.core.runs import Site
from tests.histories.trying import quick_folder


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back after each test what a site sets."""
    for name in ("PLANWAVE_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, "")


@pytest.fixture
def site() -> Iterator[Site]:
    """Give a new repository and home."""
    with quick_folder() as folder:
        yield Site(folder / "site").made()
