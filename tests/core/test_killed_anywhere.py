"""A run that is killed at whatever step goes on at the next start, and comes to what an undisturbed one comes to."""

from collections.abc import Iterator

import pytest

from tests.core.killed import SORTS, Undisturbed, try_kills, undisturbed
from tests.core.sampling import TIMES
from tests.histories.trying import quick_folder


@pytest.fixture(scope="module")
def clean() -> Iterator[Undisturbed]:
    with quick_folder() as folder, pytest.MonkeyPatch.context() as patch:
        for name in ("PLANWAVE_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
            patch.setenv(name, "")
        yield undisturbed(folder)


@pytest.mark.parametrize("seed", range(6 * TIMES))
def test_a_plan_whose_runs_are_killed_is_completed_and_nothing_is_done_twice(seed: int, clean: Undisturbed) -> None:
    with quick_folder() as folder:
        tally = try_kills(seed, clean, folder / "site")
    assert tally.wrong == []
    assert tally.kills.total() > 0


def test_there_are_many_steps_of_each_sort(clean: Undisturbed) -> None:
    assert all(clean.steps[sort] > 100 for sort in SORTS)
