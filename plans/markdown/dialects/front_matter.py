"""The YAML between `---` lines at the top of a Markdown text."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from plans.document import LineMap, PathLines, Step
from plans.yaml.tree import Value, read_tree

_FRONT_MATTER = re.compile(r"\s*?---[ \t]*\n(?P<yaml>.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


class FrontMatter(NamedTuple):
    """What stands at the top of a text; nothing where there is none, or it is no mapping."""

    values: Mapping[str, Value] = {}
    lines: LineMap = PathLines()

    def text(self, key: str) -> str:
        """Return a field that is one word or sentence; "" where it is not there."""
        value = self.values.get(key)
        return value.strip() if isinstance(value, str) else ""

    def texts(self, key: str) -> list[tuple[str, int]]:
        """Return a list of words, each with its line; a single word counts as a list of one."""
        return texts(self.values.get(key), self.lines, key)

    def line(self, *path: Step) -> int:
        """Return the line of a field."""
        return self.lines.line(*path) or 1


def read_front_matter(text: str) -> FrontMatter:
    """Read what stands at the top of a text; mistakes in it are passed over, for it is not the plan."""
    found = _FRONT_MATTER.match(text)
    if found is None:
        return FrontMatter()
    above = text.count("\n", 0, found.start("yaml")) if found["yaml"] else 0
    tree = read_tree("\n" * above + (found["yaml"] or ""))
    return FrontMatter(tree.value, tree.lines) if isinstance(tree.value, dict) else FrontMatter()


def texts(value: Value, lines: LineMap, *path: Step) -> list[tuple[str, int]]:
    """Return the words of a value that is a list, or a single word, each with its line."""
    if isinstance(value, str):
        return [(value.strip(), lines.line(*path) or 1)] if value.strip() else []
    listed = value if isinstance(value, list) else []
    return [
        (one.strip(), lines.line(*path, at) or 1)
        for at, one in enumerate(listed)
        if isinstance(one, str) and one.strip()
    ]
