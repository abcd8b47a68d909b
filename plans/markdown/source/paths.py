"""Paths in words, lists, tables and trees."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from plans.markdown.source.outline import Node
from plans.markdown.source.text import codes, plain
from plans.markdown.source.words import EXTENSIONS

Use = Literal["create", "modify", "read", ""]


class FoundPath(NamedTuple):
    """A path and what is done to it."""

    path: str
    use: Use
    """"" where the document does not say."""
    line: int


_PART = r"[\w.@+~*?{}\[\]$-]"
_PATH = re.compile(
    rf"(?:\.{{0,2}}/)?(?:{_PART}+/)*{_PART}*(?:/|\*\*|\.[A-Za-z][\w*]{{0,14}}(?:\.[A-Za-z]\w{{0,14}})?)?(?::\d[\d:+-]*)?"
)
_HAS_EXTENSION = re.compile(r"(?:^|/)[\w.*?{},\[\]@+-]*[\w*}\]]\.(?:[a-z*][a-z0-9*]{0,11}|[A-Z]{1,5})$")
_LINE_RANGE = re.compile(r":\d[\d,:+~-]*$")
_NO_PATH = re.compile(
    r"^(?:https?:|www\.|[\d.v]+$|v?\d+(?:\.(?:\d+|[x*]))+$|--?\w|\$|npm|@[\w-]+/|e\.g|i\.e|etc\.)|\(\)|[<>=;|\"'`]|^\w+\.\w+\(",
    re.IGNORECASE,
)
_BARE_NAMES = frozenset(
    {
        "makefile",
        "dockerfile",
        "justfile",
        "license",
        "rakefile",
        "gemfile",
        "procfile",
        "readme",
        "changelog",
        "jenkinsfile",
    }
)
_CREATE = re.compile(
    r"\b(?:new|create[ds]?|creating|neu|nouveau|nuevo|novo|criar|crear|créer|add file)\b|新建|新增|新規|생성",
    re.IGNORECASE,
)
_MODIFY = re.compile(
    r"\b(?:update[ds]?|modif\w+|extend\w*|edit\w*|add|append|existing|change[ds]?|refactor|complete restructure|"
    r"atualizar|actualizar|ändern)\b|"
    r"修改|更新|수정",
    re.IGNORECASE,
)
_READ = re.compile(r"\b(?:read[- ]only|reads?|reference only|no edits?)\b", re.IGNORECASE)


def is_path(word: str, *, marked: bool = False) -> bool:
    """Return whether a word is a path.

    Args:
        word: the word, without marks.
        marked: it stood as code, or where paths are listed: a folder needs no more than its slash then.
    """
    word = _LINE_RANGE.sub("", word)
    if not word or len(word) > 300 or " " in word or word.startswith(("../", "~")) or _NO_PATH.search(word) is not None:
        return False
    if word.lower() in _BARE_NAMES:
        return True
    if _HAS_EXTENSION.search(word) is not None:
        return marked or "/" in word or _looks_like_a_file(word)
    if "/" in word.strip("/"):
        return marked or word.endswith("/") or "*" in word
    return marked and (word.endswith("/") or word.startswith("/")) and word.strip("/") != ""


def _looks_like_a_file(word: str) -> bool:
    """Tell `setup.py` from `node.js` said of the tool, and from ends of sentences."""
    stem, _, extension = word.rpartition(".")
    return bool(stem) and extension.lower() in EXTENSIONS and word.lower() not in _TOOLS


_TOOLS = frozenset(
    {
        "node.js",
        "next.js",
        "vue.js",
        "react.js",
        "express.js",
        "three.js",
        "d3.js",
        "nuxt.js",
        "chart.js",
        "asp.net",
        "socket.io",
    }
)


def clean_path(word: str) -> str:
    """Return a path as the plan format takes it: without the line numbers, `./` and quotes that people add."""
    return _LINE_RANGE.sub("", word.strip("`'\" ").rstrip(",;")).removeprefix("./").replace("\\", "/")


def paths_in(text: str, line: int, *, listed: bool = False) -> Iterator[FoundPath]:
    """Yield the paths of a text.

    Args:
        text: inline Markdown.
        line: its line.
        listed: the text is a value that lists files, so words that may be paths are.
    """
    spans = [code for code in codes(text) if is_path(code, marked=True)]
    if spans:
        for path in dict.fromkeys(spans):
            yield FoundPath(clean_path(path), _use(_beside(text, path)), line)
        return
    words = plain(text)
    for word in dict.fromkeys(re.split(r"[\s,;()]+", words)):
        bare = word.strip("\"'`:.,").rstrip("*") if word.startswith("**") else word.strip("\"'`:,").rstrip(".")
        if is_path(bare, marked=listed) and not (listed and not _plausible(bare)):
            yield FoundPath(clean_path(bare), _use(_beside(words, bare)), line)


def _plausible(word: str) -> bool:
    """Tell paths from `and/or`, `CI/CD` and `read/write`."""
    return (
        _HAS_EXTENSION.search(word) is not None
        or word.endswith("/")
        or "*" in word
        or word.startswith(("/", "./"))
        or word.count("/") >= 2
        or bool(
            re.fullmatch(r"[a-z0-9_.-]+/[a-z0-9_./-]+", word)
            and word not in {"and/or", "read/write", "client/server", "he/she", "n/a"}
        )
        or word.lower() in _BARE_NAMES
    )


def _beside(text: str, path: str) -> str:
    """Return what is said of one path of a text: what follows it up to the next comma, and what is before all."""
    before, _, after = text.partition(path)
    said = re.split(r"`[^`]+`", after.lstrip("`"), maxsplit=1)[0] if "`" in text else after
    bracket = re.match(r"[\s*]*\(([^()]*)\)", said.lstrip("`"))
    return (
        bracket[1]
        if bracket is not None
        else f"{re.split('[,;]', said)[0]} {before if before.count('`') <= 1 and len(before) < 20 else ''}"
    )


def _use(said: str) -> Use:
    if _READ.search(said):
        return "read"
    create, modify = _CREATE.search(said), _MODIFY.search(said)
    if create is not None and (modify is None or create.start() < modify.start()):
        return "create"
    return "modify" if modify is not None else ""


def paths_below(nodes: Iterable[Node]) -> Iterator[FoundPath]:
    """Yield the paths of lists, paragraphs, tables and trees that stand where files are listed."""
    for node in nodes:
        match node.kind:
            case "item" | "paragraph":
                own = list(_first_paths(node))
                yield from own
                folder = own[0].path if len(own) == 1 and own[0].path.endswith("/") else ""
                for path in paths_below(node.children):
                    yield path if "/" in path.path else path._replace(path=f"{folder}{path.path}")
            case "fence":
                yield from _tree_paths(node.children, "") if node.children else _fence_paths(node)
            case "table":
                for row in node.rows[1:]:
                    for found in paths_in(row.cells[0], row.line, listed=True):
                        yield found._replace(use=found.use or _use(" ".join(row.cells[1:])))
            case _:
                yield from paths_below(node.children)


def _first_paths(node: Node) -> Iterator[FoundPath]:
    for at, text in enumerate(node.text.split("\n")):
        # Of `- path (note) - what is done with other.py` only the part before the dash lists files.
        head = re.split(r"\s+[-–—]\s+", text, maxsplit=1)
        found = list(paths_in(head[0], node.line + at, listed=True))
        for path in found:
            yield path._replace(use=path.use or _use(head[1] if len(head) > 1 else ""))


def _fence_paths(node: Node) -> Iterator[FoundPath]:
    for at, text in enumerate(node.text.split("\n")):
        word = text.strip().split(" ")[0].rstrip(":,")
        if is_path(word, marked=True) and not text.lstrip().startswith(("#", "//", "$")):
            yield FoundPath(clean_path(word), _use(text.partition(word)[2]), node.line + at)


def _tree_paths(items: Iterable[Node], folder: str) -> Iterator[FoundPath]:
    for item in items:
        word, _, said = item.text.partition(" ")
        path = f"{folder}{clean_path(word)}"
        if item.children:
            yield from _tree_paths(item.children, f"{path.rstrip('/')}/")
        elif is_path(path, marked=True):
            yield FoundPath(path, _use(said), item.line)
