"""How a plan stands on a repository, in words and as JSON."""

from collections.abc import Iterator, Mapping

from deployments.runs.lines import RunLine, in_columns
from deployments.runs.reasons import Reasons
from plans.model import Job, Plan, Wave
from plans.render.dashboard import seconds_text
from plans.text.plural import counted
from tasks.ledger.standing import JobStanding, PlanStanding

_WORDS: Mapping[str, str] = {"done": "✔ done", "changed": "↻ changed since", "open": "· not done"}


def standing_lines(plan: Plan, standing: PlanStanding, run: RunLine | None, reasons: Reasons) -> Iterator[str]:
    """Yield the text of `planwave status PLAN`, line by line."""
    done = sum(job.state == "done" for job in standing.jobs.values())
    yield f"{plan.title or plan.name}: {done} of {counted(len(plan.jobs), 'job')} done"
    if standing.target_tip is None:
        yield f"target: {plan.target_branch}, not begun on this repository"
    else:
        landed = sum(job.landed for job in standing.jobs.values())
        yield f"target: {plan.target_branch} at {standing.target_tip[:10]}, {counted(landed, 'job')} landed"
    yield from _run_lines(standing, run)
    cells = [_cells(job, standing.jobs[job.id], reasons) for job in plan.jobs.values()]
    rows = dict(zip(plan.jobs, in_columns(cells), strict=True))
    for wave in plan.waves:
        yield ""
        yield f"{wave.name}: {_gate_word(wave, standing, reasons)}"
        for job in wave.jobs:
            yield f"  {rows[job.id]}"
            if job.id in reasons.jobs:
                yield f"      {reasons.jobs[job.id]}"


def standing_json(plan: Plan, standing: PlanStanding, run: RunLine | None, reasons: Reasons) -> dict[str, object]:
    """Return what `planwave status PLAN --json` prints."""
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
                "why": None if wave.id in standing.passed else reasons.gates.get(wave.id),
                "jobs": [
                    {"id": job.id, **_job_json(standing.jobs[job.id]), "why": _why(job, standing.jobs[job.id], reasons)}
                    for job in wave.jobs
                ],
            }
            for wave in plan.waves
        ],
    }


def _run_lines(standing: PlanStanding, run: RunLine | None) -> Iterator[str]:
    if standing.owner is not None:
        yield f"at work: process {standing.owner}"
    if run is not None:
        yield f"latest run: {run.name}, {run.state}  {run.page or run.report}".rstrip()


def _gate_word(wave: Wave, standing: PlanStanding, reasons: Reasons) -> str:
    if wave.id in standing.passed:
        return "GO"
    done = sum(standing.jobs[job.id].state == "done" for job in wave.jobs)
    return f"{done} of {len(wave.jobs)} done" + (f"; {reasons.gates[wave.id]}" if wave.id in reasons.gates else "")


def _why(job: Job, found: JobStanding, reasons: Reasons) -> str | None:
    """Say why a job is not done, or not landed; None where there is nothing to say."""
    if found.state != "done":
        return reasons.jobs.get(job.id)
    return None if found.landed or found.record is None else reasons.tracks.get(job.lane)


def _cells(job: Job, found: JobStanding, reasons: Reasons) -> tuple[str, ...]:
    head, record, why = (_WORDS[found.state], job.id), found.record, _why(job, found, reasons)
    if record is None:
        return (*head, "", "", "", "the plan says so" if found.state == "done" else "")
    return (
        *head,
        record.commit[:10],
        f"attempt {record.attempt}",
        seconds_text(record.duration_s),
        "landed" if found.landed else "not landed" + (f": {why}" if why and found.state == "done" else ""),
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
