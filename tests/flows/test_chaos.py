from pathlib import Path

import pytest

from benchmarks.chaos.storms import run_chaos


@pytest.mark.timeout(900)
def test_runs_killed_eight_times_in_two_slices_lose_nothing_and_get_done(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        record = run_chaos(folder, kills=4, seed=7, state=state)
        assert record.wrong == []
        assert (record.total, record.slices) == (4 * number, number)
