"""What runs say of work that is done again, of jobs that changed nothing, and of gates whose ground has changed."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.histories.conftest import Begin
from tests.histories.drafts import NAME, Work
from tests.histories.runs import run_here
from tests.histories.site import Choices, Ended, Site
from tests.histories.steps import Remove, Rename, Reword, Run, Undo
from tests.repositories import run_git


@pytest.fixture
def site(quick: Path) -> Site:
    return Site(quick / "site", run_here)


def one_job(script: str, **fields: object) -> Mapping[str, object]:
    job = {"id": "a", "run": ["sh", "-ec", script], "owns": {"create": ["a.txt", "*.log"]}, **fields}
    return {"version": 1, "name": NAME, "waves": [{"id": "one", "jobs": [job]}]}


def warnings(ended: Ended) -> list[str]:
    return [str(event.payload["warning"]) for event in ended.told if event.name == "planwave.run.warned"]


def test_a_run_says_first_how_many_finished_jobs_it_does_again_and_why(begin: Begin) -> None:
    tale = begin(Work(0, "a"), Work(1, "b", needs=(0,)), Work(2, "c"))
    tale.do(Run(), Reword(0, 5))
    ended = tale.run()
    said = next(text for text in warnings(ended) if "will run again" in text)
    assert said.startswith("2 finished jobs will run again because 'a' was changed")
    names = [event.name for event in ended.told]
    assert names.index("planwave.run.warned") < names.index("planwave.job.started")


def test_a_run_that_does_nothing_again_says_nothing_of_that(begin: Begin) -> None:
    tale = begin(Work(0, "a"), Work(1, "b"))
    tale.do(Run(), Reword(0, 5), Undo(1))
    assert not [text for text in warnings(tale.run()) if "again" in text]


def test_a_run_names_every_work_that_is_left_over_and_the_command_that_helps(begin: Begin) -> None:
    tale = begin(Work(0, "a"), Work(1, "b"), Work(2, "c"))
    tale.do(Run(), Remove(0), Rename(0))
    ended = tale.run(Run(only=(1,)))
    assert not ended.completed
    assert all(f"left over on the target: the work of job {job!r}" in ended.message for job in "ab")
    assert "job 'c'" not in ended.message
    assert "--rebuild-target" in ended.message
    steps = next(event.payload["next"] for event in ended.told if event.name == "planwave.run.finished")
    assert isinstance(steps, list)
    assert steps[-1].startswith("land the rest anew")
    assert steps[-1].endswith("--rebuild-target`")


def test_a_job_that_changed_nothing_though_it_was_to_create_a_file_fails(site: Site) -> None:
    ended = site.run(one_job("true"), Choices())
    assert not ended.completed
    assert "job 'a' failed" in ended.message
    assert "nothing" in ended.message


def test_a_job_whose_only_result_is_ignored_fails(site: Site) -> None:
    (site.repo / ".gitignore").write_text("*.log\n")
    run_git(site.repo, "add", ".gitignore")
    run_git(site.repo, "commit", "-q", "-m", "Ignore logs")
    ended = site.run(one_job("echo x > a.log"), Choices())
    assert not ended.completed
    assert "git ignores all that it made (a.log)" in ended.message


@pytest.mark.parametrize(
    ("script", "fields"),
    [("true", {"may_change_nothing": True}), ("echo it is there > $PLANWAVE_OUTBOX/no-change.md", {})],
    ids=["the plan", "the agent"],
)
def test_a_job_may_change_nothing_where_the_plan_or_the_agent_says_so(
    site: Site, script: str, fields: Mapping[str, object]
) -> None:
    plan = one_job(script, **fields)
    assert site.run(plan, Choices()).completed
    again = site.run(plan, Choices())
    assert again.completed
    assert "a" not in again.ran


def test_a_gate_is_judged_again_where_the_ground_of_its_wave_has_changed(site: Site) -> None:
    def plan(text: str) -> Mapping[str, object]:
        gate = {"checks": [{"check": ["sh", "-c", f"echo gate >> {site.outside}/ran"]}]}
        first = {"id": "a", "run": ["sh", "-ec", f"echo {text} > a.txt"], "owns": {"create": ["a.txt"]}}
        later = {"id": "b", "run": ["sh", "-ec", "echo b > b.txt"], "owns": {"create": ["b.txt"]}}
        return {
            "version": 1,
            "name": NAME,
            "waves": [{"id": "one", "jobs": [first]}, {"id": "two", "jobs": [later], "gate": gate}],
        }

    assert site.run(plan("x"), Choices()).ran["gate"] == 1
    assert site.run(plan("x"), Choices()).ran["gate"] == 0
    assert site.run(plan("y"), Choices()).ran["gate"] == 1


def test_work_that_is_made_anew_must_meet_the_criteria_of_its_job_there_too(site: Site) -> None:
    """The job's check needs what a job that was taken out had done."""

    def plan(*jobs: dict[str, object]) -> dict[str, object]:
        return {"version": 1, "name": NAME, "waves": [{"id": "one", "jobs": list(jobs)}]}

    def job(name: str, **fields: object) -> dict[str, object]:
        run = ["sh", "-ec", f"echo {name} >> {site.outside}/ran; echo {name} > {name}.txt"]
        return {"id": name, "run": run, "owns": {"create": [f"{name}.txt"]}, **fields}

    gone = job("gone")
    later = job("later", criteria=[{"check": ["test", "-e", "gone.txt"]}])
    first = {"id": "one", "jobs": [gone]}
    both = {"version": 1, "name": NAME, "waves": [first, {"id": "two", "jobs": [later]}]}
    assert site.run(both, Choices()).completed
    ended = site.run(plan(later), Choices(options=("rebuild_target",)))
    assert ended.ran == Counter(["later"])
    assert not ended.completed
