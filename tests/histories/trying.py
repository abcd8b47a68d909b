"""Trying many random histories: as hypothesis tests, and one seed after another."""

import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from tests.histories.oracle import Tally, replay
from tests.histories.runs import run_here
from tests.histories.site import Site
from tests.histories.steps import History
from tests.histories.strategies import histories
from tests.homes import elsewhere

KINDS: Mapping[str, st.SearchStrategy[History]] = {
    "edits": histories(kills=False, choices=False),
    "kills": histories(choices=False),
    "choices": histories(),
    "shared": histories(shared=True),
    "moves": histories(moves=True),
}
"""Histories by what happens in them; edits and failures in all."""


def try_histories(kind: str, count: int, *, number: int | None = None) -> Tally:
    """Try so many histories of a kind; one that goes wrong is made as short as can be and told.

    Args:
        kind: one of `KINDS`.
        count: how many.
        number: the seed; None: always the same ones.
    """
    tally = Tally()

    def judge(history: History) -> None:
        try_one(history, tally)

    tried = settings(
        max_examples=count,
        derandomize=number is None,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )(given(KINDS[kind])(judge))
    (tried if number is None else seed(number)(tried))()
    return tally


def wrong_ones(kind: str, count: int, number: int, say: Callable[[str], object]) -> Tally:
    """Try so many histories of a kind, and tell of every one that goes wrong, as it was drawn."""
    tally = Tally()

    def judge(history: History) -> None:
        try:
            try_one(history, tally)
        except Exception as error:  # noqa: BLE001 - told, and the next one is tried
            tally.wrong += 1
            say("\n".join([f"{type(error).__name__}: {error}", *error.__notes__, ""]))

    drawn = settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )(given(KINDS[kind])(judge))
    seed(number)(drawn)()
    return tally


def try_one(history: History, tally: Tally | None = None) -> None:
    """Carry out a history in this process, and judge what it comes to."""
    with quick_folder() as folder:
        replay(history, Site(folder / "site", run_here), Site(folder / "fresh", run_here), tally)


@contextmanager
def quick_folder() -> Generator[Path]:
    """Yield a folder, in memory where there is such a place: histories make many small files."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="planwave-histories-", dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        for used in {folder, elsewhere(folder)}:
            shutil.rmtree(used, ignore_errors=used != folder)
