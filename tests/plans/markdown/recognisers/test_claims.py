import pytest

from plans.markdown.draft import Draft
from plans.markdown.recognisers.claims import recognise_claims
from tests.plans.drafts import job, recognised, waves_draft


def _waves() -> Draft:
    return waves_draft({"1": [job("1.1", "Lay the base")], "2": [job("2.1", "Build on it"), job("2.2", "Paint it")]})


def _of_plan(text: str) -> dict[str, str]:
    draft = recognised(recognise_claims, text, _waves())
    return {name: said.text for name, said in draft.claims.said.items()}


@pytest.mark.parametrize(
    ("line", "claims"),
    [
        ("**TOTAL: ~90 minutes (vs 6 hours if serial)**", {"parallel": "1h30m", "serial": "6h"}),
        ("**Estimated Total Time:** 2-3 hours (vs 5-8 hours sequential)", {"parallel": "2h-3h", "serial": "5h-8h"}),
        ("Estimated total time: 20 days (with agents: 4-5 days)", {"parallel": "32h-40h", "serial": "160h"}),
        ("Timeline: 6 weeks vs 7 weeks", {"parallel": "240h", "serial": "280h"}),
        ("Total effort: 12 hours", {"serial": "12h"}),
        ("### With a single agent: ~2 days (16 hours)", {"serial": "16h"}),
        ("### With 4 parallel agents: 5h", {"parallel": "5h", "agents": "4"}),
        ("- **Sequential execution:** ~18 hours", {"serial": "18h"}),
        ("**9 hours → 2 hours** (much faster!)", {"serial": "9h", "parallel": "2h"}),
        ("This brings it down from 8 weeks to 2 weeks.", {"serial": "320h", "parallel": "80h"}),
        ("**Total tasks:** 12 (3 done)", {"jobs": "12"}),
        ("Total: 3 tasks", {"jobs": "3"}),
    ],
)
def test_totals_of_the_plan_are_claims(line: str, claims: dict[str, str]) -> None:
    assert _of_plan(f"# Plan\n\n{line}\n") == claims


@pytest.mark.parametrize(
    "text",
    [
        "At least 10 integration tests pass, and all 30 skills are listed.\n",
        "1. **Schema group**\n   - Total time: 8 hours (vs 20 hours sequential)\n",
        "## Wave 1: Base\n\nTotal time: 3 hours\n",
        "- Time saved: 3 hours\n",
        "Response time: 3 s in parallel mode is too slow\n",
        "## Progress\n\nTotal tasks: 9\n",
        "| Item | Time |\n|---|---|\n| Total | 3 h |\n",
        "TOTAL: 8+ hours\n",
        "Overall: 0/12 tasks complete\n",
    ],
)
def test_what_is_said_of_something_else_is_no_claim(text: str) -> None:
    assert _of_plan(text) == {}


def test_a_title_counts_tracks() -> None:
    draft = _waves()
    draft.line = 1
    recognised(recognise_claims, "# Launch plan - 3 track strategy\n", draft)
    assert {name: said.text for name, said in draft.claims.said.items()} == {"tracks": "3"}


def test_the_heading_of_a_wave_and_its_line_in_a_list_are_claims_of_the_wave() -> None:
    draft = _waves()
    draft.waves[0].line, draft.waves[1].line = 1, 5
    heads = "## Wave 1: Base (9 agents in parallel)\n\n1. it\n\n## Wave 2: More (4 tasks, 2-3 agents)\n\n"
    text = f"{heads}## Times\n\n- Wave 2: 30 minutes\n"
    recognised(recognise_claims, text, draft)
    assert {name: said.text for name, said in draft.waves[0].claims.said.items()} == {"agents": "9"}
    assert {name: said.text for name, said in draft.waves[1].claims.said.items()} == {"jobs": "4", "parallel": "30m"}


def test_a_table_of_waves_claims_agents_and_times_and_its_last_row_the_total() -> None:
    text = """
    | Wave | Agents | Estimated time |
    |------|--------|----------------|
    | 1 | 5 parallel | 2-4 hours |
    | 2 | 2-3 | 1 hour |
    | **Total** | | **3-5 hours** |
    """
    draft = recognised(recognise_claims, text, _waves())
    assert {name: said.text for name, said in draft.waves[0].claims.said.items()} == {
        "agents": "5",
        "parallel": "2h-4h",
    }
    assert {name: said.text for name, said in draft.waves[1].claims.said.items()} == {"parallel": "1h"}
    assert {name: said.text for name, said in draft.claims.said.items()} == {"parallel": "3h-5h"}


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("Run at most 3 agents at once.\n", ["3", "3"]),
        ("max_parallel: 2\n", ["2", "2"]),
        ("## Wave 2: Build (max four at a time)\n", [None, "4"]),
        ("Retry at most 3 times.\n", [None, None]),
        ("Up to 4 agents can work here.\n", [None, None]),
    ],
)
def test_a_limit_holds_for_its_wave_or_for_all(text: str, limits: list[str | None]) -> None:
    draft = _waves()
    draft.waves[1].line = 1 if text.startswith("##") else draft.waves[1].line
    draft.line = 0
    recognised(recognise_claims, text, draft)
    assert [None if wave.max_parallel is None else wave.max_parallel.text for wave in draft.waves] == limits


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("**Remaining**: Phases 3-8 (~25-30 stories estimated)", ["the plan says 25 to 30 stories, but lists 3"]),
        ("Total scope: 5-6 new tasks", ["the plan says 5 to 6 tasks, but lists 3"]),
        ("**Remaining**: 2-4 stories", []),
        ("**Remaining**: 20-30 days", []),
        ("We tried 20-30 stories before.", []),
    ],
)
def test_a_count_between_two_figures_is_held_against_what_is_listed(line: str, told: list[str]) -> None:
    draft = recognised(recognise_claims, f"# Plan\n\n{line}\n", _waves())
    assert [problem.message for problem in draft.warnings] == told
