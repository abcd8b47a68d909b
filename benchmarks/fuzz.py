"""Feeds mutated plans to the readers: each must answer with a plan or a plain error, in time.

python -m benchmarks.fuzz 100000 [first seed]
"""

import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from importlib import resources
from pathlib import Path

from plans.errors import PlanError
from plans.lint import lint_plan
from plans.read import read_plan
from tests.plans.mutations import mutated

LIMIT_S = 2.0
BATCH = 200


def documents() -> tuple[str, ...]:
    """Return the plans that are mutated: the examples."""
    folder = resources.files("plans") / "examples"
    found = (entry for entry in folder.iterdir() if entry.name.endswith((".md", ".yaml")))
    return tuple(entry.read_text(encoding="utf-8") for entry in sorted(found, key=lambda entry: entry.name))


def try_batch(first: int) -> list[str]:
    """Try the seeds of a batch; give a line for each that went wrong."""
    texts, wrong = documents(), list[str]()
    for seed in range(first, first + BATCH):
        data, start = mutated(seed, texts), time.process_time()
        try:
            lint_plan(read_plan(data, "plan.md"))
        except PlanError:
            pass
        except Exception as error:  # noqa: BLE001 - what this looks for
            place = traceback.extract_tb(error.__traceback__)[-1]
            wrong.append(
                f"seed {seed}: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error!s:.80}"
            )
        took_s = time.process_time() - start
        if took_s > LIMIT_S:
            wrong.append(f"seed {seed}: took {took_s:.1f} s for {len(data)} bytes")
    return wrong


def main() -> int:
    """Run as many as asked for; give the exit status."""
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    wrong = list[str]()
    with ProcessPoolExecutor() as pool:
        for found in pool.map(try_batch, range(first, first + count, BATCH)):
            wrong += found
            for line in found:
                print(line, flush=True)
    kinds = Counter(line.split(": ", 1)[1].split(":")[0] for line in wrong)
    print(f"{count} inputs, {len(wrong)} wrong", *kinds.items(), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
