"""Plans for the tests of whole runs, written as a person writes them: mappings and lists."""

from pathlib import Path
from textwrap import dedent

PlanDict = dict[str, object]


def job(name: str, script: str = "", **fields: object) -> PlanDict:
    """Return a job that runs a script of the shell; by default it leaves a file of its name, and owns that."""
    run = ["sh", "-ec", dedent(script) or f"echo {name} > {name}.txt"]
    return {"id": name, "run": run, "owns": {"create": [f"{name}.txt"]}, **fields}


def wave(name: str, *jobs: PlanDict, **fields: object) -> PlanDict:
    """Return a wave."""
    return {"id": name, "jobs": list(jobs), **fields}


def plan(name: str, *waves: PlanDict, **fields: object) -> PlanDict:
    """Return a plan; the tracks that its jobs name are declared where it does not declare them itself."""
    jobs = [each for one in waves for each in _jobs(one)]
    tracks = dict.fromkeys(str(each["track"]) for each in jobs if "track" in each)
    declared: PlanDict = {"tracks": [{"id": track} for track in tracks]} if tracks else {}
    return {"name": name, "waves": list(waves), "defaults": {"retry_delay": "0s"}, **declared, **fields}


def recording(name: str, record: Path, **fields: object) -> PlanDict:
    """Return a job that writes into a file, by whoever it is shared, when it begins and when it ends."""
    script = f"echo {name} begin >> {record}; sleep 0.2; echo {name} > {name}.txt; echo {name} end >> {record}"
    return job(name, script, **fields)


def is_one_at_a_time(record: Path) -> bool:
    """Return whether no job of a record began before the one before it had ended."""
    lines = [line.split() for line in record.read_text().splitlines()]
    pairs = zip(lines[::2], lines[1::2], strict=True)
    return all((who, begin, end) == (same, "begin", "end") for (who, begin), (same, end) in pairs)


def passing(*argv: str) -> PlanDict:
    """Return a check."""
    return {"check": list(argv)}


def _jobs(one: PlanDict) -> list[PlanDict]:
    jobs = one["jobs"]
    assert isinstance(jobs, list)
    return [each for each in jobs if isinstance(each, dict)]  # pyright: ignore[reportUnknownVariableType] - JSON
