"""YAML text as plain values with their lines, without YAML's traps.

Scalars stay the text that stands in the document: what a `1.10`, a `NO` or a `2024-01-01` means is decided by the field
it is given to, so none of them turns into a number, a truth value or a date on the way. Only an unquoted `null`, `~` or
nothing is `None`, and a field that is left empty counts as left out.
"""

from typing import NamedTuple

import yaml

from plans.document import LineMap, PathLines
from plans.errors import Problem
from plans.yaml.nodes import DEEPEST, Collection, Node, NodeLines, Scalar, YamlError, compose, is_merge, merged, pairs
from plans.yaml.syntax import syntax_problem, unreadable_characters

Value = str | None | list["Value"] | dict[str, "Value"]

MOST_ALIASED = 100_000
"""Values that aliases may add in all: enough for sharing, far too few for a bomb."""

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_NAMED = frozenset({"agents", "modes", "roles"})
"""Fields whose keys are names of the user's: an empty entry there is no field left out."""


class YamlTree(NamedTuple):
    """What a YAML text holds, and what is wrong with it as YAML."""

    value: Value
    """None also after a problem that makes it senseless to read on: syntax, nesting."""
    lines: LineMap
    problems: tuple[Problem, ...]


def read_tree(text: str) -> YamlTree:
    """Read one YAML document (or JSON, which is YAML too)."""
    problems = list(unreadable_characters(text))
    if problems:
        return YamlTree(None, PathLines(), tuple(problems))
    value, root = None, None
    try:
        root, count = compose(text, problems)
        if root is not None:
            value = _Unfolder(problems, count + MOST_ALIASED).unfold(root, 0)
    except yaml.MarkedYAMLError as error:
        problems.append(syntax_problem(error, text))
    except YamlError as error:
        problems.append(error.problem)
    return YamlTree(value, NodeLines(root), tuple(problems))


class _Unfolder:
    """Turns nodes into values; aliases and merge keys are written out, within limits."""

    def __init__(self, problems: list[Problem], budget: int) -> None:
        self._problems = problems
        self._budget = budget

    def unfold(self, node: Node, depth: int, *, keeps_empty: bool = False) -> Value:
        self._budget -= 1
        if isinstance(node, Scalar):
            return None if node.plain and node.text in _NULLS else node.text
        if self._budget < 0:
            hint = "write out what is meant"
            raise YamlError(_problem(f"aliases repeat more than {MOST_ALIASED} values", node.line, hint))
        if depth >= DEEPEST:
            message = f"nested more than {DEEPEST} levels deep, or an alias stands inside the value that it repeats"
            raise YamlError(_problem(message, node.line))
        if node.is_list:
            return [self.unfold(item, depth + 1) for item in node.items]
        return self._mapping(node, depth, keeps_empty=keeps_empty)

    def _mapping(self, node: Collection, depth: int, *, keeps_empty: bool) -> Value:
        values: dict[str, Value] = {}
        first_lines: dict[str, int] = {}
        behind: list[Node] = []
        for key, item in pairs(node):
            if is_merge(key):
                behind += merged(item)
                continue
            name = self._key(key, first_lines)
            value = self.unfold(item, depth + 1, keeps_empty=name in _NAMED)
            if name is not None and (value is not None or keeps_empty):
                values[name] = value
        for source in behind:
            value = self.unfold(source, depth + 1)
            if isinstance(value, dict):
                values.update((name, below) for name, below in value.items() if name not in first_lines)
                first_lines.update(dict.fromkeys(value, source.line))
            else:
                self._problems.append(_problem("`<<` takes a mapping, or a list of mappings", source.line))
        return values

    def _key(self, key: Node, first_lines: dict[str, int]) -> str | None:
        """Return the name that a key stands for; None when it is refused."""
        if not isinstance(key, Scalar):
            self._problems.append(_problem("a key must be text", key.line, "quote it if it begins with [ or {"))
        elif key.plain and not key.text:
            self._problems.append(_problem("a key is missing before ':'", key.line))
        elif key.text in first_lines:
            message = f"the key {key.text!r} stands twice, in line {first_lines[key.text]} and in line {key.line}"
            self._problems.append(Problem(message, line=key.line, hint="keep one of the two", code="duplicate-key"))
        else:
            first_lines[key.text] = key.line
            return key.text
        return None


def _problem(message: str, line: int, hint: str | None = None) -> Problem:
    return Problem(message, line=line, hint=hint, code="yaml")
