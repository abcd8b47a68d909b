"""The rooms of the house: each has its place in `docs/design.md`, says its duty, and is no larger than a glance."""

from dataclasses import fields
from pathlib import Path

import pytest

import deployments
import flows
import plans
import tasks
from tasks.session.session import Session

ROOT = Path(plans.__path__[0]).parent
MOST = 14
ROWS = {"agents", "cli", "dialects", "lint", "recognisers"}
"""Rooms of many modules that are all of one kind."""
PARTS = [Path(part.__path__[0]) for part in (plans, tasks, flows, deployments)]
ROOMS = sorted(
    path.parent.relative_to(ROOT).as_posix()
    for part in PARTS
    for path in part.rglob("__init__.py")
    if "project" not in path.parts
)


def modules(room: str) -> list[str]:
    return sorted(path.stem for path in (ROOT / room).glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_small_and_says_its_duty(room: str) -> None:
    assert (ROOT / room / "__init__.py").read_text().startswith('"""')
    if Path(room).name not in ROWS:
        assert len(modules(room)) <= MOST, modules(room)


@pytest.mark.parametrize("room", [room for room in ROOMS if "/" in room])
def test_a_room_has_its_place_on_the_page_about_the_design(room: str) -> None:
    assert f"`{Path(room).name}/`" in (ROOT / "docs/design.md").read_text()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_module_that_is_in_no_room_has_its_place_there_too(part: Path) -> None:
    page = (ROOT / "docs/design.md").read_text()
    assert [name for name in modules(part.name) if f"`{name}`" not in page and part.name != "flows"] == []


def test_a_session_is_a_few_parts() -> None:
    assert len(fields(Session)) <= 12, "what a run comes to know belongs into its record, a lock to what it guards"


def test_tests_lie_in_folders_named_as_the_rooms_are() -> None:
    for part in PARTS:
        folders = {
            path.parent.relative_to(ROOT / "tests").as_posix()
            for path in (ROOT / "tests" / part.name).rglob("test_*.py")
        }
        assert folders <= {*ROOMS}, folders - {*ROOMS}
