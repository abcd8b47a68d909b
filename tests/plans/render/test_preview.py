import json

from plans.model import Plan
from plans.render.preview import preview, preview_json, preview_text
from plans.transform.select import left_out

PLAN = Plan.model_validate(
    {
        "version": 1,
        "name": "shop",
        "title": "A shop",
        "agents": {
            "scribe": {"kind": "command", "run": ["write", "{prompt_file}", "two words"]},
            "coder": {"kind": "claude", "model": "small"},
        },
        "defaults": {"agent": "coder"},
        "limits": {"jobs": 2},
        "merge": {"order": ["stock", ["till", "site"]]},
        "tracks": [{"id": "stock"}, {"id": "till"}, {"id": "site"}],
        "waves": [
            {
                "id": "ground",
                "title": "Ground",
                "gate": {"checks": [{"check": ["true"]}]},
                "jobs": [
                    {"id": "shelf", "track": "stock", "done": True},
                    {"id": "count", "track": "stock", "estimate": "2h", "run": ["sh", "-c", "count\nit"]},
                    {"id": "pages", "track": "site", "agent": "scribe", "estimate": "30m"},
                    {"id": "sums", "track": "till", "estimate": "45m"},
                ],
            },
            {"id": "finish", "jobs": [{"id": "open", "track": "site", "needs": ["sums"], "agent": "nobody"}]},
        ],
    }
)
SHOWN = """\
A shop (shop): 4 of 5 jobs would run, at most 2 jobs at once; nothing was started

Wave 1: Ground (4 jobs, gate: 1 check)
  START  JOB    TRACK  AGENT        ESTIMATE  COMMAND
  0      sums   till   coder        45m       (claude, model small)
  0      count  stock  own command  2h        sh -c 'count it'
  45m    pages  site   scribe       30m       write '{prompt_file}' 'two words'

Wave 2: finish (1 job)
  START  JOB    TRACK  AGENT        ESTIMATE  COMMAND
  2h     open   site   nobody                 (the plan has no agent 'nobody': the job would fail)

Would not run
  shelf  the plan says it is done

tracks would land with each wave on planwave/shop/target: stock, then till or site
about 2h45m by the estimates; one after another, 4h
"""


def test_a_preview_shows_who_would_do_what_in_which_order_and_when() -> None:
    assert preview_text(preview(PLAN)) == SHOWN


def test_only_what_is_asked_for_and_not_done_would_run_and_the_rest_says_why() -> None:
    shown = preview(PLAN, done=["count"], left_out=left_out(PLAN, ["pages", "finish"]))
    assert [step.job.id for step in shown.steps] == ["pages"]
    assert shown.steps[0].start_s == 0
    assert shown.not_run == {
        "shelf": "the plan says it is done",
        "count": "done before",
        "sums": "not among what was asked for",
        "open": "needs sums, which was skipped",
    }


def test_without_estimates_jobs_go_in_rounds() -> None:
    jobs = [{"id": name, "run": ["true"]} for name in ("a", "b", "c")]
    shown = preview(
        Plan.model_validate({"version": 1, "name": "p", "limits": {"jobs": 2}, "waves": [{"id": "w", "jobs": jobs}]})
    )
    lines = preview_text(shown).splitlines()
    assert [line.split()[:2] for line in lines[3:7]] == [["ROUND", "JOB"], ["1", "a"], ["1", "b"], ["2", "c"]]
    assert lines[-1] == "2 rounds, if all jobs take as long: there are no estimates"


def test_where_nothing_is_left_the_preview_says_so() -> None:
    assert preview_text(preview(PLAN, done=list(PLAN.jobs))).startswith("A shop (shop): 0 of 5 jobs would run")


def test_a_program_reads_a_preview_as_json() -> None:
    read = json.loads(json.dumps(preview_json(preview(PLAN))))
    assert read["jobs"][0] == {
        "job": "sums",
        "wave": "ground",
        "track": "till",
        "agent": "coder",
        "command": "(claude, model small)",
        "start_s": 0.0,
        "end_s": 2700.0,
    }
    assert read["not_run"] == {"shelf": "the plan says it is done"}
