"""Histories: plans edited, run, broken and killed at random, each judged by what it comes to.

`python -m benchmarks.histories 1000` tries so many, of every kind in turn, and prints each that goes wrong as it would
be written in a test; `--kind shared --seed 7` tries those of one kind and seed, `--shrink` makes the first that goes
wrong as short as can be. The exit status is 1 when any went wrong.
"""

import argparse
import logging
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.histories.oracle import Tally
from tests.histories.trying import KINDS, try_histories, wrong_ones

_BATCH = 20


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.histories", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--kind", choices=KINDS, help="by default every kind in turn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--shrink", action="store_true")
    asked = parser.parse_args()
    logging.disable()
    kinds = [asked.kind] if asked.kind else list(KINDS)
    if asked.shrink:
        try_histories(kinds[0], asked.count, number=asked.seed)
        return
    batches = [(kinds[n % len(kinds)], asked.seed + n) for n in range(-(-asked.count // _BATCH))]
    if asked.jobs == 1:
        found = [_batch(*batch) for batch in batches]
    else:
        with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(_batch, *zip(*batches, strict=True)))
    total = sum(found, start=Tally())
    print(total)
    sys.exit(1 if total.wrong else 0)


def _batch(kind: str, number: int) -> Tally:
    logging.disable()
    tally = wrong_ones(kind, _BATCH, number, lambda text: print(f"{kind} {number}: {text}", flush=True))
    print(f"{kind} {number}: {tally}", flush=True)
    return tally


if __name__ == "__main__":
    main()
