"""Checking what ties a plan together, before anything is started: every problem at once, each with its line.

Each module holds one family of rules. A rule is a function from a `Subject` to problems; rules know nothing of one
another, and nearly all take a plan that others object to.
"""

from collections.abc import Callable

from plans.document import Document
from plans.errors import PlanError, Problem
from plans.lint import branches, claims, gaps, names, order, paths
from plans.lint.subject import Rule, Subject

RULES: tuple[Rule, ...] = (*names.RULES, *branches.RULES, *order.RULES, *paths.RULES, *gaps.RULES)
"""The rules that take any plan, in the order in which problems of one line are told."""

RULES_OF_SOUND_PLANS: tuple[Rule, ...] = claims.RULES
"""Rules that work out what a plan would do, and so need one without errors."""


def lint_plan(document: Document, exists: Callable[[str], bool] | None = None) -> tuple[Problem, ...]:
    """Return everything that is wrong or doubtful with a plan, by line.

    Args:
        document: the plan, as it was read.
        exists: tells whether anything in the target repository matches a pattern; absent: no repository is at hand, and
            what depends on one is not told.
    """
    subject = Subject(document, exists)
    found = [*document.warnings, *(problem for rule in RULES for problem in rule(subject))]
    if all(problem.severity == "warning" for problem in found):
        found += (problem for rule in RULES_OF_SOUND_PLANS for problem in rule(subject))
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: problem.line or 0))


def check_document(document: Document, exists: Callable[[str], bool] | None = None) -> tuple[Problem, ...]:
    """Return the warnings of a plan that may be run.

    Raises:
        PlanError: with all problems, warnings too, when there are errors among them.
    """
    problems = lint_plan(document, exists)
    if any(problem.severity == "error" for problem in problems):
        raise PlanError(document.name, problems)
    return problems
