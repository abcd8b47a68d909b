from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.histories.drafts import Draft, Work
from tests.histories.oracle import Replay
from tests.histories.runs import run_here
from tests.histories.site import Site
from tests.histories.steps import Desk
from tests.histories.trying import quick_folder

Begin = Callable[..., Replay]


@pytest.fixture
def quick() -> Iterator[Path]:
    """Yield a folder for a history."""
    with quick_folder() as folder:
        yield folder


@pytest.fixture
def begin(quick: Path) -> Begin:
    """Return what begins a history, with the jobs of a plan."""

    def begun(*works: Work, **fields: object) -> Replay:
        draft = Draft(works, **fields)  # type: ignore[arg-type]  # by name
        return Replay(Site(quick / "site", run_here), Desk([draft]), Site(quick / "fresh", run_here))

    return begun
