"""get-shit-done's `ROADMAP.md`: phases with a goal, dependencies, criteria and a list of plans (`01-02: what`)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from plans.markdown.dialects.batches import put_in_order
from plans.markdown.dialects.tails import part_tails
from plans.markdown.draft import Draft, DraftJob, DraftTrack, DraftWave, Said
from plans.markdown.mentions.fields import Field, fields_of, says_nothing
from plans.markdown.source.labels import Label, read_label
from plans.markdown.source.outline import Node
from plans.markdown.source.text import plain
from plans.markdown.source.words import DONE

_PLAN = re.compile(
    r"(?P<key>\d{1,3}(?:\.\d{1,3})*-\d{1,3})(?:-[\w.-]*?)?(?:-?PLAN(?:\.md)?|\.md)?(?:\s*[:—–-]+\s*|\s+)(?P<title>\S.*)",
    re.DOTALL,
)
_COUNT = re.compile(r"(?:\d{1,4}\s*(?:/|of)\s*)?(?P<count>\d{1,4})\s+plans?\b", re.IGNORECASE)
_WAVE = re.compile(r"wave\s+(?P<key>\d{1,3})\b", re.IGNORECASE)
_FIRST_OF_BACKLOG = 999
"""Numbers from which phases are ideas for later."""


def recognises(outline: Node, text: str) -> bool:
    """Tell a roadmap: its title, and phases with a goal and plans (or a place for them)."""
    if "Plans" not in text or not re.search(r"\*\*Goal:?\*\*", text):
        return False
    titled = any(node.kind == "section" and "roadmap" in node.text.lower() for node in outline.children)
    phases = list(_phases(outline))
    planned = any(_plan(node) is not None for phase, _ in phases for node in phase.walk())
    return titled and bool(phases) and (planned or "**Depends on" in text)


def draft(outline: Node, text: str) -> Draft:  # noqa: ARG001 - every dialect gets both
    """Read a roadmap: a wave for each phase, a job for each plan."""
    found = Draft(title="Roadmap")
    for node in outline.sections:
        if "roadmap" in node.text.lower():
            title = plain(node.text)
            found.title, found.line = (
                re.sub(r"^roadmap\s*[:–—-]\s*", "", title, flags=re.IGNORECASE) or title,
                node.line,
            )
            break
    for node in outline.walk():
        if node.kind == "section" and plain(node.text).lower() == "overview":
            found.context += [Said(plain(part.text), part.line) for part in node.children if part.kind == "paragraph"]
    done = set(_done(outline))
    for section, label in _phases(outline):
        phase = _Phase(DraftWave(label.key, label.title or label.topic, section.line, label.word))
        phase.read(section)
        phase.finish(found, is_done=label.key in done or "✓" in section.text)
        found.waves.append(phase.wave)
    return found


def _phases(outline: Node) -> Iterator[tuple[Node, Label]]:
    """Yield the sections of phases; ideas for later are none."""
    seen = set[str]()
    for node in outline.walk():
        if node.kind != "section" or not 2 <= node.depth <= 6:
            continue
        label = read_label(node.text)
        if label is None or label.word != "phase" or label.key in seen:
            continue
        number = re.match(r"\d+", label.key)
        has_goal = any(
            line.lstrip("* ").lower().startswith("goal") for part in node.children for line in part.text.split("\n")
        )
        if has_goal and number is not None and int(number[0]) < _FIRST_OF_BACKLOG:
            seen.add(label.key)
            yield node, label


def _done(outline: Node) -> Iterator[str]:
    """Yield the labels of phases that are finished: by the box in the overview, or by the table of progress."""
    for node in outline.walk():
        if node.kind == "item" and node.checked:
            label = read_label(node.text)
            if label is not None and label.word == "phase":
                yield label.key
        elif node.kind == "table":
            heads = [plain(cell).lower() for cell in node.rows[0].cells]
            if heads[:1] != ["phase"] or "status" not in heads:
                continue
            at = heads.index("status")
            for row in node.rows[1:]:
                number = re.match(r"(?:phase\s+)?(\d+(?:\.\d+)*)", plain(row.cells[0]).lower())
                if number is not None and at < len(row.cells) and plain(row.cells[at]).lower() in DONE:
                    yield number[1]


def _plan(node: Node) -> re.Match[str] | None:
    return _PLAN.match(plain(node.text)) if node.kind == "item" else None


@dataclass
class _Phase:
    wave: DraftWave
    goals: list[Said] = field(default_factory=list[Said])
    criteria: list[Said] = field(default_factory=list[Said])
    batches: dict[str, list[DraftJob]] = field(default_factory=dict[str, list[DraftJob]])
    """Jobs by the wave that the phase itself puts them in; each alone where it does not."""
    _within: str = ""

    def read(self, section: Node) -> None:
        for part in fields_of(part_tails(section.children)):
            if isinstance(part, Field):
                self._field(part)
            else:
                self._part(part)

    def _field(self, said: Field) -> None:
        label = said.label.lower()
        count = _COUNT.search(said.text)
        if label.startswith("plan") and count is not None:
            self.wave.claims.said["jobs"] = Said(count["count"], said.line)
        elif said.name == "needs" and said.text and not says_nothing(said.text):
            self.wave.needs.append(Said(plain(said.text), said.line))
        elif said.name == "criteria":
            self.criteria += [Said(plain(item.text), item.line) for item in said.below if item.kind == "item"]
            return
        elif said.name == "prompt" and said.text:
            self.goals.append(Said(f"{said.label}: {plain(said.text)}", said.line))
        for node in said.below:
            self._part(node)

    def _part(self, node: Node) -> None:
        """Read plans, and the waves that the phase puts them in, wherever they stand in it."""
        for at, line in enumerate(node.text.split("\n") if node.kind in {"section", "paragraph"} else ()):
            said = plain(line)
            if (within := _WAVE.match(said)) is not None:
                self._within = within["key"]
            count = _COUNT.search(said) if said.lower().startswith("plans") else None
            if count is not None:
                self.wave.claims.said.setdefault("jobs", Said(count["count"], node.line + at))
        plan = _plan(node)
        if plan is not None:
            job = DraftJob(plan["key"], plan["title"].strip(), node.line, "plan", done=node.checked is True)
            self.wave.jobs.append(job)
            self.batches.setdefault(self._within or f"alone {job.key}", []).append(job)
            return
        for child in node.children:
            self._part(child)

    def finish(self, found: Draft, *, is_done: bool) -> None:
        """Tell the jobs what the phase is for, and put them in order; a phase without plans is a job itself."""
        if not self.wave.jobs:
            job = DraftJob(self.wave.key, self.wave.title, self.wave.line, "phase", criteria=[*self.criteria])
            self.wave.jobs.append(job)
            self.batches[""] = [job]
        else:
            self.wave.gate += self.criteria
        for job in self.wave.jobs:
            job.prompt += self.goals
            job.done = job.done or is_done
        batches = list(self.batches.values())
        self.wave.mode = "parallel" if any(len(batch) > 1 for batch in batches) else "serial"
        name = f"{self.wave.word}-{self.wave.key}"
        put_in_order(found, batches, DraftTrack(f"{name}/in-order", f"{self.wave.title}, in order", self.wave.line, ""))
