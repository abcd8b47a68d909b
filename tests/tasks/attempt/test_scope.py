import pytest

from plans.model import Plan
from tasks.agents.outbox import Report, ScopeRequest
from tasks.attempt.scope import grant_text, judge_scope
from tasks.errors import OutOfScope

PLAN = Plan.model_validate(
    {
        "version": 1,
        "name": "p",
        "frozen": ["LICENSE"],
        "tracks": [{"id": "docs", "owns": {"modify": ["docs/**"]}}],
        "waves": [
            {
                "id": "w",
                "jobs": [
                    {"id": "mine", "owns": {"create": ["mine.txt"]}},
                    {"id": "theirs", "owns": {"modify": ["src/*.py"]}},
                    {"id": "pages", "track": "docs"},
                    {"id": "free", "out_of_scope": "allow", "owns": {"create": ["free.txt"]}},
                ],
            }
        ],
    }
)


def asking(*paths: str, reason: str = "") -> Report:
    return Report(scope=ScopeRequest(paths=paths, reason=reason))


def judged(*changed: str, report: Report) -> tuple[str, ...]:
    return judge_scope(PLAN, PLAN.jobs["mine"], changed, report)


def test_what_a_job_owns_needs_no_asking() -> None:
    assert judged("mine.txt", report=Report()) == ()


@pytest.mark.parametrize("asked", ["lib/a.c", "/lib/a.c", "./lib", "lib/"])
def test_what_nobody_owns_is_granted_to_a_job_that_asked_for_it_or_for_its_folder(asked: str) -> None:
    assert judged("mine.txt", "lib/a.c", report=asking(asked, "setup.cfg")) == ("lib/a.c",)


@pytest.mark.parametrize("asked", ["lib/a", "ib/a.c", "/", "**", "lib/*"])
def test_what_a_job_did_not_ask_for_by_its_name_is_not_granted(asked: str) -> None:
    with pytest.raises(OutOfScope) as refused:
        judged("lib/a.c", report=asking(asked))
    assert refused.value.paths == ("lib/a.c",)
    assert refused.value.notes == ()


@pytest.mark.parametrize("path", ["src/a.py", "docs/deep/b.md", "LICENSE"])
def test_what_others_own_or_nobody_may_change_is_refused_whoever_asks(path: str) -> None:
    with pytest.raises(OutOfScope, match=f"it asked for what others own or nobody may change: {path}") as refused:
        judged(path, "lib/a.c", report=asking(path, "lib"))
    assert refused.value.paths == (path,)


def test_a_request_that_cannot_be_read_is_told_with_the_refusal() -> None:
    with pytest.raises(OutOfScope, match=r"; scope\.json: Invalid JSON"):
        judged("lib/a.c", report=Report(problems=("verdict.json: no", "scope.json: Invalid JSON")))


def test_where_the_plan_allows_it_nothing_need_be_asked_for() -> None:
    assert judge_scope(PLAN, PLAN.jobs["free"], ["src/a.py"], Report()) == ()


def test_what_is_frozen_stays_also_where_the_plan_allows_all_else() -> None:
    with pytest.raises(OutOfScope) as refused:
        judge_scope(PLAN, PLAN.jobs["free"], ["src/a.py", "LICENSE"], asking("LICENSE"))
    assert refused.value.paths == ("LICENSE",)


def test_a_grant_is_said_in_one_line_with_its_reason() -> None:
    said = grant_text(PLAN.jobs["mine"], ["a"] * 12, asking("a", reason="The\nbuild needs it."))
    listed = ", ".join("a" * 10)
    assert said == f"job 'mine' was granted what nobody owns: {listed} and 2 more; its reason: The build needs it."
