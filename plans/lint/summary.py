"""What a check says, as a good colleague would: the worst first, and what is alike in one line."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from plans.deferred import CODE as UNSUPPORTED
from plans.errors import Problem

_WORST_FIRST = (
    UNSUPPORTED,
    "encoding",
    "contradiction",
    "order",
    "shared-file",
    "unresolved",
    "not-understood",
    "claim",
    "missing-path",
    "merge-order",
    "gate-checks",
    "no-words",
    "no-paths",
    "no-estimate",
)
"""Kinds of warnings, by how much harm comes of not reading them; others stand before those about what is missing."""
_OTHERS = _WORST_FIRST.index("missing-path")
_MOST_ALIKE = 3
"""Warnings of one kind that are told one by one: more are told in one line."""
_MOST_LINES_NAMED = 6


def review(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the errors by line, each for itself, then the warnings, the worst first, those of one kind together."""
    by_line = sorted(problems, key=lambda problem: problem.line or 0)
    errors = [problem for problem in by_line if problem.severity == "error"]
    kinds: dict[str, list[Problem]] = {}
    for problem in by_line:
        if problem.severity == "warning":
            kinds.setdefault(problem.code, []).append(problem)
    ranked = sorted(kinds, key=_rank)
    # What is not acted on is a different thing each time.
    alike = (kinds[kind] if kind == UNSUPPORTED else _together(kinds[kind]) for kind in ranked)
    return (*errors, *(told for warnings in alike for told in warnings))


def _rank(code: str) -> int:
    return _WORST_FIRST.index(code) if code in _WORST_FIRST else _OTHERS


def _together(alike: Sequence[Problem]) -> Sequence[Problem]:
    if len(alike) <= _MOST_ALIKE:
        return alike
    first, *more = alike
    lines = list(dict.fromkeys(str(problem.line) for problem in more if problem.line is not None))
    where = ", ".join(lines[:_MOST_LINES_NAMED]) + (" ..." if len(lines) > _MOST_LINES_NAMED else "")
    at = f", at line{'s' if len(lines) > 1 else ''} {where}" if where else ""
    return [replace(first, message=f"{first.message} (and {len(more)} more like it{at})")]
