from hypothesis import given
from hypothesis import strategies as st

from plans.model import Job, Plan, Start
from plans.render.gantt import cells
from plans.render.show import MOST_BARS, show_text, start_text, table

PLAN = Plan.model_validate(
    {
        "version": 1,
        "name": "metrics",
        "title": "Metrics for all",
        "goal": "Every agent\ncan be watched.",
        "agents": {"default": {"kind": "claude"}},
        "tracks": [
            {"id": "prod", "branch": "feature/metrics"},
            {"id": "docs", "optional": True, "start": {"progress": "prod", "percent": 50}},
        ],
        "limits": {"jobs": 2},
        "merge": {"order": ["docs", ["prod", "cache"]]},
        "waves": [
            {
                "id": "ground",
                "title": "Ground",
                "jobs": [
                    {"id": "types", "title": "Shared types", "track": "prod", "estimate": "1h", "done": True},
                    {"id": "cache", "title": "Cache client", "estimate": "1-2h"},
                    {"id": "health", "track": "prod", "estimate": "3h", "locks": ["compose"]},
                ],
                "gate": {"checks": [{"check": ["true"]}], "decide": "human"},
            },
            {
                "id": "finish",
                "mode": "serial",
                "jobs": [
                    {"id": "guide", "track": "docs", "run": ["make", "docs"], "needs": ["cache"], "estimate": "90m"}
                ],
            },
        ],
    }
)
SHOWN = """\
Metrics for all (metrics)
goal: Every agent can be watched.
2 waves, 4 jobs, 3 tracks (1 job done), at most 2 jobs at once

Wave 1: Ground (3 jobs, gate: 1 check and a person)
  JOB     TITLE         TRACK  AGENT        ESTIMATE
  types   Shared types  prod   default      done
  cache   Cache client  cache  default      1h-2h
  health                prod   default      3h        locks compose

Wave 2: finish (1 job, one after another)
  JOB     TITLE         TRACK  AGENT        ESTIMATE
  guide                 docs   own command  1h30m     needs cache

Tracks, in merge order, onto planwave/metrics/target
  1.  docs   planwave/metrics/track/docs   1 job   optional; starts at 50 % of prod
  2.  prod   feature/metrics               2 jobs
  2.  cache  planwave/metrics/track/cache  1 job

Schedule by the estimates; full bars are the critical path
                      0          1h         2h         3h         4h
  cache Cache client  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
  health              █████████████████████████████████
  guide                                                █████████████████

critical path: health -> guide (4h30m)
serial 5h30m to 6h30m, parallel 4h30m: 1h30m saved, 1.3 times as fast
"""


def test_a_plan_is_shown_with_its_waves_tracks_and_schedule() -> None:
    assert show_text(PLAN, width=72) == SHOWN


def without_estimates(*jobs: str) -> Plan:
    def bare(job: Job) -> Job:
        return job.model_copy(update={"estimate": None}) if job.id in jobs else job

    waves = [{**wave.model_dump(), "jobs": [bare(job) for job in wave.jobs]} for wave in PLAN.waves]
    return Plan.model_validate({**PLAN.model_dump(), "waves": waves})


def test_without_estimates_jobs_are_counted_in_place_of_hours() -> None:
    shown = show_text(without_estimates(*PLAN.jobs), width=72)
    assert "Schedule in units of one job, for there are no estimates" in shown
    assert shown.endswith("3 jobs in 2 rounds: 1.5 times as fast\n")
    assert "ESTIMATE\n  types   Shared types  prod   default      done\n" in shown


def test_jobs_without_an_estimate_among_others_are_told() -> None:
    said = "1 job without an estimate: taken for the median of the others\n"
    assert show_text(without_estimates("cache")).endswith(said)


def test_a_plan_that_is_done_leaves_nothing_to_schedule() -> None:
    plan = Plan.model_validate(
        {"version": 1, "name": "p", "waves": [{"id": "w", "jobs": [{"id": "a", "done": True, "estimate": "1h"}]}]}
    )
    shown = show_text(plan)
    assert "Schedule" not in shown
    assert "critical path: nothing is left to do\n" in shown


def test_of_very_many_jobs_the_waves_are_drawn() -> None:
    jobs = [{"id": f"j{number}", "estimate": "1h"} for number in range(MOST_BARS + 1)]
    plan = Plan.model_validate({"version": 1, "name": "p", "waves": [{"id": "only", "title": "All", "jobs": jobs}]})
    schedule = show_text(plan).split("Schedule")[1].splitlines()
    assert sum("█" in line for line in schedule) == 1


def test_start_conditions_are_said_in_words() -> None:
    start = Start.model_validate(
        {
            "any": [
                {"after": "1h"},
                {"all": [{"progress": "docs", "percent": 50}, {"done": "cache"}]},
                {"exists": "docs/guide.md"},
            ]
        }
    )
    said = "after 1h or (at 50 % of docs and when cache is done) or when docs/guide.md has landed"
    assert start_text(start) == said


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), min_size=1, max_size=6))
def test_a_table_has_a_line_for_each_row_and_none_is_broken(rows: list[tuple[str, str, str]]) -> None:
    lines = table([("A", "B", "C"), *rows])
    assert len(lines) == len(rows) + 1
    assert all(len(line.splitlines()) <= 1 for line in lines)


def test_columns_of_a_table_are_aligned_by_what_is_seen() -> None:
    lines = table([("日本", "x"), ("abc", "y"), ("a" * 50, "z")])
    assert {cells(line) for line in lines} == {43}
    assert table([("", "x"), ("", "y")]) == ["x", "y"]
