"""Progress written back into a Markdown document: boxes, tables with a state, and its Progress section.

Only what the document has a place for is written, and of a line only that place: every other byte stays. Writing the
same progress twice changes nothing more.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from plans.document import Document
from plans.markdown.build import label_id
from plans.markdown.source.labels import read_label
from plans.markdown.source.outline import Node, read_outline
from plans.markdown.source.pieces import LONGEST_LINE, OutlineError, cut_long_lines
from plans.markdown.source.regions import keeps_progress
from plans.markdown.source.text import plain
from plans.markdown.source.words import DONE, FIELDS, NOTHING
from plans.text.encoding import mend_text, with_line_feeds

_BREAK = re.compile(r"(\r\n|\r|\n)")
_BOX = re.compile(r"(?P<before>[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+\\?\[) (?P<after>\\?\](?:[ \t].*)?)")
_FIELD = re.compile(
    r"(?P<head>[\s>*+-]*(?:\*\*|__)?(?P<name>started|progress|completion|blockers?|eta|status)"
    r"[ \t]*(?::(?:\*\*|__)?|(?:\*\*|__):))(?P<gap>[ \t]*)(?P<value>.*?)(?P<tail>[ \t]*)",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"(?P<head>[\s>*+#-]*(?P<name>[^:|]{1,120}?)[ \t]*:(?:\*\*|__)?)(?P<value>.*)")
_OVERALL = re.compile(r"overall|total|gesamt|whole plan|all (?:tracks|waves|jobs|tasks)", re.IGNORECASE)
_PERCENT = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,2})?(?=\s?%)")
_FRACTION = re.compile(r"(?<![\d./])(?P<done>\d{1,5})(?P<of>\s?(?:/|of)\s?)(?P<total>\d{1,5})(?![\d./])")
_BAR = re.compile(r"[█▓▒░]{3,}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PIPE = re.compile(r"(?<!\\)\|")
_OPEN_MARKS = frozenset("⬜🔲☐⏳📋⏸🕐🔴🟡⚪")


@dataclass(frozen=True)
class JobProgress:
    """How one job stands; times are those that the document is to show."""

    started: datetime | None = None
    finished: datetime | None = None
    """When it was finished for good; None: it is not, or nobody knows when."""
    done: bool = False
    """The document says so itself."""
    blocker: str = ""
    eta: datetime | None = None


def write_progress(text: str, document: Document, jobs: Mapping[str, JobProgress]) -> str:
    """Return a document with the progress of its plan.

    Args:
        text: the document as it is, with its own line breaks and even its damaged characters.
        document: what was read from that text.
        jobs: how the plan's jobs stand, by id; of others nothing is known.
    """
    lines = _BREAK.split(text)
    writer = _Writer(lines[::2], document, jobs)
    writer.tick()
    writer.fill(text)
    lines[::2] = writer.lines
    return "".join(lines)


def moment(when: datetime) -> str:
    """Return a time as it is written into documents."""
    return f"{when:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class _Group:
    """Jobs that a line of the document speaks of."""

    jobs: tuple[JobProgress, ...]

    @property
    def done(self) -> int:
        return sum(job.done or job.finished is not None for job in self.jobs)

    @property
    def is_done(self) -> bool:
        return self.done == len(self.jobs)

    @property
    def started(self) -> datetime | None:
        return min((job.started for job in self.jobs if job.started is not None), default=None)

    def value(self, field: str, old: str) -> str:
        """Return what a field should say; as it was where nothing better is known."""
        match field:
            case "started":
                return old if self.started is None or _DATE.search(old) else moment(self.started)
            case "blocker" | "blockers":
                return self._blockers(old)
            case "eta":
                return self._eta(old)
            case "status":
                return ("Done" if _says(old) not in DONE else old) if self.is_done else old
            case _:
                return self.counted(old)

    def counted(self, old: str) -> str:
        """Put the figures of progress into a text that has some."""
        if not self.done:
            return old
        total, percent = len(self.jobs), 100 * self.done // len(self.jobs)
        if _says(old) in NOTHING:
            return f"{percent}%"

        def fraction(found: re.Match[str]) -> str:
            return f"{self.done}{found['of']}{total}" if int(found["total"]) == total else found[0]

        def drawn(found: re.Match[str]) -> str:
            filled = len(found[0]) * self.done // total
            return "█" * filled + "░" * (len(found[0]) - filled)

        return _FRACTION.sub(fraction, _BAR.sub(drawn, _PERCENT.sub(str(percent), old)))

    def _blockers(self, old: str) -> str:
        told = "; ".join(dict.fromkeys(" ".join(job.blocker.split()) for job in self.jobs if job.blocker))
        if told:
            return told
        return "None" if (self.done or self.started) and _says(old) not in NOTHING else old

    def _eta(self, old: str) -> str:
        if self.is_done:
            ends = [job.finished for job in self.jobs if job.finished is not None]
            return old if old.startswith("done ") or not ends else f"done {moment(max(ends))}"
        due = [job.eta for job in self.jobs if job.eta is not None]
        return moment(max(due)) if due else old


def _says(text: str) -> str:
    return plain(text).strip(" .!").lower()


class _Writer:
    def __init__(self, lines: list[str], document: Document, jobs: Mapping[str, JobProgress]) -> None:
        self.lines = lines
        self._document, self._jobs = document, jobs
        plan = document.plan
        self._all = self._group(plan.jobs)
        self._things = dict[str, _Group]()
        for names, members in self._named():
            for name in names:
                self._things.setdefault(name.lower(), self._group(members))

    def _group(self, jobs: Iterable[str]) -> _Group:
        return _Group(tuple(self._jobs.get(job, JobProgress()) for job in jobs))

    def _named(self) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Yield the names of waves, tracks and jobs with the jobs in them."""
        plan = self._document.plan
        titles = {track.id: track.title or "" for track in plan.tracks}
        for wave in plan.waves:
            yield (wave.id, wave.name), tuple(job.id for job in wave.jobs)
        for lane in plan.lanes:
            members = tuple(job.id for job in plan.jobs.values() if job.lane == lane)
            yield tuple(name for name in (lane, titles.get(lane, "")) if name), members
        for job in plan.jobs.values():
            yield (job.id, job.name), (job.id,)

    def tick(self) -> None:
        """Tick the boxes of what is finished."""
        ends = dict[int, list[datetime | None]]()
        for line, job in self._places():
            ends.setdefault(line, []).append(self._jobs.get(job, JobProgress()).finished)
        for line, finished in ends.items():
            known = [when for when in finished if when is not None]
            box = _BOX.fullmatch(self.lines[line - 1]) if line <= len(self.lines) else None
            if box is not None and len(known) == len(finished):
                after = box["after"].rstrip(" \t")
                tail = box["after"][len(after) :]
                self.lines[line - 1] = f"{box['before']}x{after} (done {moment(max(known))}){tail}"

    def _places(self) -> Iterator[tuple[int, str]]:
        """Yield the lines of jobs and their steps."""
        for at, wave in enumerate(self._document.plan.waves):
            for place, job in enumerate(wave.jobs):
                path = ("waves", at, "jobs", place)
                steps = (self._document.lines.line(*path, "steps", step) for step in range(len(job.steps)))
                yield from ((line, job.id) for line in (self._document.lines.line(*path), *steps) if line is not None)

    def fill(self, text: str) -> None:
        """Fill the Progress sections, and the states in tables."""
        try:
            mended = mend_text(with_line_feeds(text.removeprefix("\ufeff")))[0]
            outline = read_outline(cut_long_lines(mended)[0])
        except OutlineError:  # the document is not Markdown, or not read as such
            return
        nodes = list(outline.walk())
        # What is in a fence is shown, not said: an example of a dashboard, a message.
        shown = {n.line + at for n in nodes if n.kind == "fence" for at in range(n.text.count("\n") + 1)}
        for at, node in enumerate(nodes):
            if node.kind == "table":
                self._fill_table(node)
            elif node.kind == "section" and node.depth and keeps_progress(node.text):
                below = (n.line for n in nodes[at + 1 :] if n.kind == "section" and 0 < n.depth <= node.depth)
                end = next(below, len(self.lines) + 1)
                self._fill_section([line for line in range(node.line + 1, end) if line not in shown])

    def _fill_section(self, numbers: Iterable[int]) -> None:
        group: _Group | None = None
        for at in (number - 1 for number in numbers):
            line = self.lines[at]
            if len(line) > LONGEST_LINE:
                continue
            heading = self._thing(line.strip(" \t>#*_"))
            field, labelled = _FIELD.fullmatch(line), _LABELLED.fullmatch(line)
            if field is not None and group is not None:
                value = group.value(field["name"].lower(), field["value"])
                gap = field["gap"] or (" " if value else "")
                if value != field["value"]:
                    self.lines[at] = f"{field['head']}{gap}{value}{field['tail']}"
            elif heading is not None and _FRACTION.search(line) is None and _PERCENT.search(line) is None:
                group = heading
            elif labelled is not None and (named := self._named_by(labelled["name"])) is not None:
                self.lines[at] = labelled["head"] + named.counted(labelled["value"])

    def _named_by(self, name: str) -> _Group | None:
        bare = plain(name).strip(" *_│├└─—–-")
        return self._thing(bare) or (self._all if _OVERALL.fullmatch(bare) is not None else None)

    def _thing(self, text: str) -> _Group | None:
        """Return the jobs that a label or a title names."""
        label = read_label(text)
        if label is not None and not label.topic:
            found = self._things.get(label_id(label.word, label.key, label.title).lower())
            if found is not None:
                return found
        return self._things.get(_says(text))

    def _fill_table(self, table: Node) -> None:
        heads = [plain(cell).lower() for cell in table.rows[0].cells]
        column = next((at for at, head in enumerate(heads) if head in FIELDS["status"]), None)
        if column is None:
            return
        for row in table.rows[1:]:
            cells = (cell for at, cell in enumerate(row.cells) if at != column)
            group = next((found for cell in cells if cell and (found := self._thing(cell)) is not None), None)
            if group is not None and group.is_done and column < len(row.cells):
                self.lines[row.line - 1] = _with_cell(self.lines[row.line - 1], column)


def _with_cell(line: str, column: int) -> str:
    """Let a cell of a table's line say that something is done."""
    pipes = [found.start() for found in _PIPE.finditer(line)]
    edges = pipes if line.lstrip(" \t>").startswith("|") else [-1, *pipes]
    if column >= len(edges):
        return line
    start = edges[column] + 1
    end = edges[column + 1] if column + 1 < len(edges) else len(line)
    cell = line[start:end]
    old = cell.strip(" \t")
    if _says(old) in DONE or "✅" in old or "[x]" in old.lower():
        return line
    bare = old.strip("\ufe0f ")
    new = "[x]" if old == "[ ]" else "✅" if bare and all(c in _OPEN_MARKS for c in bare) else "Done"
    return line[:start] + (cell.replace(old, new, 1) if old else f" {new} ") + line[end:]
