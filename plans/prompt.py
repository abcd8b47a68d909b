"""The prompt that a job's agent gets: everything it must know, in Markdown, and the same for the same input."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from plans.durations import format_duration
from plans.model import Check, Contingency, Criterion, Job, Plan

HANDOFF_CHARACTERS = 20_000
"""A handoff is cut here: what the jobs before have to say must leave room for the job itself."""
FEEDBACK_CHARACTERS = 20_000

_REPORT = """\
- Leave your work as files in the current folder. It is committed for you: no commits, branches or pushes are needed.
- The folder named by the environment variable `PLANWAVE_OUTBOX` takes your reports. It lies outside the repository.
  - `handoff.md`: what the jobs that build on yours must know: names, interfaces, decisions. Always write it.
  - `progress`: append the text of a step, on a line of its own, as soon as the step is finished.
  - `no-change.md`: only if nothing has to be changed for this job: why that is so.
  - `scope.json`: only if a file had to be changed that is not yours: `{"paths": ["a/path"], "reason": "why"}`.
- If the job cannot be done, say why in `handoff.md` and end with a failure. Do not pretend."""


def build_prompt(  # noqa: PLR0913 - what describes the attempt goes by keyword
    plan: Plan,
    job: Job,
    *,
    handoffs: Mapping[str, str] | None = None,
    feedback: str | None = None,
    contingencies: Sequence[Contingency] = (),
    attempt: int = 1,
) -> str:
    """Return the prompt of one attempt of a job.

    Args:
        plan: a plan that passed `plans.lint`.
        job: one of its jobs.
        handoffs: what finished jobs left for this one, by the jobs' ids.
        feedback: why the last attempt failed.
        contingencies: those of the job's that apply now; those for when time is left are always told.
        attempt: its number, from 1.
    """
    sections = (
        ("", _introduction(plan, job)),
        ("Goal of the whole plan", plan.goal),
        ("Context", plan.context),
        ("Instructions", job.prompt),
        ("Steps", _numbered(job.steps)),
        ("Done when", _bullets(_criterion(criterion) for criterion in job.criteria)),
        ("Files", _files(plan, job)),
        ("What the jobs before this one left for you", _handoffs(plan, handoffs or {})),
        ("What is different from the plan", _contingencies(plan, job, contingencies)),
        (f"Why the last attempt failed (this is attempt {attempt})", _fenced(feedback or "")),
        ("How to report", _REPORT),
    )
    shown = ((title, text.replace("\r\n", "\n").strip("\n").rstrip()) for title, text in sections)
    return "\n\n".join(f"## {title}\n\n{text}" if title else text for title, text in shown if text.strip()) + "\n"


def _introduction(plan: Plan, job: Job) -> str:
    wave = plan.wave_of[job.id]
    timeout = plan.defaults.timeout if job.timeout is None else job.timeout
    return (
        f"# {job.name}\n\n"
        f"You carry out one job, `{job.id}`, of the plan {plan.title or plan.name!r} (wave {wave.name!r}, "
        f"track `{job.lane}`). The current folder is a checkout of the repository that is yours alone. Other agents "
        f"carry out other jobs at the same time, and all results are merged. Do this job, the whole of it, and "
        f"nothing else. Nobody can answer questions: decide, and say in the handoff what you decided. "
        f"The attempt is ended after {format_duration(timeout)}."
    )


def _numbered(lines: Sequence[str]) -> str:
    return "\n".join(f"{number}. {_indented(line)}" for number, line in enumerate(lines, 1))


def _bullets(lines: Iterator[str]) -> str:
    return "\n".join(f"- {_indented(line)}" for line in lines)


def _indented(text: str) -> str:
    """Keep a text of several lines inside its list item."""
    return text.strip().replace("\n", "\n  ")


def _criterion(criterion: Criterion) -> str:
    if isinstance(criterion, Check):
        return f"this command succeeds, run in the current folder: {_code(shlex.join(criterion.check))}"
    return criterion


def _files(plan: Plan, job: Job) -> str:
    owned = plan.owned_by(job)
    lines = (
        ("You may create:", owned.create),
        ("You may change:", owned.modify),
        ("Read these, and do not change them:", owned.read),
        ("Nobody may touch these:", plan.frozen),
    )
    listed = _bullets(f"{label} {', '.join(map(_code, patterns))}" for label, patterns in lines if patterns)
    if not owned.writes:
        return listed
    return f"{listed}\n\nThe patterns are those of `.gitignore`, from the repository's root. {_rule(plan, job)}"


def _rule(plan: Plan, job: Job) -> str:
    """Say what becomes of changes beyond what a job owns; this must be as `tasks.attempt.scope` judges them."""
    if (job.out_of_scope or plan.defaults.out_of_scope) == "allow":
        but = ", but for those that nobody may touch: a change there fails the attempt" if plan.frozen else ""
        return f"Other files may be changed too where the job needs it{but}."
    asking = "ask for it in `scope.json` (see below), which is granted for files that no other job owns"
    return f"Any other change fails the attempt, unless you {asking}."


def _handoffs(plan: Plan, handoffs: Mapping[str, str]) -> str:
    in_plan_order = (job for job in plan.jobs.values() if handoffs.get(job.id, "").strip())
    return "\n\n".join(f"From `{job.id}` ({job.name}):\n\n{_quoted(handoffs[job.id])}" for job in in_plan_order)


def _quoted(text: str) -> str:
    """Return a text that somebody else wrote so that its headings stay its own."""
    return "\n".join(f"> {line}".rstrip() for line in _cut(text.strip(), HANDOFF_CHARACTERS).splitlines())


def _contingencies(plan: Plan, job: Job, applying: Sequence[Contingency]) -> str:
    ahead = tuple(one for one in job.contingency if one.if_ahead and one not in applying)
    return _bullets(_contingency(plan, one) for one in (*applying, *ahead))


def _contingency(plan: Plan, contingency: Contingency) -> str:
    if contingency.if_failed is None:
        return f"If you are done and time is left: {contingency.instead}"
    failed = plan.jobs.get(contingency.if_failed)
    name = "" if failed is None or failed.title is None else f" ({failed.title})"
    return f"The job `{contingency.if_failed}`{name} failed, so its results are missing. Instead: {contingency.instead}"


def _fenced(text: str) -> str:
    """Return a program's output as it is, whatever backticks are in it."""
    if not text.strip():
        return ""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    said = _cut(text.strip(), FEEDBACK_CHARACTERS, keep_end=True)
    return f"{fence}text\n{said}\n{fence}\n\nThe current folder is again as it was before that attempt."


def _code(text: str) -> str:
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _cut(text: str, characters: int, *, keep_end: bool = False) -> str:
    if len(text) <= characters:
        return text
    note = f"[{len(text) - characters} characters left out]"
    return f"{note}\n{text[-characters:]}" if keep_end else f"{text[:characters]}\n{note}"
