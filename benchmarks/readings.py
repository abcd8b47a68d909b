"""Readings: how well each way of reading a document fits it, and where the scores disagree with the order.

`python -m benchmarks.readings FOLDER` prints the scores of every document in a folder that can be read in several ways
(total, and references, mentions, agreement, claims), marks the way that is taken, and says where another fits better.
"""

import argparse
from pathlib import Path

from plans.errors import PlanError
from plans.markdown.draft import Draft
from plans.markdown.reader import read_draft
from plans.text.encoding import decode_text, mend_text


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readings", description=__doc__)
    parser.add_argument("folder", type=Path)
    files = sorted(path for path in parser.parse_args().folder.rglob("*") if path.suffix in {".md", ".txt"})
    disputed = 0
    for file in files:
        draft = _draft(file)
        if draft is None or not draft.readings:
            continue
        print(file.name)
        for one in draft.readings:
            parts = " ".join(f"{part.value:.2f}" for _, part in one.score.parts)
            print(f"  {'*' if one.taken else ' '} {one.score.total:.2f} ({parts})  {one.name}")
        if draft.disputed:
            disputed += 1
            print(f"  {draft.disputed}")
    print(f"{disputed} disputed of {len(files)} documents")


def _draft(file: Path) -> Draft | None:
    try:
        return read_draft(mend_text(decode_text(file.read_bytes(), file.name))[0], file.name)
    except PlanError:
        return None


if __name__ == "__main__":
    main()
