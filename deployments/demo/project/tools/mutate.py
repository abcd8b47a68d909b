"""Tests the tests: makes one small mistake at a time in a module, and sees whether the tests find it.

usage: mutate.py MODULE.py REPORT [MOST]

The mistakes are made in a copy of the project, so that the work tree stays as it is.
"""

import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

LEAST_FOUND = 0.6
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Lt: ast.GtE, ast.LtE: ast.Gt,
}  # fmt: skip


def main(module: str, report: str, most: str = "8") -> None:
    """Try the mistakes, spread evenly over the module, and write what became of each."""
    every = list(mistakes(Path(module).read_text(encoding="utf-8")))
    chosen = every[:: max(1, -(-len(every) // int(most)))]
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        there = Path(folder, "project")
        shutil.copytree(".", there, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        results = [(what, is_found(there, module, text)) for what, text in chosen]
    found = sum(ok for _, ok in results)
    lines = [f"# Mistakes in `{module}`: {found} of {len(results)} found", ""]
    lines += [f"- {'found' if ok else 'MISSED'}: {what}" for what, ok in results]
    Path(report).parent.mkdir(parents=True, exist_ok=True)
    Path(report).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    if found < LEAST_FOUND * len(results):
        sys.exit(f"the tests find too few mistakes in {module}")


def mistakes(source: str) -> Iterator[tuple[str, str]]:
    """Give every mistake: what it is, and the module's text with it."""
    tree = ast.parse(source)
    for at, node in enumerate(ast.walk(tree)):
        wrong = mistaken(node)
        if wrong is None:
            continue
        mutant = copy.deepcopy(tree)
        list(ast.walk(mutant))[at].__dict__.update(wrong.__dict__)
        yield f"line {node.lineno}: `{ast.unparse(node)}` made `{ast.unparse(wrong)}`", ast.unparse(mutant)


def mistaken(node: ast.AST) -> ast.AST | None:
    """Give an expression with a mistake in it; None: there is none to make."""
    wrong = copy.deepcopy(node)
    if isinstance(wrong, ast.BinOp) and type(wrong.op) in SWAPS:
        wrong.op = SWAPS[type(wrong.op)]()
    elif isinstance(wrong, ast.Compare) and type(wrong.ops[0]) in SWAPS:
        wrong.ops[0] = SWAPS[type(wrong.ops[0])]()
    elif isinstance(wrong, ast.Constant) and type(wrong.value) in {int, bool}:
        wrong.value = not wrong.value if isinstance(wrong.value, bool) else wrong.value + 1
    else:
        return None
    return wrong


def is_found(project: Path, module: str, text: str) -> bool:
    """Tell whether the tests of a copy of the project fail when the module has this text."""
    project.joinpath(module).write_text(text, encoding="utf-8")
    tests = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    # Bytecode is told from a changed source by size and second: two mistakes in one second would look alike.
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(tests, cwd=project, env=env, capture_output=True, timeout=60, check=False)
    return done.returncode != 0


if __name__ == "__main__":
    main(*sys.argv[1:])
