"""Locks and agents' limits hold across runs of different plans on different repositories."""

from pathlib import Path

from tests.flows.commands import Planwave, Running
from tests.flows.plans import PlanDict, is_one_at_a_time, job, plan, recording, wave
from tests.repositories import make_repository


def test_a_lock_is_never_held_twice_by_two_runs_on_two_repositories(planwave: Planwave, tmp_path: Path) -> None:
    record, names = tmp_path / "record", ("red", "blue")
    running = [_contender(planwave, name, record) for name in names]
    ended = [each.end() for each in running]
    assert [each.code for each in ended] == [0, 0], [each.err for each in ended]
    assert len(record.read_text().splitlines()) == 8
    assert is_one_at_a_time(record)


def _contender(planwave: Planwave, name: str, record: Path) -> Running:
    make_repository(planwave.folder / name)
    jobs = (recording(f"{name}-{each}", record, locks=["docker-compose"]) for each in ("a", "b"))
    return planwave.start_run(plan(name, wave("one", *jobs)), planwave.folder / name)


def test_an_agents_max_parallel_is_kept_within_a_run(planwave: Planwave, repo: Path) -> None:
    record = planwave.folder / "record"
    script = f"echo $PLANWAVE_JOB begin >> {record}; sleep 0.2; echo $PLANWAVE_JOB end >> {record}"
    agents = {"one": {"kind": "command", "run": ["sh", "-c", script], "max_parallel": 1}}
    jobs: list[PlanDict] = [{"id": name, "agent": "one"} for name in ("a", "b", "c")]
    ended = planwave.run(plan("single", wave("only", *jobs), agents=agents), repo)
    assert ended.code == 0, ended.err
    assert is_one_at_a_time(record)


def test_a_job_asks_nothing_of_its_standard_input(planwave: Planwave, repo: Path) -> None:
    asking = job("a", "cat > /dev/null; read answer && exit 1; echo a > a.txt")
    ended = planwave.run(plan("silent", wave("one", asking)), repo)
    assert ended.code == 0, ended.err
