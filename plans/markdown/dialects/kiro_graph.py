"""The graph of tasks that Kiro writes below its list: JSON, `{"waves": [{"id": 0, "tasks": ["1.1", "2.1"]}]}`."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from plans.errors import Problem
from plans.markdown.dialects.kiro_tasks import KiroTask
from plans.markdown.draft import Draft, DraftJob, DraftWave, Said
from plans.markdown.source.outline import Node
from plans.yaml.tree import Value, read_tree


class _GraphWave(NamedTuple):
    key: str
    title: str
    tasks: list[str]
    line: int


def read_graph(draft: Draft, outline: Node, tasks: list[KiroTask]) -> bool:
    """Make the waves of the graph, if there is one; tell whether there was."""
    fences = (_graph(node) for node in outline.walk() if node.kind == "fence")
    graph = next((found for found in fences if found), list[_GraphWave]())
    known = {task.number: task for task in tasks}
    waves, told = list[DraftWave](), set[str]()
    for one in graph:
        wave = DraftWave(one.key, one.title, one.line)
        for number in one.tasks:
            if number not in known:
                draft.warnings.append(
                    _warning(f"the graph names task {number}, which the list does not have", one.line)
                )
            elif number not in told:
                told.add(number)
                wave.jobs.append(_with_context(known, known[number]))
        if wave.jobs:
            waves.append(wave)
    if not waves:
        return False
    draft.waves = waves
    _place_the_rest(draft, tasks, told)
    return True


def _graph(fence: Node) -> list[_GraphWave]:
    if '"waves"' not in fence.text:
        return []
    tree = read_tree("\n" * (fence.line - 1) + fence.text)
    waves = tree.value.get("waves") if isinstance(tree.value, dict) else None
    if not isinstance(waves, list):
        return []
    return [_graph_wave(wave, at, tree.lines.line("waves", at) or fence.line) for at, wave in enumerate(waves)]


def _graph_wave(wave: Value, at: int, line: int) -> _GraphWave:
    if not isinstance(wave, dict):
        return _GraphWave(str(at + 1), "", list(_numbers(wave)), line)
    key = _first_text(wave, "id", "wave", "number") or str(at + 1)
    return _GraphWave(key, _first_text(wave, "name", "title", "description"), list(_numbers(wave.get("tasks"))), line)


def _first_text(value: Mapping[str, Value], *names: str) -> str:
    return next((found for name in names if isinstance(found := value.get(name), str)), "")


def _numbers(value: Value) -> Iterator[str]:
    for one in value if isinstance(value, list) else ():
        number = one.get("id") if isinstance(one, dict) else one
        if isinstance(number, str):
            yield number.strip().rstrip(".").removeprefix("T")


def _with_context(known: Mapping[str, KiroTask], task: KiroTask) -> DraftJob:
    """Make a job that knows what it is a part of."""
    job = task.job()
    parent = known.get(task.number.rpartition(".")[0])
    if parent is not None:
        job.prompt.insert(0, Said(f"Part of task {parent.number}: {parent.title}", parent.line))
    return job


def _place_the_rest(draft: Draft, tasks: list[KiroTask], told: set[str]) -> None:
    """Put what the graph leaves out: a checkpoint is a gate, what has no parts in it is told."""
    for task in tasks:
        if task.number in told or any(number.startswith(f"{task.number}.") for number in told):
            continue
        if task.is_checkpoint:
            wave = _last_before(draft, task)
            wave.gate.append(Said(f"{task.title}", task.line))
        elif not task.done:
            draft.warnings.append(_warning(f"task {task.number} is not in the graph of tasks: left out", task.line))


def _last_before(draft: Draft, task: KiroTask) -> DraftWave:
    """Return the last wave that has a task which the list has before this one."""
    behind = [wave for wave in draft.waves if any(job.line < task.line for job in wave.jobs)]
    return behind[-1] if behind else draft.waves[0]


def _warning(message: str, line: int) -> Problem:
    return Problem(message, line=line, severity="warning", code="graph")
