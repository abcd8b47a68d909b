from collections.abc import Mapping

import pytest

from plans.errors import PlanError
from plans.model import Plan, Start
from plans.transform.select import choose_mode, left_out, with_agent


def make_plan(jobs: list[Mapping[str, object]] | None = None, **fields: object) -> Plan:
    """Three tracks, a mode `two` without `docs`, and a mode `one-by-one` with all of them."""
    given = jobs or [
        {"id": "a", "track": "api", "agent": "coder", "roles": {"validate": "coder"}},
        {"id": "b", "track": "web", "needs": ["a"], "run": ["make"]},
        {"id": "c", "track": "docs", "needs": ["b"]},
    ]
    plan: Mapping[str, object] = {
        "version": 1,
        "name": "p",
        "agents": {"coder": {"kind": "codex"}},
        "tracks": [{"id": "api"}, {"id": "web"}, {"id": "docs"}],
        "modes": {"two": {"tracks": ["api", "web"], "max_parallel": 2}, "one-by-one": {"max_parallel": 1}},
        "waves": [{"id": "build", "jobs": given[:2]}, {"id": "tell", "jobs": given[2:]}],
        "merge": {"order": ["docs", ["api", "docs"], "web"]},
        **fields,
    }
    return Plan.model_validate(plan)


def messages(error: pytest.ExceptionInfo[PlanError]) -> list[str]:
    return [problem.message for problem in error.value.problems]


def test_a_mode_keeps_its_tracks_and_their_jobs() -> None:
    plan = make_plan()
    assert list(plan.jobs) == ["a", "b", "c"]

    chosen = choose_mode(plan, "two")

    assert list(chosen.jobs) == ["a", "b"]
    assert [wave.id for wave in chosen.waves] == ["build"]
    assert list(chosen.lanes) == ["api", "web"]
    assert chosen.merge.order == ("api", "web")
    assert chosen.limits.jobs == 2


def test_a_mode_without_tracks_keeps_all_of_them() -> None:
    chosen = choose_mode(make_plan(), "one-by-one")

    assert list(chosen.jobs) == ["a", "b", "c"]
    assert chosen.limits.jobs == 1


def test_an_unknown_mode_is_an_error_that_guesses_what_was_meant() -> None:
    with pytest.raises(PlanError, match="no mode is named 'tow'\n    hint: did you mean 'two'"):
        choose_mode(make_plan(), "tow")


def test_an_unknown_track_of_a_mode_is_an_error() -> None:
    with pytest.raises(PlanError, match="no track is named 'apu'\n    hint: did you mean 'api'"):
        choose_mode(make_plan(modes={"m": {"tracks": ["apu", "web"]}}), "m")


def test_a_mode_that_leaves_no_job_is_an_error() -> None:
    tracks = [{"id": track} for track in ("api", "web", "docs", "idle")]
    with pytest.raises(PlanError, match="mode 'm' leaves no job"):
        choose_mode(make_plan(tracks=tracks, modes={"m": {"tracks": ["idle"]}}), "m")


def test_needing_a_job_that_the_mode_leaves_out_is_an_error() -> None:
    with pytest.raises(PlanError) as error:
        choose_mode(make_plan(modes={"m": {"tracks": ["web", "docs"]}}), "m")

    assert messages(error) == ["job 'b' needs 'a', which is on track 'api' that the mode leaves out"]


@pytest.mark.parametrize(
    ("first", "second", "prompt"),
    [
        ({"done": True}, {}, "Build"),
        ({}, {"contingency": [{"if_failed": "a", "instead": "Use a mock"}]}, "Build\n\nUse a mock"),
    ],
    ids=["done already", "covered by a contingency"],
)
def test_a_job_may_do_without_one_that_is(
    first: Mapping[str, object], second: Mapping[str, object], prompt: str
) -> None:
    jobs: list[Mapping[str, object]] = [
        {"id": "a", "track": "api", **first},
        {"id": "b", "track": "web", "needs": ["a"], "prompt": "Build", **second},
    ]
    plan = make_plan([*jobs, {"id": "c"}], modes={"m": {"tracks": ["web"]}})

    job = choose_mode(plan, "m").jobs["b"]

    assert (job.needs, job.contingency, job.prompt) == ((), (), prompt)


@pytest.mark.parametrize(
    ("start", "left"),
    [
        ({"any": [{"after": "1h"}, {"progress": "api", "percent": 50}]}, {"any": [{"after": "1h"}]}),
        ({"all": [{"after": "1h"}, {"done": "old"}]}, {"all": [{"after": "1h"}]}),
        ({"any": [{"after": "1h"}, {"done": "old"}]}, None),
        ({"exists": "x"}, {"exists": "x"}),
        ({"progress": "web", "percent": 10}, {"progress": "web", "percent": 10}),
    ],
    ids=str,
)
def test_start_conditions_lose_what_the_mode_leaves_out(start: object, left: object) -> None:
    jobs: list[Mapping[str, object]] = [{"id": "old", "track": "api", "done": True}, {"id": "b", "track": "web"}]
    plan = make_plan([*jobs, {"id": "c", "track": "web", "start": start}], modes={"m": {"tracks": ["web"]}})

    found = choose_mode(plan, "m").jobs["c"].start

    assert found == (None if left is None else Start.model_validate(left))


@pytest.mark.parametrize(
    "start", [{"progress": "api", "percent": 5}, {"all": [{"done": "a"}, {"after": "1h"}]}], ids=str
)
def test_a_start_that_waits_for_what_the_mode_leaves_out_is_an_error(start: object) -> None:
    jobs: list[Mapping[str, object]] = [{"id": "a", "track": "api"}, {"id": "b", "track": "web", "start": start}]

    with pytest.raises(PlanError, match="job 'b' starts after something that the mode leaves out"):
        choose_mode(make_plan([*jobs, {"id": "c", "track": "web"}], modes={"m": {"tracks": ["web"]}}), "m")


@pytest.mark.parametrize(
    ("only", "out"),
    [
        ((), ()),
        (("build",), ("c",)),
        (("web",), ("a", "c")),
        (("c", "a"), ("b",)),
        (("build", "docs"), ()),
    ],
    ids=str,
)
def test_waves_tracks_and_jobs_can_be_asked_for(only: tuple[str, ...], out: tuple[str, ...]) -> None:
    assert left_out(make_plan(), only).keys() == set(out)


def test_every_unknown_name_that_is_asked_for_is_an_error() -> None:
    with pytest.raises(PlanError) as error:
        left_out(make_plan(), ["bild", "web", "nonsense"])

    assert len(messages(error)) == 2
    assert "did you mean 'build'?" in str(error.value)


def test_one_agent_of_the_plan_does_everything_but_commands() -> None:
    plan = make_plan(merge={"on_conflict": "claude"}, agents={"coder": {"kind": "codex"}, "claude": {"kind": "claude"}})

    changed = with_agent(plan, "claude")

    assert {changed.agent_name(job) for job in changed.jobs.values()} == {"claude"}
    assert not any(job.roles for job in changed.jobs.values())
    assert changed.jobs["b"].run == ("make",)
    assert changed.merge.on_conflict == "claude"


def test_a_kind_of_agent_can_be_named_where_it_needs_no_settings() -> None:
    assert with_agent(make_plan(), "gemini").agents["gemini"].kind == "gemini"
    assert with_agent(make_plan(), "gemini").merge.on_conflict == "stop"
    with pytest.raises(PlanError, match="kind 'a2a' cannot do without settings"):
        with_agent(make_plan(), "a2a")
    with pytest.raises(PlanError, match="did you mean 'coder'"):
        with_agent(make_plan(), "codr")
