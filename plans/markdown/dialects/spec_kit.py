"""spec-kit's `tasks.md`: `- [ ] T001 [P] [US1] What to do in src/a.py`, grouped by `## Phase N: ...`.

`[P]` marks what may run beside its neighbours. So within a phase a run of `[P]` tasks is one batch, every other task is
a batch of its own, and the batches follow each other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from plans.markdown.dialects.batches import put_in_order
from plans.markdown.dialects.spec_kit_order import Phase, StatedOrder
from plans.markdown.dialects.tails import part_tails
from plans.markdown.draft import Draft, DraftJob, DraftStep, DraftTrack, DraftWave, Said
from plans.markdown.mentions.fields import line_field
from plans.markdown.source.labels import read_label
from plans.markdown.source.outline import Node
from plans.markdown.source.paths import paths_in
from plans.markdown.source.text import bold_lead, plain

_TASK = re.compile(r"[*_`~\s]*(?P<id>T-?\d{2,4}[A-Za-z]?)\b[*_`:.~]*\s*(?P<rest>.*)", re.DOTALL)
_MARK = re.compile(r"[\s*]*(?:\\?\[(?P<mark>[^\[\]\\]{1,24})\\?\](?!\()|\((?P<bare>P)\))[\s*:]*")
_TITLE = re.compile(r"^tasks?\b\s*(?:list\b\s*)?(?:for\b)?[\s:–—-]*", re.IGNORECASE)
_DASH = re.compile(r"\s[—–]\s|\s-\s")
_ONLY_READ = re.compile(
    r"\b(?:per|from|against|see|with|via|using|reading|matching|following|like|by|run|to match|referenced in|"
    r"described in|defined in|documented in|based on)\s+(?:the\s+)?[`*]*$",
    re.IGNORECASE,
)
_NEW = re.compile(r"(?:create|write|generate|scaffold|initiali[sz]e|bootstrap|add)\b", re.IGNORECASE)
_OPTIONAL = re.compile(r"[(\[]\s*optional\s*[)\]]", re.IGNORECASE)
_CLAIM = re.compile(r"total (?:number of )?tasks?\W{0,6}(?P<number>\d{1,5})\b", re.IGNORECASE)
_FEWEST = 2
"""Tasks from which a document is a task list."""


def recognises(outline: Node, text: str) -> bool:
    """Tell a spec-kit task list: tasks `T001` with boxes, under phases or a title that says "Tasks"."""
    if not re.search(r"\[[ xX]\]\W{0,4}T-?\d{2,4}", text):
        return False
    boxes = [node for node in _outer_items(outline) if node.checked is not None]
    tasks = [node for node in boxes if _TASK.match(node.text) is not None]
    heads = [node.text for node in outline.walk() if node.kind == "section" and node.depth <= 2]
    named = any(_TITLE.match(plain(head)) for head in heads) or any(
        (label := read_label(head)) is not None and label.word == "phase" for head in heads
    )
    return named and len(tasks) >= _FEWEST and len(tasks) >= len(boxes) / 2


def _outer_items(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.kind == "item":
            yield child
        elif child.kind == "section":
            yield from _outer_items(child)


def draft(outline: Node, text: str) -> Draft:  # noqa: ARG001 - every dialect gets both
    """Read a task list."""
    return _Reader(Node("section", "", 1, children=list(part_tails(outline.children)))).read()


@dataclass
class _Task:
    """A task as it is read, with what only its phase needs."""

    job: DraftJob
    parallel: bool


@dataclass
class _Reader:
    outline: Node
    draft: Draft = field(default_factory=Draft)
    phases: list[Phase] = field(default_factory=list[Phase])
    tasks: dict[DraftWave, list[_Task]] = field(default_factory=dict[DraftWave, "list[_Task]"])
    seen: dict[str, DraftJob] = field(default_factory=dict[str, DraftJob])
    paths: set[str] = field(default_factory=set[str])

    def read(self) -> Draft:
        self._sections(self.outline, None)
        self.draft.waves = [phase.wave for phase in self.phases if phase.wave.jobs]
        for phase in self.phases:
            self._tell_all(phase)
            self._order(phase.wave)
        stated = StatedOrder([phase for phase in self.phases if phase.wave.jobs], self.seen)
        for node in self.outline.walk():
            if node.kind == "item" and node.checked is None:
                stated.read(plain(node.text), node.line)
            if (claim := _CLAIM.search(plain(node.text) if node.kind in {"item", "paragraph"} else "")) is not None:
                self.draft.claims.said.setdefault("jobs", Said(claim["number"], node.line))
        self.draft.warnings += stated.warnings
        return self.draft

    def _sections(self, node: Node, phase: Phase | None) -> None:
        for child in node.children:
            if child.kind == "section":
                if child.depth == 1 and not self.draft.title:
                    self.draft.title = _TITLE.sub("", plain(child.text)) or plain(child.text)
                    self.draft.line = child.line
                self._sections(child, self._phase_of(child, phase))
            elif child.kind == "item" and child.checked is not None and (found := _TASK.match(child.text)) is not None:
                self._task(child, found, phase or self._new_phase("", "", node.line))
            elif child.kind in {"paragraph", "item"}:
                self._said(child, phase)

    def _phase_of(self, section: Node, phase: Phase | None) -> Phase | None:
        """Return the phase that a section is, or is in."""
        label = read_label(section.text)
        is_phase = label is not None and label.kind == "group"
        if not _holds_tasks(section) or (phase is not None and not is_phase) or section.depth == 1:
            return phase
        if label is not None and is_phase:
            title = label.title or label.topic
            return self._new_phase(label.key, title, section.line, label.word)
        return self._new_phase("", plain(section.text), section.line)

    def _new_phase(self, key: str, title: str, line: int, word: str = "phase") -> Phase:
        phase = Phase(DraftWave(key, title, line, word))
        self.phases.append(phase)
        return phase

    def _task(self, item: Node, found: re.Match[str], phase: Phase) -> None:
        key = found["id"].upper() if found["id"][0] == "t" else found["id"]
        if key in self.seen:
            return
        marks, rest = _marks(found["rest"])
        words = " ".join(line.strip() for line in rest.split("\n"))
        job = DraftJob(key, plain(words), item.line, "task", done=item.checked is True)
        job.is_loose = True
        job.optional = _OPTIONAL.search(words) is not None
        for mark in marks:
            if mark != "P":
                phase.stories.add(mark.upper())
                job.prompt.append(Said(f"Story: {mark}", item.line))
        self._paths(job, words)
        self._below(job, item)
        self.seen[key] = job
        phase.wave.jobs.append(job)
        self.tasks.setdefault(phase.wave, []).append(_Task(job, "P" in marks))

    def _paths(self, job: DraftJob, words: str) -> None:
        for path in _task_paths(words, job.line):
            is_new = path.text not in self.paths and _NEW.match(_OPTIONAL.sub("", words).strip()) is not None
            (job.owns.create if is_new else job.owns.modify).append(path)
            self.paths.add(path.text)

    def _below(self, job: DraftJob, item: Node) -> None:
        """Read what stands under a task: fields, steps, words."""
        for child in item.children:
            if child.kind not in {"item", "paragraph"}:
                if child.kind == "fence":
                    job.prompt.append(Said(f"```{child.info}\n{child.text}```", child.line))
                continue
            said = line_field(child.text, child.line)
            value = Said(plain(said.text), child.line) if said is not None else Said(plain(child.text), child.line)
            match said.name if said is not None else "":
                case "needs":
                    job.needs.append(value)
                case "criteria":
                    job.criteria.append(value)
                case "files" | "create" | "modify":
                    paths = paths_in(said.text if said is not None else "", child.line, listed=True)
                    job.owns.modify += [Said(path.path, path.line) for path in paths]
                case _ if child.kind == "item":
                    job.steps.append(DraftStep(plain(child.text), child.line, child.checked is True))
                case _:
                    job.prompt.append(Said(plain(child.text), child.line))

    def _said(self, node: Node, phase: Phase | None) -> None:
        """Read a paragraph of bold leads: `**Goal**: ...`, `**Checkpoint**: ...`."""
        for text, line in _leads(node):
            lead = bold_lead(text)
            name = lead.lead.strip(" :").lower() if lead is not None else ""
            value = plain(lead.rest).lstrip(" :-–—") if lead is not None else ""
            if phase is None:
                if name in {"input", "prerequisites", "tests", "organization", "context", "tech stack"} and value:
                    self.draft.context.append(Said(plain(text), line))
            elif "checkpoint" in name and value:
                phase.wave.gate.append(Said(value, line))
            elif value and not name.startswith("parallel"):
                phase.notes.append(Said(plain(text), line))

    def _tell_all(self, phase: Phase) -> None:
        """Tell every task what its phase is for."""
        for job in phase.wave.jobs:
            job.prompt[:0] = phase.notes

    def _order(self, wave: DraftWave) -> None:
        """Put a phase's tasks in order: runs of `[P]` side by side, all else one after another."""
        tasks = self.tasks.get(wave, [])
        batches = list[list[DraftJob]]()
        for parallel, run in groupby(tasks, key=lambda task: task.parallel):
            jobs = [task.job for task in run]
            batches += [jobs] if parallel else [[job] for job in jobs]
        wave.mode = "parallel" if any(len(batch) > 1 for batch in batches) else "serial"
        word = f"{wave.word}-{wave.key}" if wave.key else ""
        track = DraftTrack(f"{word or wave.title}/in-order", "", wave.line, word="")
        track.title = f"{wave.title or 'Tasks'}, in order"
        put_in_order(self.draft, batches, track)
        for job in wave.jobs:
            known = StatedOrder.inline(job.title, self.seen)
            job.after += [need for need in known if need is not job and need not in job.after]


