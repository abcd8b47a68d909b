"""What the documents name is there: modules and what is in them, paths of the repository, and files behind links.

Modules are looked up in their source, since importing some of them needs a Prefect server's address.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = tuple(
    path.relative_to(ROOT).as_posix()
    for pattern in ("README.md", "AGENTS.md", "CONTRIBUTING.md", "docs/*.md", "docs/decisions/*.md")
    for path in sorted(ROOT.glob(pattern))
)
_ROOTS = r"(?<![\w./-])(?:plans|tasks|flows|deployments|tests|benchmarks|findings)"
_MODULE = re.compile(rf"{_ROOTS}(?:\.[A-Za-z_]\w*)+(?![\w/*])")
_PATH = re.compile(rf"{_ROOTS}/(?:[\w-][\w.-]*/?)*(?![\w/*])")
_URL = re.compile(r"[a-z][a-z0-9+.-]*:|#")
_SHELL = frozenset({"sh", "console"})


class Said(NamedTuple):
    """A piece of code, or the target of a link, in a document."""

    line: int
    text: str


def tokens(document: str) -> list[Token]:
    return MarkdownIt().enable("table").parse((ROOT / document).read_text(encoding="utf-8"))


def children(document: str) -> Iterator[tuple[int, Token]]:
    """Yield what paragraphs, items and cells are made of, each with its line."""
    for token in tokens(document):
        line = token.map[0] + 1 if token.map else 0
        for child in token.children or ():
            yield line, child
            line += child.type in {"softbreak", "hardbreak"}


def code(document: str) -> Iterator[Said]:
    """Yield the code between backticks, and the lines of shell sessions."""
    yield from (Said(line, child.content) for line, child in children(document) if child.type == "code_inline")
    for token in tokens(document):
        if token.type == "fence" and token.info in _SHELL and token.map:
            yield from (Said(token.map[0] + 2 + at, text) for at, text in enumerate(token.content.splitlines()))


def links(document: str) -> Iterator[Said]:
    for line, child in children(document):
        if child.type == "link_open":
            yield Said(line, str(child.attrs["href"]))


def is_there(dotted: str) -> bool:
    """Return whether a dotted name is a module, or an attribute of one."""
    place, names = ROOT, dotted.split(".")
    while names and (place / names[0]).is_dir():
        place /= names.pop(0)
    source = place / "__init__.py"
    if names and (place / f"{names[0]}.py").is_file():
        source = place / f"{names.pop(0)}.py"
    return not names or (source.is_file() and _has(ast.parse(source.read_text(encoding="utf-8")).body, names))


def _has(body: Sequence[ast.stmt], names: Sequence[str]) -> bool:
    for statement in body:
        if names[0] in _defined(statement):
            inside = statement.body if isinstance(statement, ast.ClassDef) else ()
            return len(names) == 1 or _has(inside, names[1:])
    return False


def _defined(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case _:
            pass


@pytest.mark.parametrize("document", DOCUMENTS)
def test_modules_that_a_document_names_are_there(document: str) -> None:
    named = [Said(line, name) for line, text in code(document) for name in _MODULE.findall(text)]
    # `tasks.md` is a file that tools write.
    missing = [said for said in named if not said.text.endswith(".md") and not is_there(said.text)]
    assert missing == [], "\n".join(f"{document}:{line}: there is no {name}" for line, name in missing)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_that_a_document_names_are_there(document: str) -> None:
    named = [Said(line, path) for line, text in code(document) for path in _PATH.findall(text)]
    missing = [said for said in named if not (ROOT / said.text).exists()]
    assert missing == [], "\n".join(f"{document}:{line}: there is no {path}" for line, path in missing)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_of_a_document_lead_to_files(document: str) -> None:
    folder = (ROOT / document).parent
    missing = [
        said
        for said in links(document)
        if not _URL.match(said.text) and not (folder / said.text.partition("#")[0]).exists()
    ]
    assert missing == [], "\n".join(f"{document}:{line}: the link leads nowhere: {to}" for line, to in missing)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plans.lint", True),
        ("plans.lint.RULES", True),
        ("plans.schedule.frontier.Frontier.startable", True),
        ("plans.lint.rules", False),
        ("plans.schedule.frontier.Frontier.rules", False),
        ("tasks.run_log", False),
    ],
)
def test_a_name_that_nothing_has_is_found_out(name: str, *, expected: bool) -> None:
    assert is_there(name) is expected
