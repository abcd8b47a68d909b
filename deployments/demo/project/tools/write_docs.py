"""Writes the reference of a package from its source: signatures, first lines of docstrings, links to lines.

usage: write_docs.py PACKAGE FILE
"""

import ast
import sys
from pathlib import Path


def main(package: str, file: str) -> None:
    """Write the reference of every module."""
    lines = [f"# Reference of `{package}`"]
    for path in sorted(Path(package).glob("[!_]*.py")):
        lines += section(package, path)
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{file}: {len(lines)} lines")


def section(package: str, path: Path) -> list[str]:
    """Give the lines of one module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lines = ["", f"## `{package}.{path.stem}`", "", ast.get_docstring(tree) or ""]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            said = (ast.get_docstring(node) or "").partition("\n")[0]
            link = f"../{path.as_posix()}#L{node.lineno}"
            lines += ["", f"### [`{node.name}({ast.unparse(node.args)})`]({link})", "", said]
    return lines


if __name__ == "__main__":
    main(*sys.argv[1:])
