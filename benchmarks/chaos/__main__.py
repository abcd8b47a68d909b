"""`python -m benchmarks.chaos --kills 50 --seed 1 --state FILE`: one slice; the figures of all slices are printed.

A later call with the same file goes on behind it. `--sum FILE...` prints the sum of the figures of several seeds, and
runs nothing. The exit status is 1 when anything was wrong, in this slice or one before.
"""

import argparse
import sys
import tempfile
from functools import partial, reduce
from pathlib import Path

from benchmarks.chaos.record import Record
from benchmarks.chaos.storms import run_chaos


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", type=Path, help="where figures are kept between slices")
    parser.add_argument("--sum", type=Path, nargs="+", help="print what these files hold together, and run nothing")
    asked = parser.parse_args()
    if asked.sum:
        records = [Record.model_validate_json(file.read_text()) for file in asked.sum]
        _tell(reduce(Record.plus, records))
    with tempfile.TemporaryDirectory(prefix="planwave-chaos-") as folder:
        say = partial(print, flush=True)
        record = run_chaos(Path(folder), kills=asked.kills, seed=asked.seed, state=asked.state, say=say)
    _tell(record)


def _tell(record: Record) -> None:
    print(record.told())
    print("\n".join(record.wrong) or "nothing was lost, doubled, out of order or left alive")
    sys.exit(1 if record.wrong else 0)


if __name__ == "__main__":
    main()