def _marks(rest: str) -> tuple[list[str], str]:
    """Part the marks in brackets from what follows them."""
    marks = list[str]()
    while (found := _MARK.match(rest)) is not None:
        marks.append((found["mark"] or found["bare"]).strip())
        rest = rest[found.end() :]
    return ["P" if mark.upper() in {"P", "PARALLEL"} else mark for mark in marks], rest


def _leads(node: Node) -> Iterator[tuple[str, int]]:
    """Part a paragraph at the lines that begin in bold."""
    lines = node.text.split("\n")
    starts = [at for at, line in enumerate(lines) if at == 0 or bold_lead(line) is not None]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield " ".join(line.strip() for line in lines[start:end]), node.line + start


def _holds_tasks(section: Node) -> bool:
    return any(
        node.kind == "item" and node.checked is not None and _TASK.match(node.text) is not None
        for node in section.walk()
    )


def _task_paths(words: str, line: int) -> Iterator[Said]:
    """Yield the paths that a task is to write: those behind its dash where there are any, else all but the sources."""
    behind = _DASH.split(words)[1:]
    told = list(paths_in(behind[-1], line)) if behind else []
    for found in told or list(paths_in(words, line)):
        if told or (_is_file(found.path) and not _ONLY_READ.search(words.partition(found.path)[0])):
            yield Said(found.path, line)


def _is_file(path: str) -> bool:
    """Tell files and folders of the repository from routes such as `/api/users`."""
    return "." in path.rpartition("/")[2] or "*" in path or (path.endswith("/") and not path.startswith("/"))
