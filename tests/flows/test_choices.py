"""What decides which jobs run and when: options of the command, waves of every kind, start conditions."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.home import Home
from tests.flows.commands import CHECKOUT, Planwave
from tests.flows.plans import PlanDict, is_one_at_a_time, job, plan, recording, wave
from tests.repositories import fingerprint, run_git


def several(name: str) -> PlanDict:
    first = wave("one", job("a", track="x"), job("b", track="y"))
    modes = {"half": {"tracks": ["x"]}}
    return plan(name, first, wave("two", job("c", track="x"), job("d", track="z")), modes=modes)


def test_only_some_jobs_waves_or_tracks_are_run_when_asked_for(planwave: Planwave, repo: Path) -> None:
    some = several("some")
    one_job = planwave.run(some, repo, "--only", "d")
    assert one_job.subjects("job.started") == ["d"]
    assert one_job.code == 0, one_job.err
    assert "1 job done" in one_job.of("run.finished")[0]["message"]
    assert run_git(repo, "ls-tree", "--name-only", "planwave/some/target", "a.txt", "d.txt") == "d.txt"
    one_wave = planwave.run(some, repo, "--only", "one")
    assert sorted(one_wave.subjects("job.started")) == ["a", "b"]
    assert one_wave.code == 0, one_wave.err
    rest = planwave.run(some, repo)
    assert rest.subjects("job.started") == ["c"]
    assert rest.code == 0, rest.err


def test_a_job_of_an_optional_track_may_be_asked_for_alone(planwave: Planwave, repo: Path) -> None:
    jobs = [job("a"), job("extra", track="side"), job("more", track="side")]
    optional = plan("extras", wave("one", *jobs), tracks=[{"id": "side", "optional": True}])
    ended = planwave.run(optional, repo, "--only", "extra")
    assert ended.code == 0, ended.err
    assert ended.subjects("job.started") == ["extra"]
    assert ended.subjects("merge.landed") == ["side"]
    assert run_git(repo, "show", "planwave/extras/target:extra.txt") == "extra"
    rest = planwave.run(optional, repo)
    assert rest.code == 0, rest.err
    assert sorted(rest.subjects("job.started")) == ["a", "more"]


def test_a_mode_runs_its_tracks_alone(planwave: Planwave, repo: Path) -> None:
    ended = planwave.run(several("modal"), repo, "--mode", "half")
    assert ended.code == 0, ended.err
    assert ended.subjects("job.started") == ["a", "c"]


def test_a_mode_may_run_one_job_at_a_time(planwave: Planwave, repo: Path) -> None:
    record = planwave.folder / "record"
    jobs = wave("one", *(recording(name, record) for name in ("a", "b", "c")))
    ended = planwave.run(plan("slowly", jobs, modes={"slow": {"max_parallel": 1}}), repo, "--mode", "slow")
    assert ended.code == 0, ended.err
    assert is_one_at_a_time(record)


def test_every_job_may_be_given_to_one_agent(planwave: Planwave, repo: Path) -> None:
    script = ["sh", "-c", "echo job {job} > {job}.txt"]
    agents = {"default": {"kind": "command", "run": ["false"]}, "scribe": {"kind": "command", "run": script}}
    jobs: list[PlanDict] = [{"id": name, "owns": {"create": [f"{name}.txt"]}} for name in ("a", "b")]
    ended = planwave.run(plan("given", wave("one", *jobs), agents=agents), repo, "--agent", "scribe")
    assert ended.code == 0, ended.err
    assert {event["agent"] for event in ended.of("job.started")} == {"scribe"}
    assert "job a" in run_git(repo, "show", "planwave/given/target:a.txt")


def test_a_rehearsal_is_not_taken_for_the_real_work_and_leaves_nothing_in_the_repository(
    planwave: Planwave, repo: Path
) -> None:
    agents = {"default": {"kind": "command", "run": ["sh", "-c", "echo real {job} > {job}.txt"]}}
    jobs: list[PlanDict] = [{"id": name, "owns": {"create": [f"{name}.txt"]}} for name in ("a", "b")]
    given, before = plan("staged", wave("one", *jobs), agents=agents, target="result"), fingerprint(repo)
    rehearsed = planwave.run(given, repo, "--agent", "scripted")
    assert rehearsed.code == 0, rehearsed.err
    assert "a rehearsal: nothing was published" in rehearsed.of("run.finished")[0]["message"]
    assert fingerprint(repo) == before
    assert run_git(repo, "branch", "--list").split() == ["*", "main"]
    real = planwave.run(given, repo)
    assert real.code == 0, real.err
    assert real.of("run.started")[0]["cached"] == 0
    assert run_git(repo, "show", "result:a.txt") == "real a"
    assert planwave.run(given, repo, "--agent", "scripted").subjects("job.started") == []


def test_a_dry_run_prints_what_would_run_and_starts_and_leaves_nothing(planwave: Planwave, repo: Path) -> None:
    """Also no server: the home of this call is a new one, and stays as empty as it is."""
    home, path = planwave.folder / "home", planwave.plan(several("dry"))
    before = fingerprint(repo)
    ended = replace(planwave, home=home).call("run", str(path), "--repo", str(repo), "--only", "x", "--dry-run")
    assert (ended.code, ended.err) == (0, "")
    assert "2 of 4 jobs would run" in ended.out
    assert [line.split()[1] for line in ended.out.splitlines() if "sh -ec" in line] == ["a", "c"]
    assert not home.exists()
    assert fingerprint(repo) == before
    assert run_git(repo, "branch", "--list", "planwave/*") == ""
    as_json = planwave.call("run", str(path), "--repo", str(repo), "--mode", "half", "--dry-run", "--json")
    assert [step["job"] for step in json.loads(as_json.out)["jobs"]] == ["a", "c"]


def test_a_dry_run_that_is_asked_for_on_the_server_shows_it_on_the_runs_page(planwave: Planwave, repo: Path) -> None:
    program = "import asyncio, sys; from flows.plan import run_plan; asyncio.run(run_plan(*sys.argv[1:], dry_run=True))"
    path = planwave.plan(several("dry-there"))
    server = {
        "PREFECT_API_URL": str(planwave.api.base_url).rstrip("/"),
        "PREFECT_HOME": str(Home(planwave.home).prefect),
    }
    environ = {**planwave.env, **server, "PYTHONPATH": str(CHECKOUT)}
    argv = [sys.executable, "-c", program, str(path), str(repo)]
    subprocess.run(argv, cwd=planwave.folder, env=environ, check=True, capture_output=True)
    body = {"artifacts": {"key": {"any_": ["dry-there-schedule"]}}}
    shown = planwave.post("/artifacts/filter", body).json()
    assert "4 of 4 jobs would run" in shown[0]["data"]
    assert not planwave.hub(repo).exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--only", "nonsense"), "no wave, track or job is named 'nonsense'"),
        (("--mode", "nonsense"), "no mode is named 'nonsense'"),
        (("--agent", "nonsense"), "no agent is named 'nonsense'"),
    ],
)
def test_a_name_that_means_nothing_is_said_and_nothing_is_started(
    planwave: Planwave, repo: Path, options: tuple[str, str], said: str
) -> None:
    ended = planwave.run(several("unknown"), repo, *options)
    assert ended.code == 1
    assert said in ended.err
    assert ended.of("job.started") == []
    assert run_git(repo, "branch", "--list", "planwave/*") == ""


def test_a_plan_with_errors_starts_nothing_and_says_where_they_are(planwave: Planwave, repo: Path) -> None:
    wrong = plan("wrong", wave("one", job("a", needs=["b"]), job("b", needs=["a"]), job("c", needs=["nobody"])))
    ended = planwave.run(wrong, repo)
    assert (ended.code, ended.out) == (1, "")
    place = f"{planwave.folder / 'wrong.yaml'}:"
    assert all(line.startswith((place, "    hint:")) for line in ended.err.splitlines())
    assert "nobody" in ended.err
    assert "a -> b -> a" in ended.err or "b -> a -> b" in ended.err
    assert not planwave.hub(repo).exists()


def test_a_plan_that_leaves_the_agents_to_its_user_starts_nothing_until_one_is_named(
    planwave: Planwave, repo: Path
) -> None:
    document = planwave.folder / "garden.md"
    document.write_text("# Garden\n\n## Wave 1: Beds\n\n- Task 1.1: Dig the bed\n- Task 1.2: Water the bed\n")
    command = ("run", str(document), "--repo", str(repo), "--json")
    refused = planwave.start(*command).end()
    assert refused.code == 1
    assert "does not say who does 2 jobs, from '1.1' on" in refused.err
    assert "--agent" in refused.err
    assert refused.of("job.started") == []
    ended = planwave.start(*command, "--agent", "scripted").end()
    assert ended.code == 0, ended.err
    assert sorted(ended.subjects("job.completed")) == ["1.1", "1.2"]
    again = planwave.start(*command).end()
    assert again.code == 1, "what was rehearsed is not done"


def test_the_jobs_of_a_serial_wave_run_one_after_another_in_plan_order(planwave: Planwave, repo: Path) -> None:
    record, names = planwave.folder / "record", ("c", "a", "b")
    jobs = (recording(name, record) for name in names)
    ended = planwave.run(plan("serial", wave("one", *jobs, mode="serial")), repo)
    assert ended.code == 0, ended.err
    assert ended.subjects("job.started") == list(names)
    assert is_one_at_a_time(record)


def test_limits_of_run_and_wave_are_kept(planwave: Planwave, repo: Path) -> None:
    at_work = planwave.folder / "at-work"
    at_work.mkdir()
    script = f"touch {at_work}/{{0}}; ls {at_work} | wc -l > {{0}}.txt; sleep 0.2; rm {at_work}/{{0}}"
    narrow = [job(name, script.format(name)) for name in ("a", "b", "c")]
    wide = [job(name, script.format(name)) for name in ("d", "e", "f", "g")]
    waves = wave("one", *narrow, max_parallel=1), wave("two", *wide)
    ended = planwave.run(plan("limited", *waves, limits={"jobs": 2}), repo)
    assert ended.code == 0, ended.err
    shown = {name: int(run_git(repo, "show", f"planwave/limited/target:{name}.txt")) for name in "abcdefg"}
    assert [shown[name] for name in "abc"] == [1, 1, 1]
    assert max(shown[name] for name in "defg") == 2


def test_a_wave_without_a_barrier_lets_the_next_one_begin(planwave: Planwave, repo: Path) -> None:
    """The first wave's job ends only when the second wave's has started: with a barrier it would not."""
    flag = planwave.folder / "flag"
    first = wave("one", job("a", f"until [ -e {flag} ]; do sleep 0.02; done; echo a > a.txt"), barrier=False)
    ended = planwave.run(plan("open", first, wave("two", job("b", f"touch {flag}; echo b > b.txt"))), repo)
    assert ended.code == 0, ended.err


def test_a_job_of_an_open_wave_may_wait_for_a_path_that_a_later_wave_brings(planwave: Planwave, repo: Path) -> None:
    first = wave("one", job("a"), job("waiting", start={"exists": "b.txt"}), barrier=False)
    ended = planwave.run(plan("awaited", first, wave("two", job("b"))), repo)
    assert ended.code == 0, ended.err
    events = [(event["event"].removeprefix("planwave."), event["subject"]) for event in ended.events]
    assert events.index(("merge.landed", "b")) < events.index(("job.started", "waiting"))
    assert run_git(repo, "show", "planwave/awaited/target:waiting.txt") == "waiting"


def test_a_job_of_an_open_wave_gives_up_a_path_that_nobody_brings(planwave: Planwave, repo: Path) -> None:
    first = wave("one", job("a"), job("waiting", start={"exists": "never.txt"}), barrier=False)
    ended = planwave.run(plan("vain", first, wave("two", job("b"))), repo)
    assert ended.code == 1
    assert [line.split("'")[1] for line in ended.missing] == ["waiting"]
    assert sorted(ended.subjects("merge.landed")) == ["a", "b"]


def test_jobs_start_when_their_conditions_hold(planwave: Planwave, repo: Path) -> None:
    conditions = {
        "timed": {"after": "4s"},
        "half": {"progress": "line", "percent": 50},
        "told": {"done": "first"},
        "landed": {"exists": "first.txt"},
        "either": {"any": [{"after": "1h"}, {"done": "first"}]},
        "both": {"all": [{"after": "1s"}, {"done": "first"}]},
    }
    jobs = [job("first", track="line"), job("second", track="line"), job("third", track="z")]
    jobs += [job(name, start=start) for name, start in conditions.items()]
    ended = planwave.run(plan("conditional", wave("one", *jobs)), repo)
    assert ended.code == 0, ended.err
    events = [(event["event"].split(".", 1)[1], event["subject"]) for event in ended.events]
    for name in ("half", "told", "either", "both"):
        assert events.index(("job.completed", "first")) < events.index(("job.started", name))
    assert events.index(("merge.landed", "line")) < events.index(("job.started", "landed"))
    assert events.index(("job.started", "third")) < events.index(("job.started", "timed"))


def test_a_job_that_waits_for_what_never_comes_is_skipped_so_that_the_run_ends(planwave: Planwave, repo: Path) -> None:
    ended = planwave.run(plan("hopeless", wave("one", job("a"), job("b", start={"exists": "never.txt"}))), repo)
    assert ended.code == 1
    assert [line.split("'")[1] for line in ended.missing] == ["b"]
    assert run_git(repo, "show", "planwave/hopeless/target:a.txt") == "a"


def test_steps_that_an_agent_reports_count_as_progress_of_its_track(planwave: Planwave, repo: Path) -> None:
    """The first job ends only when the second has started, which waits for half of the first."""
    flag = planwave.folder / "flag"
    script = f'echo Begin >> "$PLANWAVE_OUTBOX/progress"; until [ -e {flag} ]; do sleep 0.02; done; echo a > a.txt'
    first = job("a", script, track="long", steps=["Begin", "End"])
    second = job("b", f"touch {flag}; echo b > b.txt", start={"progress": "long", "percent": 50})
    ended = planwave.run(plan("stepped", wave("one", first, second)), repo)
    assert ended.code == 0, ended.err


def test_a_handoff_reaches_the_jobs_that_need_it(planwave: Planwave, repo: Path) -> None:
    first = job("a", 'echo "The port is 4711." > "$PLANWAVE_OUTBOX/handoff.md"; echo a > a.txt')
    second = job("b", 'cp "$PLANWAVE_PROMPT_FILE" b.txt', needs=["a"])
    ended = planwave.run(plan("told", wave("one", first, second)), repo)
    assert ended.code == 0, ended.err
    assert "> The port is 4711." in run_git(repo, "show", "planwave/told/target:b.txt")
