from pathlib import Path

import pytest

from benchmarks.chaos import run_chaos


@pytest.mark.timeout(1200)
def test_runs_killed_thirty_times_lose_nothing_and_get_done(tmp_path: Path) -> None:
    tally = run_chaos(tmp_path, kills=30, seed=7)
    assert tally.violations == []
    assert tally.kills.total() == 30
