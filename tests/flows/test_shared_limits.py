"""Locks and agents' limits hold across runs of different plans on different repositories."""

from itertools import pairwise
from pathlib import Path

from tests.flows.commands import Planwave
from tests.flows.plans import PlanDict, job, plan, wave
from tests.repositories import make_repository

HOLD = "echo {name} begin $(date +%s.%N) >> {record}; sleep 0.3; echo {name} end $(date +%s.%N) >> {record}"


def contender(name: str, record: Path) -> PlanDict:
    script = {each: HOLD.format(name=f"{name}-{each}", record=record) for each in ("a", "b")}
    return plan(name, wave("one", *(job(each, script[each], locks=["docker-compose"]) for each in script)))


def test_a_lock_is_never_held_twice_by_two_runs_on_two_repositories(planwave: Planwave, tmp_path: Path) -> None:
    record, plans = tmp_path / "record", ("red", "blue")
    for name in plans:
        make_repository(tmp_path / name)
    running = [planwave.start_run(contender(name, record), tmp_path / name) for name in plans]
    ended = [each.end() for each in running]
    assert [each.code for each in ended] == [0, 0], [each.err for each in ended]
    lines = [line.split() for line in record.read_text().splitlines()]
    assert len(lines) == 8
    for (who, begin, _), (same, end, _) in list(pairwise(lines))[::2]:
        assert (who, begin, end) == (same, "begin", "end")


def test_an_agents_max_parallel_is_kept_within_a_run(planwave: Planwave, repo: Path) -> None:
    record = planwave.folder / "record"
    agents = {
        "one": {"kind": "command", "run": ["sh", "-c", HOLD.format(name="{job}", record=record)], "max_parallel": 1}
    }
    jobs: list[PlanDict] = [{"id": name, "agent": "one"} for name in ("a", "b", "c")]
    ended = planwave.run(plan("single", wave("only", *jobs), agents=agents), repo)
    assert ended.code == 0, ended.err
    kinds = [line.split()[1] for line in record.read_text().splitlines()]
    assert kinds == ["begin", "end"] * 3


def test_a_job_asks_nothing_of_its_standard_input(planwave: Planwave, repo: Path) -> None:
    asking = job("a", "cat > /dev/null; read answer && exit 1; echo a > a.txt")
    ended = planwave.run(plan("silent", wave("one", asking)), repo)
    assert ended.code == 0, ended.err
