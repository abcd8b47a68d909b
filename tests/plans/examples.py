"""The example plans that are shipped, as tests read them."""

from importlib import resources

from plans.document import Document
from plans.folder import read_folder
from plans.read import read_plan

FOLDER = resources.files("plans") / "examples"


def example(name: str) -> Document:
    """Read an example: a file, or a folder of them."""
    place = FOLDER / name
    if place.is_dir():
        return read_folder({entry.name: entry.read_bytes() for entry in place.iterdir()}, name)
    return read_plan(place.read_bytes(), name)


def names(ending: str) -> list[str]:
    """Return the examples whose names end so."""
    return sorted(entry.name for entry in FOLDER.iterdir() if entry.name.endswith(ending))
