"""How a plan stands on a repository, in words and as JSON."""

from collections.abc import Iterator, Mapping

from deployments.run_list import RunLine, in_columns
from plans.dashboard import seconds_text
from plans.model import Plan, Wave
from tasks.peek import JobStanding, PlanStanding

_WORDS: Mapping[str, str] = {"done": "✔ done", "changed": "↻ changed since", "open": "· not done"}


def standing_lines(plan: Plan, standing: PlanStanding, run: RunLine | None) -> Iterator[str]:
    """Give the text of `planwave status PLAN`, line by line."""
    done = sum(job.state == "done" for job in standing.jobs.values())
    yield f"{plan.title or plan.name}: {done} of {len(plan.jobs)} job(s) done"
    if standing.target_tip is None:
        yield f"target: {plan.target_branch}, not begun on this repository"
    else:
        landed = sum(job.landed for job in standing.jobs.values())
        yield f"target: {plan.target_branch} at {standing.target_tip[:10]}, {landed} job(s) landed"
    yield from _run_lines(standing, run)
    rows = dict(zip(plan.jobs, in_columns([_cells(job, standing.jobs[job]) for job in plan.jobs]), strict=True))
    for wave in plan.waves:
        yield ""
        yield f"{wave.name}: {_gate_word(wave, standing)}"
        yield from (f"  {rows[job.id]}" for job in wave.jobs)


def standing_json(plan: Plan, standing: PlanStanding, run: RunLine | None) -> dict[str, object]:
    """Give what `planwave status PLAN --json` prints."""
    return {
        "plan": plan.name,
        "hub": standing.hub_key,
        "base": standing.base,
        "target": {"branch": plan.target_branch, "commit": standing.target_tip},
        "process": standing.owner,
        "run": None if run is None else run.json,
        "waves": [
            {
                "id": wave.id,
                "title": wave.name,
                "passed": wave.id in standing.passed,
                "jobs": [{"id": job.id, **_job_json(standing.jobs[job.id])} for job in wave.jobs],
            }
            for wave in plan.waves
        ],
    }


def _run_lines(standing: PlanStanding, run: RunLine | None) -> Iterator[str]:
    if standing.owner is not None:
        yield f"at work: process {standing.owner}"
    if run is not None:
        yield f"latest run: {run.name}, {run.state}  {run.page or run.report}".rstrip()


def _gate_word(wave: Wave, standing: PlanStanding) -> str:
    if wave.id in standing.passed:
        return "GO"
    done = sum(standing.jobs[job.id].state == "done" for job in wave.jobs)
    return f"{done} of {len(wave.jobs)} done"


def _cells(job: str, found: JobStanding) -> tuple[str, ...]:
    head, record = (_WORDS[found.state], job), found.record
    if record is None:
        return (*head, "", "", "", "the plan says so" if found.state == "done" else "")
    return (
        *head,
        record.commit[:10],
        f"attempt {record.attempt}",
        seconds_text(record.duration_s),
        "landed" if found.landed else "not landed",
    )


def _job_json(found: JobStanding) -> dict[str, object]:
    record = found.record
    return {
        "state": found.state,
        "landed": found.landed,
        "commit": record and record.commit,
        "attempt": record and record.attempt,
        "duration_s": record and record.duration_s,
        "agent": record and record.agent,
        "run": record and record.run,
    }
