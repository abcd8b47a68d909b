"""Plans in YAML, the canonical form (and in JSON, which is YAML too)."""

import re

from plans.document import Document
from plans.errors import PlanError
from plans.model import Plan
from plans.shape import read_shape
from plans.yaml_tree import Value, read_tree

_FIELD = re.compile(r"""["']?([A-Za-z_<][\w <-]*)["']?\s*:(?:\s|$)""")
_PLAN_FIELD = re.compile(rf"""^["']?({"|".join(Plan.model_fields)})["']?\s*:(?:\s|$)""", re.MULTILINE)
_PROSE = re.compile(r"^(?:#{2,6} \S|```|~~~|\|.*\|[ \t]*$|\*\*\S)", re.MULTILINE)
"""Lines that only Markdown has: in a plan in YAML its headings and fences stand further in."""
_MARKER = re.compile(r"^(---|\.\.\.)(?:[ \t]|$)", re.MULTILINE)


def is_yaml(text: str) -> bool:
    """Tell whether a text means to be a plan in YAML or JSON, even one with mistakes in it."""
    lines = (line.strip() for line in text.splitlines())
    body = (line for line in lines if line and not line.startswith(("#", "%")) and line != "---")
    first = next(body, "")
    if first.startswith("{"):
        return True
    if _FIELD.match(first) is None or _PLAN_FIELD.search(text) is None or _is_front_matter(text):
        return False
    return _PLAN_FIELD.match(first) is not None or _PROSE.search(text) is None


def _is_front_matter(text: str) -> bool:
    """Tell whether the YAML at the top is only the head of a Markdown text."""
    marks = list(_MARKER.finditer(text))
    if len(marks) < 2 or text[: marks[0].start()].strip():
        return False
    return _PLAN_FIELD.search(text, marks[1].end()) is None


def read_yaml(text: str, name: str) -> Document:
    """Read a plan.

    Raises:
        PlanError: with everything that is wrong with its syntax and shape, and with what can be said of the rest then.
    """
    tree = read_tree(text)
    if tree.value is None and tree.problems:
        raise PlanError(name, tree.problems)
    value = _versioned(tree.value)
    plan, problems = read_shape(value, tree.lines)
    if plan is None or tree.problems:
        from plans.partial import problems_of_the_rest  # noqa: PLC0415  # the rules, which sound plans meet later

        rest = problems_of_the_rest(value, tree.lines, name, is_whole=not tree.problems)
        raise PlanError(name, (*tree.problems, *problems, *rest))
    return Document(plan, name, tree.lines)


def _versioned(value: Value) -> object:
    """Read the format's version as the number that it is: scalars come as text."""
    if isinstance(value, dict) and value.get("version") == "1":
        return {**value, "version": 1}
    return value
