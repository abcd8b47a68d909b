"""Our example plans that are no YAML of ours, carried out from beginning to end."""

import pytest

from tasks.session.source import load_document
from tests.flows.commands import CHECKOUT, Planwave
from tests.flows.documents import check_course, rehearse, repository_for
from tests.repositories import run_git

EXAMPLES = CHECKOUT / "plans" / "examples"


def test_waves_of_agents_with_tasks_run_wave_by_wave_and_each_agent_does_one_task_at_a_time(planwave: Planwave) -> None:
    run = rehearse(planwave, EXAMPLES / "waves-as-tree.md")
    check_course(run)
    assert run.merges.index("agent-1") < run.merges.index("agent-3") < run.merges.index("agent-5")
    assert run.place("job.completed", "2.1") < run.place("job.started", "2.2-2.4")
    assert "job 2.2-2.4" in run.show("tides/predict.py")
    assert run.show("jobs/nightly.py").startswith("jobs/nightly.py, as it was\n")


def test_waves_of_named_agents_pass_the_gates_that_ask_and_a_serial_wave_runs_in_order(planwave: Planwave) -> None:
    run = rehearse(planwave, EXAMPLES / "waves-as-list.md")
    check_course(run)
    assert [wave.gate.decide for wave in run.plan.waves if wave.gate] == ["human"] * 3
    assert run.merges[-2:] == ["cache-warmer", "release-announcer"]
    assert "7 of 7 done" in run.report()


def test_tracks_land_in_the_merge_order_that_the_document_names(planwave: Planwave) -> None:
    """The third track may start after an hour, or at half of another: it need not wait for the hour."""
    run = rehearse(planwave, EXAMPLES / "parallel-tracks.md", others=["settings.toml"])
    check_course(run)
    assert run.merges == ["track-1", "track-2", "track-3"]
    branches = {run.plan.branch(track.id) for track in run.plan.tracks}
    assert branches == {"feature/renewal-rules", "feature/renewal-pages", "feature/renewal-reminders"}
    done = min(run.place("job.completed", "track-1"), run.place("job.completed", "track-2"))
    assert done < run.place("job.started", "track-3")
    assert run.show("settings.toml") == "settings.toml, as it was"


def test_what_the_document_calls_done_is_not_run_and_its_dependants_do_not_wait_for_it(planwave: Planwave) -> None:
    run = rehearse(planwave, EXAMPLES / "phases-with-tables.md")
    check_course(run)
    assert sorted(run.ended.subjects("job.started")) == ["44", "45", "46", "48", "49", "50"]
    assert run.show("pyproject.toml") == "pyproject.toml, as it was"
    assert "job 46" in run.show("resizer/choose.py")


def test_a_folder_of_agents_plans_runs_as_one_plan_and_they_wait_for_one_another(planwave: Planwave) -> None:
    run = rehearse(planwave, EXAMPLES / "agent-team")
    check_course(run)
    assert {*run.merges} == {"agent-1", "agent-2", "agent-3"}
    assert run.place("job.completed", "agent-1.2") < run.place("job.started", "agent-2.2")
    assert "job agent-3.2" in run.show("web/banner.ts")


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("epics.md", 7),
        ("spec-kit-tasks.md", 10),
        ("kiro-tasks.md", 4),
        ("bmad-epics.md", 4),
        ("get-shit-done-plan.md", 1),
        ("get-shit-done-roadmap.md", 4),
        ("scout-and-wave.yaml", 3),
    ],
)
def test_a_dry_run_lists_the_jobs_that_are_not_done(planwave: Planwave, name: str, count: int) -> None:
    plan = load_document(str(EXAMPLES / name)).plan
    repo = repository_for(planwave.folder, plan)
    options = ("--repo", str(repo), "--agent", "scripted", "--dry-run")
    ended = planwave.start("run", str(EXAMPLES / name), *options).end()
    assert ended.code == 0, ended.err
    assert f"{count} of {len(plan.jobs)} job" in ended.out
    assert run_git(repo, "branch", "--list", "planwave/*") == ""
