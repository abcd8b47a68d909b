"""The numbered boxes of Kiro's task lists, nested or side by side."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from plans.markdown.draft import DraftJob, Said
from plans.markdown.source.outline import Node
from plans.markdown.source.text import plain

_BOX = re.compile(
    r"(?P<box>\[(?P<mark>[ xX~/-]?)\])?(?P<star>\\?\*)?\s*[*_]*"
    r"(?P<number>\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?)\.?\)?[*_]*\s+(?P<title>\S.*)",
    re.DOTALL,
)
_PARALLEL_MARK = re.compile(r"(?:^|\s)\(P\)(?=\s|$)")
_STAR_AFTER = re.compile(r"\s\*$|\s\(optional\)$", re.IGNORECASE)
_BESIDE = re.compile(r"\bparallel\b|\bsimultaneously\b|\bconcurrently\b", re.IGNORECASE)
_NEEDS = re.compile(
    r"^[_*\s]*(?:depends?(?:\s+on)?|dependencies|dependency|requires?|blocked by|prerequisites?|needs|after)\b[\s:*_]*"
    r"(?=(?:the\s+)?(?:completion of\s+)?(?:tasks?\s+)?\d)",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"(?P<first>\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?)(?:\s?(?:[-–—]|to|through)\s?(?P<last>\d{1,3}(?:\.\d{1,3})*)(?![\d.]))?"
)
_MOST_IN_RANGE = 100


@dataclass
class KiroTask:
    """A numbered box."""

    number: str
    title: str
    line: int
    done: bool
    section: Node | None
    """The heading that it stands under."""
    optional: bool = False
    is_parallel: bool = False
    """It is marked `(P)`."""
    details: list[Said] = field(default_factory=list[Said])
    needs: list[Said] = field(default_factory=list[Said])
    beside: list[str] = field(default_factory=list[str])
    """Numbers of the tasks that it may run beside."""

    @property
    def is_checkpoint(self) -> bool:
        """Return whether it only says that all must be well before going on."""
        return re.match(r"(?:final\s+)?checkpoint\b", self.title, re.IGNORECASE) is not None

    def job(self) -> DraftJob:
        """Make a job of it."""
        return DraftJob(
            self.number, self.title, self.line, "task", prompt=[*self.details], optional=self.optional, done=self.done
        )


def task_boxes(node: Node, *, itself: bool = False) -> Iterator[tuple[Node, re.Match[str]]]:
    """Yield the numbered boxes in a part of a document, each with what its line says."""
    for one in node.walk():
        if one.kind == "item" and (itself or one is not node):
            found = _BOX.match(one.text)
            # `[ ]*` is no box to Markdown, so it stands in the text still.
            if found is not None and (one.checked is not None) != (found["box"] is not None):
                yield one, found


def read_tasks(outline: Node) -> list[KiroTask]:
    """Read all numbered boxes, in the document's order; of a number that comes again, the first."""
    heads = _heads(outline)
    tasks = dict[str, KiroTask]()
    for node, found in task_boxes(outline):
        if found["number"] not in tasks:
            tasks[found["number"]] = _task(node, found, heads.get(node.line))
    return list(tasks.values())


def _heads(outline: Node) -> dict[int, Node]:
    """Return the nearest real heading of each item, by the item's line."""
    heads, waiting = dict[int, Node](), list[tuple[Node, Node | None]]([(outline, None)])
    while waiting:
        node, head = waiting.pop()
        if node.kind == "section" and 0 < node.depth <= 6 and any(child.kind == "item" for child in node.children):
            head = node
        if node.kind == "item" and head is not None:
            heads[node.line] = head
        waiting += [(child, head) for child in node.children]
    return heads


def _task(node: Node, found: re.Match[str], head: Node | None) -> KiroTask:
    title, _, rest = found["title"].partition("\n")
    done = node.checked if node.checked is not None else found["mark"] in {"x", "X"}
    task = KiroTask(found["number"], "", node.line, bool(done), head, optional=found["star"] is not None)
    task.is_parallel = _PARALLEL_MARK.search(title) is not None
    task.optional = task.optional or _STAR_AFTER.search(title.rstrip()) is not None
    task.title = plain(_STAR_AFTER.sub("", _PARALLEL_MARK.sub(" ", title).rstrip()))
    if rest:
        task.details.append(Said(plain(rest), node.line + 1))
    for child in node.children:
        _detail(task, child, "")
    return task


def _detail(task: KiroTask, node: Node, indent: str) -> None:
    """Read what stands under a box; boxes with numbers of their own stand for themselves."""
    if node.kind == "fence":
        task.details.append(Said(f"```{node.info}\n{node.text}```", node.line))
        return
    if node.kind == "item" and next(task_boxes(node, itself=True), (None,))[0] is node:
        return
    said = Said(plain(node.text), node.line)
    verb = _NEEDS.match(said.text)
    if verb is not None:
        task.needs.append(Said(said.text[verb.end() :], node.line))
    elif _BESIDE.search(said.text):
        task.beside += numbers_in(said.text)
    if said.text:
        mark = "- " if node.kind == "item" else ""
        task.details.append(Said(f"{indent}{mark}{said.text}", node.line))
    for child in node.children:
        _detail(task, child, f"{indent}  ")


def numbers_in(text: str) -> list[str]:
    """Return the numbers of tasks in a text, ranges of whole numbers written out."""
    found = list[str]()
    for one in _RANGE.finditer(text):
        first, last = one["first"], one["last"]
        if last and first.isdigit() and last.isdigit() and 0 < int(last) - int(first) <= _MOST_IN_RANGE:
            found += [str(number) for number in range(int(first), int(last) + 1)]
        else:
            found += [first, *([last] if last else [])]
    return list(dict.fromkeys(found))
