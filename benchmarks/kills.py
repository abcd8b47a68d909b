"""Kills of the core: runs of a small plan, killed at a step drawn from a seed, each until the plan is done.

`python -m benchmarks.kills 1000` tries at least so many kills, `--seed 7` others, `--jobs 2` two plans at a time;
each that goes wrong is told with its seed, by which `tests.core.killed.try_kills` does the same again. The exit
status is 1 when any went wrong. Those through the real command line are `benchmarks.chaos`.
"""

import argparse
import logging
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.core.killed import Tally, try_kills, undisturbed
from tests.histories.trying import quick_folder

_BATCH = 10


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    began, total, at = time.monotonic(), Tally(), asked.seed
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
        while total.kills.total() < asked.count:
            starts = range(at, at + asked.jobs * _BATCH, _BATCH)
            total = sum(pool.map(_batch, starts), start=total)
            at = starts.stop
            print(f"seeds {asked.seed} to {at - 1}: {total}", flush=True)
    print(f"{total}, in {time.monotonic() - began:.0f} s")
    sys.exit(1 if total.wrong else 0)


def _batch(seed: int) -> Tally:
    logging.disable()
    total = Tally()
    with quick_folder() as folder:
        clean = undisturbed(folder)
        for number in range(seed, seed + _BATCH):
            with quick_folder() as place:
                tally = try_kills(number, clean, place / "site")
            for wrong in tally.wrong:
                print(wrong, flush=True)
            total += tally
    return total


if __name__ == "__main__":
    main()
