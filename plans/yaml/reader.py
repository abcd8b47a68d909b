"""Plans in YAML, the canonical form (and in JSON, which is YAML too)."""

import re
from collections.abc import Sequence
from typing import Protocol

from plans.document import Document, LineMap
from plans.errors import PlanError, Problem
from plans.model import Plan
from plans.yaml.shape import read_shape
from plans.yaml.tree import Value, read_tree

_FIELD = re.compile(r"""["']?([A-Za-z_<][\w <-]*)["']?\s*:(?:\s|$)""")
_PLAN_FIELD = re.compile(rf"""^["']?({"|".join(Plan.model_fields)})["']?\s*:(?:\s|$)""", re.MULTILINE)
_PROSE = re.compile(r"^(?:#{2,6} \S|```|~~~|\|.*\|[ \t]*$|\*\*\S)", re.MULTILINE)
"""Lines that only Markdown has: in a plan in YAML its headings and fences stand further in."""
_MARKER = re.compile(r"^(---|\.\.\.)(?:[ \t]|$)", re.MULTILINE)


class RestRules(Protocol):
    """Finds what is wrong among the sound parts of a value that is no plan as a whole."""

    def __call__(self, value: object, lines: LineMap, name: str, *, is_whole: bool) -> Sequence[Problem]:
        """Return the problems.

        Args:
            value: what stands in the document.
            lines: where its parts stand.
            name: the document's name.
            is_whole: whether all that was written is in the value: it is not where a key stands twice.
        """
        ...


def is_yaml(text: str) -> bool:
    """Return whether a text means to be a plan in YAML or JSON, even one with mistakes in it."""
    lines = (line.strip() for line in text.splitlines())
    body = (line for line in lines if line and not line.startswith(("#", "%")) and line != "---")
    first = next(body, "")
    if first.startswith("{"):
        return True
    if _FIELD.match(first) is None or _PLAN_FIELD.search(text) is None or _is_front_matter(text):
        return False
    return _PLAN_FIELD.match(first) is not None or _PROSE.search(text) is None


def _is_front_matter(text: str) -> bool:
    """Return whether the YAML at the top is only the head of a Markdown text."""
    marks = list(_MARKER.finditer(text))
    if len(marks) < 2 or text[: marks[0].start()].strip():
        return False
    return _PLAN_FIELD.search(text, marks[1].end()) is None


def read_yaml(text: str, name: str, rest_rules: RestRules) -> Document:
    """Read a plan.

    Args:
        text: the plan.
        name: the document's name, for messages.
        rest_rules: asked only about a plan with mistakes.

    Raises:
        PlanError: with everything that is wrong with its syntax and shape, and with what can be said of the rest then.
    """
    tree = read_tree(text)
    if tree.value is None and tree.problems:
        raise PlanError(name, tree.problems)
    value = _versioned(tree.value)
    plan, problems = read_shape(value, tree.lines)
    if plan is None or tree.problems:
        rest = rest_rules(value, tree.lines, name, is_whole=not tree.problems)
        raise PlanError(name, (*tree.problems, *problems, *rest))
    return Document(plan, name, tree.lines)


def _versioned(value: Value) -> object:
    """Read the format's version as the number that it is: scalars come as text."""
    if isinstance(value, dict) and value.get("version") == "1":
        return {**value, "version": 1}
    return value
