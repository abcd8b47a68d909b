"""Why jobs of a plan are not done, and tracks not landed, as the runs before wrote it down."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from deployments.run_files import RunFiles, all_runs
from plans.text.one_line import one_line
from tasks.home import Home
from tasks.ledger.standing import PlanStanding
from tasks.session.run_record import WAITING, JobNote, RunRecord, read_record

_MOST_RUNS = 50


@dataclass(frozen=True)
class Reasons:
    """What earlier runs say of what is not so.

    Attributes:
        jobs: why each job that is not done is not.
        tracks: why tracks did not land when they were tried last.
        gates: what was heard of waves' gates in the latest run.
    """

    jobs: Mapping[str, str] = field(default_factory=dict[str, str])
    tracks: Mapping[str, str] = field(default_factory=dict[str, str])
    gates: Mapping[str, str] = field(default_factory=dict[str, str])


def find_reasons(home: Home, plan: str, standing: PlanStanding, digests: Mapping[str, str]) -> Reasons:
    """Look through the records of a plan's runs on a repository, the latest first.

    Args:
        home: where planwave keeps what it keeps.
        plan: the plan's name.
        standing: how the plan stands there.
        digests: what each job is now.
    """
    mine = [run for run in all_runs(home) if (run.hub, run.plan) == (standing.hub_key, plan)][:_MOST_RUNS]
    runs = [(run, read_record(run.folder, run.number)) for run in mine]
    jobs = {job: _why(job, runs, digests[job]) for job, found in standing.jobs.items() if found.state != "done"}
    tracks = runs[0][1].tracks if runs else {}
    return Reasons(
        {job: why for job, why in jobs.items() if why},
        {track: _line(why) for track, why in tracks.items()},
        dict(_of_gates(*runs[0])) if runs else {},
    )


def _of_gates(run: RunFiles, record: RunRecord) -> Iterator[tuple[str, str]]:
    for wave, said in record.gates.items():
        if said != WAITING:
            word, colon, note = said.partition(": ")
            yield wave, f"its gate said {word} in {run.name}{colon}{_line(note)}"
        elif run.owner is not None:
            yield wave, f"its gate waits for an answer: `planwave approve {run.name}` or `planwave reject {run.name}`"


def _why(job: str, runs: Sequence[tuple[RunFiles, RunRecord]], digest: str) -> str:
    """Return why a job is not done, or nothing where no run says so."""
    notes = [(run, record, record.jobs[job]) for run, record in runs if job in record.jobs]
    told = next((place for place in notes if place[2].state != "not asked for"), None)
    if told is not None:
        run, record, note = told
        if note.state == "done":
            return f"done in {run.name}; it, or what it needs, was changed since"
        edited = "; it, or what it needs, was changed since" if note.digest != digest else ""
        return "; ".join(_sentences(run, record, note)) + edited
    if notes:
        return f"{notes[0][0].name} was not asked for it"
    return _not_begun(*runs[0]) if runs else ""


def _sentences(run: RunFiles, record: RunRecord, note: JobNote) -> Iterator[str]:
    reason = f": {_line(note.reason)}" if note.reason else ""
    alive = record.end is None and run.owner is not None
    match note.state:
        case "started" if alive:
            yield f"at work in {run.name}"
        case "started":
            yield f"{run.name} died while it was at work"
        case "again" | "later":
            what = "its last attempt failed" if note.state == "again" else "its agent could do nothing"
            yield f"{what} in {run.name}{reason}"
            yield "another one follows" if alive else f"{run.name} died before the next one"
        case "cut off":
            yield f"{run.name} was stopped before it{reason}"
        case "not reached":
            yield f"{run.name} ended before it"
        case _:
            yield f"{note.state} in {run.name}{reason}"


def _not_begun(run: RunFiles, record: RunRecord) -> str:
    if run.owner is not None:
        return f"{run.name} has not come to it yet"
    return f"{run.name} died before it" if record.end is None and run.ended is None else ""


def _line(text: str) -> str:
    """Return a text in one line, without what it begins with that `stopped in ...` says already."""
    return one_line(text.removeprefix("stopped: "))
