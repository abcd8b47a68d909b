import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.model import Contingency, Job, Plan
from plans.prompt import FEEDBACK_CHARACTERS, HANDOFF_CHARACTERS, build_prompt

PLAN = Plan.model_validate(
    {
        "version": 1,
        "name": "metrics",
        "title": "Metrics for all",
        "goal": "Every agent can be watched.",
        "context": "Python 3.11, no new dependencies.",
        "frozen": ["**/agent.py"],
        "defaults": {"timeout": "45m"},
        "tracks": [{"id": "production", "owns": {"create": ["monitoring/**"]}}],
        "waves": [
            {"id": "w1", "title": "Ground", "jobs": [{"id": "redis", "title": "Redis client"}, {"id": "types"}]},
            {
                "id": "w2",
                "title": "Build",
                "jobs": [
                    {
                        "id": "health",
                        "title": "Health endpoint",
                        "track": "production",
                        "prompt": "Add /health.\nKeep it fast.\n",
                        "steps": ["Implement", "Export metrics"],
                        "needs": ["redis", "types"],
                        "owns": {"modify": ["app.py"], "read": ["shared/types.ts"]},
                        "criteria": ["All agents answer", {"check": ["pytest", "-q", "a test"]}],
                        "contingency": [
                            {"if_failed": "redis", "instead": "Use a mock client"},
                            {"if_ahead": True, "instead": "Add histograms"},
                        ],
                    },
                    {"id": "bare"},
                ],
            },
        ],
    }
)
HEALTH, BARE = PLAN.jobs["health"], PLAN.jobs["bare"]


def sections(prompt: str) -> list[str]:
    return re.findall(r"^## (.*)$", prompt, re.MULTILINE)


def test_a_prompt_says_everything_the_agent_must_know() -> None:
    prompt = build_prompt(PLAN, HEALTH)
    assert prompt.startswith("# Health endpoint\n\nYou carry out one job, `health`, of the plan 'Metrics for all'")
    assert sections(prompt) == [
        "Goal of the whole plan",
        "Context",
        "Instructions",
        "Steps",
        "Done when",
        "Files",
        "What is different from the plan",
        "How to report",
    ]
    assert "ended after 45m" in prompt
    assert "## Instructions\n\nAdd /health.\nKeep it fast.\n\n## Steps\n\n1. Implement\n2. Export metrics\n" in prompt
    assert "- All agents answer\n- this command succeeds, run in the current folder: `pytest -q 'a test'`\n" in prompt
    assert (
        "- You may create: `monitoring/**`\n- You may change: `app.py`\n"
        "- Read these, and do not change them: `shared/types.ts`\n- Nobody may touch these: `**/agent.py`\n" in prompt
    )
    assert "- If you are done and time is left: Add histograms\n" in prompt
    assert "mock client" not in prompt, "redis has not failed"
    assert prompt.endswith("Do not pretend.\n")


def test_what_there_is_nothing_to_say_about_is_left_out() -> None:
    plan = PLAN.model_copy(update={"goal": "", "context": "  \n", "frozen": ()})
    assert sections(build_prompt(plan, BARE)) == ["How to report"]


@pytest.mark.parametrize("policy", ["fail", "ask"])
def test_a_job_that_must_keep_to_its_files_is_told_that_other_changes_fail_and_how_to_ask(policy: str) -> None:
    job = HEALTH.model_copy(update={"out_of_scope": policy})
    prompt = build_prompt(PLAN, job)
    assert "Any other change fails the attempt, unless you ask for it in `scope.json`" in prompt


def test_a_job_that_may_go_beyond_its_files_is_not_told_that_this_fails() -> None:
    defaults = PLAN.defaults.model_copy(update={"out_of_scope": "allow"})
    for plan, job in (
        (PLAN.model_copy(update={"defaults": defaults}), HEALTH),
        (PLAN, HEALTH.model_copy(update={"out_of_scope": "allow"})),
    ):
        prompt = build_prompt(plan, job)
        assert "Any other change fails" not in prompt
        assert "Other files may be changed too where the job needs it, but for those that nobody may touch" in prompt
        free = build_prompt(plan.model_copy(update={"frozen": ()}), job)
        assert "Other files may be changed too where the job needs it." in free


def test_handoffs_are_quoted_in_the_order_of_the_plan() -> None:
    handoffs = {"types": "# Types\n\nSee shared/types.ts.", "redis": "Client in redis.py\n", "unknown": "no", "w": ""}
    prompt = build_prompt(PLAN, HEALTH, handoffs=handoffs)
    assert (
        "## What the jobs before this one left for you\n\n"
        "From `redis` (Redis client):\n\n> Client in redis.py\n\n"
        "From `types` (types):\n\n> # Types\n>\n> See shared/types.ts.\n\n## " in prompt
    )


def test_a_contingency_that_applies_says_what_failed_and_what_to_do() -> None:
    prompt = build_prompt(PLAN, HEALTH, contingencies=HEALTH.contingency)
    assert (
        "- The job `redis` (Redis client) failed, so its results are missing. Instead: Use a mock client\n"
        "- If you are done and time is left: Add histograms\n" in prompt
    )
    gone = Contingency(if_failed="gone", instead="Do without")
    assert "The job `gone` failed" in build_prompt(PLAN, BARE, contingencies=[gone])


def test_the_next_attempt_is_told_why_the_last_one_failed() -> None:
    prompt = build_prompt(PLAN, HEALTH, feedback="```\nE   assert 1 == 2\n```", attempt=2)
    assert (
        "## Why the last attempt failed (this is attempt 2)\n\n````text\n```\nE   assert 1 == 2\n```\n````\n" in prompt
    )


def test_long_handoffs_lose_their_end_and_long_feedback_its_beginning() -> None:
    prompt = build_prompt(
        PLAN,
        HEALTH,
        handoffs={"redis": "begin" + "h" * HANDOFF_CHARACTERS + "cut off"},
        feedback="cut off" + "f" * FEEDBACK_CHARACTERS + "end",
    )
    assert "cut off" not in prompt
    assert "> beginh" in prompt
    assert "> [12 characters left out]" in prompt
    assert "[10 characters left out]\nf" in prompt


@given(st.text(), st.text(), st.lists(st.text(min_size=1), max_size=3), st.integers(1, 9))
def test_the_same_input_gives_the_same_prompt_and_other_peoples_text_adds_no_section(
    handoff: str, feedback: str, steps: list[str], attempt: int
) -> None:
    job = Job.model_validate({"id": "redis", "steps": steps})
    prompts = {
        build_prompt(PLAN, job, handoffs={"types": handoff}, feedback=feedback, attempt=attempt) for _ in range(2)
    }
    assert len(prompts) == 1
    outside_fence = re.sub(r"^(`{3,})text\n.*?^\1$", "", prompts.pop(), flags=re.MULTILINE | re.DOTALL)
    assert sections(outside_fence)[-1] == "How to report"
    assert len(sections(outside_fence)) <= 7
