"""What a check says first, and what it says in one line."""

from plans.errors import Problem
from plans.lint.summary import review


def _warning(message: str, line: int, code: str) -> Problem:
    return Problem(message, line=line, severity="warning", code=code)


def test_errors_come_first_by_line_and_each_for_itself() -> None:
    errors = [Problem(f"broken {at}", line=at, code="overlap") for at in (9, 3, 7, 5, 4)]
    told = review([_warning("old", 1, "claim"), *errors])
    assert [problem.message for problem in told] == ["broken 3", "broken 4", "broken 5", "broken 7", "broken 9", "old"]


def test_a_contradiction_is_told_before_a_missing_estimate() -> None:
    told = review([_warning("no estimate", 2, "no-estimate"), _warning("both ways", 80, "contradiction")])
    assert [problem.code for problem in told] == ["contradiction", "no-estimate"]


def test_many_warnings_of_one_kind_are_told_in_one_line_that_names_the_others() -> None:
    told = review([_warning(f"job {at} has no estimate", at, "no-estimate") for at in range(10, 15)])
    assert [problem.message for problem in told] == [
        "job 10 has no estimate (and 4 more like it, at lines 11, 12, 13, 14)"
    ]
    assert told[0].line == 10


def test_three_warnings_of_one_kind_are_told_one_by_one() -> None:
    alike = [_warning(f"claim {at}", at, "claim") for at in (1, 2, 3)]
    assert list(review(alike)) == alike


def test_a_long_list_of_lines_is_cut() -> None:
    (told,) = review(_warning("x", at, "no-estimate") for at in range(1, 40))
    assert told.message.endswith("at lines 2, 3, 4, 5, 6, 7 ...)")


def test_what_is_not_acted_on_comes_before_other_warnings_each_for_itself() -> None:
    told = review([_warning("doubt", 1, "contradiction"), *(_warning(f"f{at}", at, "unsupported") for at in range(9))])
    assert [problem.message for problem in told] == [*(f"f{at}" for at in range(9)), "doubt"]
