"""Where the tests have planwave's homes: beside the repositories, or all of them on another disk."""

import os
from pathlib import Path

DISK = "PLANWAVE_TEST_HOMES"
"""The variable that names a folder, on another file system than the tests' own, for the homes of all tests."""


def home_in(folder: Path) -> Path:
    """Return the home of a test that works in a folder: in it, unless homes are to be elsewhere; not there yet."""
    place = elsewhere(folder)
    place.mkdir(parents=True, exist_ok=True)
    return place / "home"


def elsewhere(folder: Path) -> Path:
    """Return the folder that stands for another one where homes are; the same one, unless they are elsewhere."""
    named = os.environ.get(DISK)
    return Path(named, *folder.resolve().parts[1:]) if named else folder
