from datetime import timedelta

import pytest
from pydantic import ValidationError

from plans.agent import Agent
from plans.model import Check, Contingency, Defaults, Job, Owns, Plan, Start, Track, Wave
from plans.values import Branch

HOUR = timedelta(hours=1)


def plan(*jobs: Job, tracks: tuple[Track, ...] = (), **fields: object) -> Plan:
    waves = [Wave(id=f"w{at}", jobs=(job,)) for at, job in enumerate(jobs)]
    return Plan.model_validate({"version": 1, "name": "p", "tracks": tracks, "waves": waves, **fields})


def test_a_plan_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        plan(Job(id="a")).name = "q"  # type: ignore[misc]  # that is what is tested


def test_jobs_waves_and_tracks_are_found_by_id_in_plan_order() -> None:
    made = plan(
        Job(id="b"), Job(id="a", track="t"), Job(id="c", track="t"), tracks=(Track(id="t", branch="feature/t"),)
    )
    assert list(made.jobs) == ["b", "a", "c"]
    assert made.wave_of["c"].id == "w2"
    assert list(made.lanes) == ["t", "b"]
    assert [job.id for job in made.jobs_on("t")] == ["a", "c"]
    assert (made.branch("t"), made.branch("b")) == ("feature/t", "planwave/p/track/b")


def test_the_target_is_named_after_the_plan_unless_it_is_named() -> None:
    assert plan(Job(id="a")).target_branch == "planwave/p/target"
    assert plan(Job(id="a"), target="next").target_branch == "next"


def test_a_job_has_its_id_for_a_name_and_a_lane_where_it_has_no_others() -> None:
    assert (Job(id="a").name, Job(id="a").lane) == ("a", "a")
    assert (Job(id="a", title="Title").name, Job(id="a", track="t").lane) == ("Title", "t")


def test_a_job_owns_what_its_track_owns_too() -> None:
    job = Job(id="a", track="t", owns=Owns(create=("x",), read=("r",)))
    track = Track(id="t", owns=Owns(create=("y",), modify=("z",)))
    owned = plan(job, tracks=(track,)).owned_by(job)
    assert owned == Owns(create=("x", "y"), modify=("z",), read=("r",))
    assert owned.writes == ("x", "y", "z")


def test_a_job_without_an_agent_has_the_default_one() -> None:
    made = plan(Job(id="a"), Job(id="b", agent="reviewer"), defaults=Defaults(agent="writer"))
    assert [made.agent_name(job) for job in made.jobs.values()] == ["writer", "reviewer"]


def test_checks_are_the_criteria_that_are_run() -> None:
    check = Check(check=("pytest",))
    assert Job(id="a", criteria=("Looks good", check)).checks == (check,)
    assert check.timeout == HOUR / 2


BAD_STARTS: list[dict[str, object]] = [
    {},
    {"after": "1h", "done": "a"},
    {"progress": "t"},
    {"percent": 5},
    {"progress": "t", "percent": 101},
    {"all": [{}]},
]


@pytest.mark.parametrize("start", BAD_STARTS)
def test_a_start_condition_is_of_exactly_one_kind(start: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Start.model_validate(start)


def test_start_conditions_hold_others() -> None:
    start = Start.model_validate({"any": [{"after": "1h"}, {"all": [{"done": "a"}, {"progress": "t", "percent": 50}]}]})
    assert start.any is not None
    assert start.any[0].after == HOUR
    assert start.any[1].all == (Start(done="a"), Start(progress="t", percent=50))


@pytest.mark.parametrize("fields", [{}, {"if_failed": "a", "if_ahead": True}])
def test_a_contingency_says_when_it_applies(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="says when it applies"):
        Contingency.model_validate({"instead": "x", **fields})


@pytest.mark.parametrize(("kind", "needed"), [("command", "run"), ("a2a", "url")])
def test_an_agent_has_what_its_kind_needs(kind: str, needed: str) -> None:
    with pytest.raises(ValidationError, match=f"needs `{needed}`"):
        Agent.model_validate({"kind": kind})


@pytest.mark.parametrize("name", ["a", "a-1", "Task_1.2", "007", "a" * 100])
def test_ids_that_can_name_branches_are_taken(name: str) -> None:
    assert Job(id=name).id == name


@pytest.mark.parametrize("name", ["", "a b", "-a", ".a", "a..b", "a.", "a.lock", "a/b", "ä", "a\n", "a" * 101])
def test_ids_that_cannot_name_branches_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Job(id=name)


@pytest.mark.parametrize("branch", ["main", "feature/x", "a.b/c-d", "v1"])
def test_branches_that_git_takes_are_taken(branch: Branch) -> None:
    assert Track(id="t", branch=branch).branch == branch


@pytest.mark.parametrize(
    "branch",
    [
        "",
        "a b",
        "/a",
        "a/",
        "a//b",
        "a/.b",
        "-a",
        "a..b",
        "a@{1}",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[",
        "a\\b",
        "a.lock",
    ],
)
def test_branches_that_git_refuses_are_refused(branch: str) -> None:
    with pytest.raises(ValidationError):
        Track(id="t", branch=branch)


def test_the_jobs_that_need_a_job_are_known_by_it() -> None:
    jobs = [{"id": "a"}, {"id": "b", "needs": ["a", "a"]}, {"id": "c", "needs": ["b", "a"]}]
    made = Plan.model_validate({"version": 1, "name": "p", "waves": [{"id": "w", "jobs": jobs}]})
    found = {need: [job.id for job in users] for need, users in made.needed_by.items()}
    assert found == {"a": ["b", "c"], "b": ["c"]}
