"""Turns the examples in a package's docstrings into pytest tests, one file a module.

usage: write_tests.py PACKAGE TESTS
"""

import ast
import doctest
import sys
from collections.abc import Iterator
from pathlib import Path


def main(package: str, tests: str) -> None:
    """Write the tests of every module that has examples."""
    for path in sorted(Path(package).glob("[!_]*.py")):
        functions = list(functions_with_examples(path))
        if not functions:
            continue
        module = f"{package}.{path.stem}"
        target = Path(tests, f"test_examples_{path.stem}.py")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(test_module(module, functions), encoding="utf-8")
        print(f"{target}: {len(functions)} tests")


def functions_with_examples(path: Path) -> Iterator[tuple[str, list[doctest.Example]]]:
    """Give every function of a module that shows examples, with them."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            examples = doctest.DocTestParser().get_examples(ast.get_docstring(node) or "")
            if examples:
                yield node.name, examples


def test_module(module: str, functions: list[tuple[str, list[doctest.Example]]]) -> str:
    """Give the text of a test file."""
    names = sorted(name for name, _ in functions)
    lines = [f'"""The examples of `{module}`, written by tools/write_tests.py."""', ""]
    lines += [f"from {module} import {', '.join(names)}"]
    for name, examples in functions:
        lines += ["", "", f"def test_the_examples_of_{name}() -> None:"]
        for example in examples:
            lines.append(f"    assert repr({example.source.strip()}) == {example.want.strip()!r}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(*sys.argv[1:])
