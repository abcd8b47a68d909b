"""The core knows no Prefect: it imports without it, and names neither it nor the room that does."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tasks
from tests.flows.commands import CHECKOUT

ROOM = "tasks.engine"


def modules_outside_the_room() -> Iterator[tuple[str, Path]]:
    folder = Path(tasks.__path__[0])
    for path in sorted(folder.rglob("*.py")):
        name = ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")
        if name != ROOM and not name.startswith(f"{ROOM}."):
            yield name, path


def imported(path: Path) -> Iterator[str]:
    """Yield what a module imports anywhere, also within its functions and for type checkers alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("last", ["flows.waves", "tasks.direct"])
def test_everything_in_tasks_outside_the_engine_is_imported_without_prefect(last: str) -> None:
    names = [name for name, _ in modules_outside_the_room()]
    assert "tasks.attempt.carry_out" in names
    program = f"""
import sys
from importlib import import_module
for name in {[*names, last]!r}:
    import_module(name)
loaded = [name for name in sys.modules if name.partition(".")[0] == "prefect"]
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, check=True, timeout=120)


def test_nothing_in_tasks_outside_the_engine_imports_prefect_or_the_engine_anywhere() -> None:
    found = {
        name: wrong
        for name, path in modules_outside_the_room()
        if (wrong := [what for what in imported(path) if what.split(".")[0] == "prefect" or what.startswith(ROOM)])
    }
    assert found == {}


def test_every_module_of_tasks_is_tried_by_a_test_that_imports_it() -> None:
    tried = {name for path in (CHECKOUT / "tests").rglob("*.py") for name in imported(path)}
    folder = Path(tasks.__path__[0])
    every = {
        ".".join(path.relative_to(folder.parent).with_suffix("").parts)
        for path in folder.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert every - tried == set()
