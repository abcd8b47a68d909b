"""get-shit-done's folders of plans, `NN-name/NN-MM-PLAN.md`: the waves that the plans name, and what they depend on."""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from plans.markdown.draft import Draft, DraftJob, DraftWave
from plans.markdown.folders.placed import place_in_file


class PlanFile(NamedTuple):
    """A plan of the folder."""

    file: str
    draft: Draft


def join_plans(name: str, plans: Sequence[PlanFile], files: Collection[str]) -> Draft:
    """Make one draft of the plans of a phase, or of several phases.

    Args:
        name: what the whole is called.
        plans: each a wave of one job.
        files: names of all files of the folder: a plan with a summary is done.
    """
    found = Draft(title=name)
    jobs = dict[tuple[float, ...], DraftJob]()
    waves = dict[tuple[float, ...], DraftWave]()
    names = {file.rpartition("/")[2].lower() for file in files}
    phases = {_numbers(job.key)[:1] for plan in plans for job in plan.draft.jobs}
    for plan in plans:
        place_in_file(plan.draft, plan.file)
        own = plan.draft.waves[0]
        job = own.jobs[0]
        if not job.key:
            job.key = plan.file.rpartition("/")[2].removesuffix(".md").removesuffix("-PLAN")
        place = (*_numbers(job.key)[:1], *_numbers(own.key)[:1])
        key = own.key if len(phases) == 1 else f"{job.key.partition('-')[0].lstrip('0')}.{own.key}"
        wave = waves.setdefault(place, DraftWave(key, own.title if len(phases) > 1 else "", own.line))
        wave.jobs.append(job)
        wave.gate += own.gate
        wave.asks = wave.asks or own.asks
        jobs[_numbers(job.key)] = job
        job.done = f"{job.key}-summary.md".lower() in names
        found.warnings += plan.draft.warnings
    found.waves = [waves[place] for place in sorted(waves)]
    found.line = found.waves[0].line
    _tie(found, jobs)
    return found


def _tie(found: Draft, jobs: dict[tuple[float, ...], DraftJob]) -> None:
    """Resolve `depends_on` among the plans; what it names elsewhere stays a warning."""
    resolved = set[tuple[str, str]]()
    for job in jobs.values():
        for said in job.needs:
            need = jobs.get(_numbers(said.text))
            if need is not None and need is not job:
                job.after += [need] if need not in job.after else []
                resolved.add((str(said.line), repr(said.text)))
    found.warnings = [
        problem
        for problem in found.warnings
        if problem.code != "unresolved"
        or not any(str(problem.line) == line and text in problem.message for line, text in resolved)
    ]


def _numbers(key: str) -> tuple[float, ...]:
    """Return a label's numbers, for labels written with and without zeros."""
    return tuple(float(number) for number in re.findall(r"\d{1,9}(?:\.\d{1,9})?", key))
