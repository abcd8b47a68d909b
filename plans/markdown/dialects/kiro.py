"""Kiro's `tasks.md`: `- [ ] 1. What to do`, `- [ ] 1.1 A part of it`, `_Requirements: 1.2_`.

A number is a job and its parts are its steps; jobs follow each other but where the document says that they may run side
by side. Where Kiro wrote its graph of tasks (JSON, `waves` of numbers), the tasks in the graph are the jobs instead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from plans.markdown.dialects.batches import put_in_order
from plans.markdown.dialects.kiro_graph import read_graph
from plans.markdown.dialects.kiro_tasks import KiroTask, numbers_in, read_tasks, task_boxes
from plans.markdown.draft import Draft, DraftJob, DraftStep, DraftTrack, DraftWave, Said
from plans.markdown.source.labels import read_label
from plans.markdown.source.outline import Node
from plans.markdown.source.text import plain, words
from plans.markdown.source.words import PARALLEL

_REQUIREMENTS = re.compile(r"[_*]Requirements?:|\*\*Validates: Requirements?", re.IGNORECASE)
_TITLE = re.compile(r"(?:implementation (?:plan|tasks)|tasks)\b.*", re.IGNORECASE)
_SIDE_BY_SIDE = re.compile(
    r"\btasks?\s+(?P<numbers>[\d.,\s&–—-]*\d(?:[\d.,\s&–—-]|\band\b|\bthrough\b|\bto\b)*)", re.IGNORECASE
)
_FOREIGN = frozenset({"wave", "agent", "track", "workstream", "stream"})
"""Words of headings under which boxes are jobs of plans for agents, not Kiro's."""
_FEWEST = 2


def recognises(outline: Node, text: str) -> bool:
    """Tell Kiro's task list: numbered boxes, and its requirements or its title."""
    if not re.search(r"\[[ xX~-]\]\*?\s+\d", text):
        return False
    boxes = [
        node for node in outline.walk() if node.kind == "item" and (node.checked is not None or node.text[:1] == "[")
    ]
    numbered = list(task_boxes(outline))
    heads = [node for node in outline.walk() if node.kind == "section"]
    titled = any(head.depth == 1 and _TITLE.fullmatch(plain(head.text)) for head in heads)
    foreign = any((label := read_label(head.text)) is not None and label.word in _FOREIGN for head in heads)
    return (
        not foreign
        and len(numbered) >= _FEWEST
        and len(numbered) >= len(boxes) / 2
        and (titled or _REQUIREMENTS.search(text) is not None)
    )


def draft(outline: Node, text: str) -> Draft:  # noqa: ARG001 - every dialect gets both
    """Read a task list."""
    found = Draft(title="Implementation Plan")
    for node in outline.sections:
        if node.depth == 1:
            found.title, found.line = plain(node.text), node.line
            break
    found.context = list(_context(outline))
    tasks = read_tasks(outline)
    if not read_graph(found, outline, tasks):
        _Reader(found, tasks, _said_side_by_side(outline)).read()
    return found


def _context(outline: Node) -> Iterator[Said]:
    """Yield the words of the document's own: what stands before the tasks, and notes behind them."""
    for node in outline.walk():
        if node.kind == "section" and "notes" in words(node.text):
            yield from (Said(plain(item.text), item.line) for item in node.items)
    for node in _before_tasks(outline):
        if node.kind == "paragraph" or (node.kind == "item" and node.checked is None):
            yield Said(plain(node.text), node.line)


