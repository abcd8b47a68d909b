"""Documents of other people's, read by tests where they lie: they are no part of the project."""

import os
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).resolve().parents[1]
FOLDER = Path(os.environ.get("PLANWAVE_SHARED") or _CHECKOUT.parent / "shared")


def shared_material(pattern: str) -> Path:
    """Return the file whose path in that folder a pattern matches; the test is skipped where there is none."""
    found = sorted(FOLDER.glob(pattern))
    if not found:
        pytest.skip(f"no {pattern} in {FOLDER}: PLANWAVE_SHARED names the folder of documents that this test reads")
    return found[0]
