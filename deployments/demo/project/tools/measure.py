"""Measures how fast the functions of a package are, on the examples of their docstrings.

usage: measure.py PACKAGE FILE
"""

import ast
import doctest
import importlib
import sys
import timeit
from collections.abc import Iterator
from pathlib import Path

LEAST_S = 0.02
ROUNDS = 5


def main(package: str, file: str) -> None:
    """Write a table of every example and how long it takes."""
    sys.path.insert(0, ".")
    lines = ["# Speed", "", "| example | microseconds |", "|---|---|"]
    for path in sorted(Path(package).glob("[!_]*.py")):
        module = importlib.import_module(f"{package}.{path.stem}")
        for source in examples(path):
            lines.append(f"| `{source}` | {microseconds(source, vars(module)):.2f} |")
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{file}: {len(lines) - 4} examples")


def examples(path: Path) -> Iterator[str]:
    """Give the examples of a module's functions."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            for example in doctest.DocTestParser().get_examples(ast.get_docstring(node) or ""):
                yield example.source.strip()


def microseconds(source: str, names: dict[str, object]) -> float:
    """Give the time that an expression takes."""
    timer = timeit.Timer(source, globals=names)
    count = 1
    while timer.timeit(count) < LEAST_S:
        count *= 4
    return min(timer.repeat(ROUNDS, count)) / count * 1e6


if __name__ == "__main__":
    main(*sys.argv[1:])
