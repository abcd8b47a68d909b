"""get-shit-done's `PLAN.md`: YAML at the top, then an objective and tasks in angle brackets.

One such plan is what one agent carries out, so it is one job; its tasks are steps, and what they say is the job's
prompt. Checkpoints, at which a person looks, decides or acts, become questions of the gate.
"""

import re
from collections.abc import Iterator

from plans.errors import Problem
from plans.markdown.dialects.elements import Element, elements
from plans.markdown.dialects.front_matter import FrontMatter, read_front_matter, texts
from plans.markdown.draft import Draft, DraftJob, DraftStep, DraftWave, Said
from plans.markdown.source.outline import Node
from plans.markdown.source.paths import clean_path
from plans.markdown.source.text import plain

_PLAN = re.compile(r"^[ \t]*<(?:objective|tasks)>", re.MULTILINE)
_TASK = re.compile(r"^[ \t]*<task\s+type=", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?")
_PARTS = (
    ("read_first", "Read first"), ("behavior", "Behaviour"), ("action", ""), ("implementation", ""),
    ("verify", "Verify"), ("acceptance_criteria", "Acceptance criteria"), ("done", "Done when"),
)  # fmt: skip
"""What a task is told, in order, under which words."""


def recognises(outline: Node, text: str) -> bool:  # noqa: ARG001 - every dialect gets both
    """Tell a plan: tasks with a type in angle brackets, and an objective or the fields of its top."""
    return _TASK.search(text) is not None and (
        _PLAN.search(text) is not None or {"phase", "plan"} <= set(read_front_matter(text).values)
    )


def draft(outline: Node, text: str) -> Draft:  # noqa: ARG001 - every dialect gets both
    """Read a plan: one wave of one job."""
    top = read_front_matter(text)
    parts = {part.name: part for part in elements(text, *_SECTIONS)}
    job = _job(top, parts)
    found = Draft(title=f"Plan {job.key}: {job.title}" if job.key else job.title, line=job.line)
    wave = DraftWave(top.text("wave") or "1", top.text("phase"), top.line("wave"))
    wave.jobs.append(job)
    found.waves.append(wave)
    tasks = list(_tasks(parts, text))
    for task in tasks:
        _task(job, wave, task)
    if any(_is_checkpoint(task) for task in tasks[:-1]):
        message = "a checkpoint stands between tasks: it is asked at the end of the wave, for an agent cannot be held"
        place = next(task.line for task in tasks if _is_checkpoint(task))
        found.warnings.append(Problem(message, line=place, severity="warning", code="checkpoint"))
    _end(job, parts)
    _needs(job, top)
    return found


_SECTIONS = (
    "objective",
    "context",
    "tasks",
    "verification",
    "success_criteria",
    "threat_model",
    "interfaces",
    "feature",
)


def _job(top: FrontMatter, parts: dict[str, Element]) -> DraftJob:
    objective = parts.get("objective")
    first = next(objective.lines, ("", 1)) if objective is not None else ("", 1)
    job = DraftJob(plan_key(top.text("phase"), top.text("plan")), plain(first[0]).rstrip("."), first[1], "plan")
    job.is_loose = True
    if objective is not None:
        job.prompt.append(Said(objective.text.strip(), objective.line))
    for name in ("context", "interfaces", "threat_model", "feature"):
        if name in parts and parts[name].text.strip():
            words = {"context": "Read first", "threat_model": "Threats"}.get(name, name.capitalize())
            job.prompt.append(Said(f"{words}:\n{parts[name].text.strip()}", parts[name].line))
    job.owns.modify += [Said(clean_path(path), line) for path, line in top.texts("files_modified")]
    return job


def plan_key(phase: str, plan: str) -> str:
    """Return a plan's label, as the names of files and `depends_on` have it: `03-02`."""
    if "-" in plan and _NUMBER.match(plan):
        return re.sub(r"-PLAN(?:\.md)?$", "", plan)
    number, last = _NUMBER.match(phase), _NUMBER.match(plan)
    if number is None or last is None:
        return ""
    whole, _, part = number[0].partition(".")
    return f"{whole.zfill(2)}{'.' if part else ''}{part}-{last[0].zfill(2)}"


def _tasks(parts: dict[str, Element], text: str) -> Iterator[Element]:
    return parts["tasks"].children("task") if "tasks" in parts else elements(text, "task")


def _is_checkpoint(task: Element) -> bool:
    return task.attributes.get("type", "").startswith("checkpoint")


def _task(job: DraftJob, wave: DraftWave, task: Element) -> None:
    name = plain(task.said("name"))
    if _is_checkpoint(task):
        parts = [task.child(part) for part in ("decision", "context", "what-built", "how-to-verify", "instructions")]
        asked = [part for part in parts if part is not None]
        words = "\n".join([*([name] if name else []), *(part.text.strip() for part in asked)])
        wave.gate.append(Said(words or "Checkpoint", task.line))
        wave.asks = True
        return
    job.steps.append(DraftStep(name or f"Task {len(job.steps) + 1}", task.line))
    known = set(job.owns.paths())
    files = re.split(r"[,\n]", task.said("files"))
    paths = (clean_path(re.sub(r"^[-*]\s+|\s+\(.*\)$", "", path.strip())) for path in files)
    job.owns.modify += [Said(path, task.line) for path in paths if path and " " not in path and path not in known]
    told = [f"## {name or 'Task'}"]
    for part, words in _PARTS:
        said = re.sub(r"</?automated>", "", task.said(part)).strip()
        if said:
            told.append(f"{words}: {said}" if words else said)
    job.prompt.append(Said("\n\n".join(told), task.line))


def _end(job: DraftJob, parts: dict[str, Element]) -> None:
    """Read what must hold at the end."""
    if "verification" in parts and parts["verification"].text.strip():
        job.prompt.append(Said(f"Verify at the end:\n{parts['verification'].text.strip()}", parts["verification"].line))
    if "success_criteria" in parts:
        for text, line in parts["success_criteria"].lines:
            job.criteria.append(Said(plain(_ITEM.sub("", text)), line))


def _needs(job: DraftJob, top: FrontMatter) -> None:
    """Read the fields of the top that say what must hold and what comes first."""
    must_have = top.values.get("must_haves")
    if isinstance(must_have, dict):
        truths = texts(must_have.get("truths"), top.lines, "must_haves", "truths")
        job.criteria += [Said(plain(truth), line) for truth, line in truths]
    job.needs += [Said(re.sub(r"-PLAN(?:\.md)?$", "", need), line) for need, line in top.texts("depends_on")]