def _before_tasks(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.kind == "item" and next(task_boxes(child, itself=True), None) is not None:
            return
        yield child
        if child.kind == "section":
            holds = next(task_boxes(child), None) is not None
            yield from _before_tasks(child)
            if holds:
                return


def _said_side_by_side(outline: Node) -> list[set[str]]:
    """Return the sets of numbers that a sentence outside the tasks says may run side by side."""
    found = list[set[str]]()
    for node in _before_tasks(outline):
        for line in node.text.split("\n") if node.kind in {"paragraph", "item"} else ():
            if PARALLEL & set(words(line)) or "parallel" in line.lower() or "simultaneously" in line.lower():
                found += [set(numbers_in(one["numbers"])) for one in _SIDE_BY_SIDE.finditer(plain(line))]
    return [numbers for numbers in found if len(numbers) > 1]


@dataclass
class _Reader:
    draft: Draft
    tasks: list[KiroTask]
    side_by_side: list[set[str]]
    jobs: dict[str, DraftJob] = field(default_factory=dict[str, DraftJob])
    """By number; a part's number gives the job that it is a step of."""
    beside: dict[DraftJob, set[str]] = field(default_factory=dict[DraftJob, set[str]])
    marked: set[DraftJob] = field(default_factory=set[DraftJob])

    def read(self) -> None:
        """Make the jobs and their order."""
        waves = dict[int, DraftWave]()
        for task in self.tasks:
            parent = self.jobs.get(task.number.split(".")[0])
            if parent is not None and "." in task.number:
                self._part(parent, task)
            else:
                wave = waves.setdefault(task.section.line if task.section else 0, _wave(task.section))
                wave.jobs.append(self._job(task))
        self.draft.waves = list(waves.values())
        if len(waves) == 1 and not self.draft.waves[0].key:
            self.draft.waves[0].key, self.draft.waves[0].title = "tasks", self.draft.title
        self._tie()
        for wave in self.draft.waves:
            self._order(wave)

    def _job(self, task: KiroTask) -> DraftJob:
        job = task.job()
        self.jobs[task.number] = job
        self.beside[job] = set(task.beside)
        if task.is_parallel:
            self.marked.add(job)
        return job

    def _part(self, job: DraftJob, task: KiroTask) -> None:
        self.jobs[task.number] = job
        optional = " (optional)" if task.optional else ""
        job.steps.append(DraftStep(f"{task.number} {task.title}{optional}", task.line, task.done))
        job.prompt += [Said(f"{task.number}: {said.text}", said.line) for said in task.details]
        job.done = job.done and (task.done or task.optional)

    def _tie(self) -> None:
        """Resolve what tasks say that they need; what names no task is left for the needs in words."""
        for task in self.tasks:
            job = self.jobs[task.number]
            for need in task.needs:
                known = [self.jobs[number] for number in numbers_in(need.text) if number in self.jobs]
                job.after += [one for one in known if one is not job and one not in job.after]
                if not known:
                    job.needs.append(need)

    def _order(self, wave: DraftWave) -> None:
        batches, optional = list[list[DraftJob]](), list[tuple[DraftJob, int]]()
        for job in wave.jobs:
            if job.optional:
                optional.append((job, len(batches)))
            elif batches and self._may_join(batches[-1], job):
                batches[-1].append(job)
            else:
                batches.append([job])
        wave.mode = "parallel" if optional or any(len(batch) > 1 for batch in batches) else "serial"
        put_in_order(self.draft, batches, DraftTrack(f"{wave.key}/in-order", f"{wave.title}, in order", wave.line, ""))
        for job, place in optional:
            track = DraftTrack(f"{job.key}/optional", job.title, job.line, "", optional=True)
            self.draft.tracks[track.key] = track
            job.track = track.key
            job.after += [one for batch in batches[max(place - 1, 0) : place] for one in batch if one not in job.after]

    def _may_join(self, batch: list[DraftJob], job: DraftJob) -> bool:
        """Return whether a job may run beside those of a batch: the document says so of it and each of them."""
        return not any(one in job.after for one in batch) and all(
            (job in self.marked and one in self.marked)
            or job.key in self.beside[one]
            or one.key in self.beside[job]
            or any({job.key, one.key} <= numbers for numbers in self.side_by_side)
            for one in batch
        )


def _wave(section: Node | None) -> DraftWave:
    """Return the wave of a heading with tasks."""
    if section is None:
        return DraftWave("", "Tasks", 1, "")
    label = read_label(section.text)
    if label is not None and label.kind == "group":
        return DraftWave(label.key, label.title or label.topic, section.line, label.word)
    return DraftWave("", plain(section.text), section.line, "")
