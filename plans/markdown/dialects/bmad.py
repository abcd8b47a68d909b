"""BMAD's `epics.md`: `## Epic 1: ...`, `### Story 1.1: ...` with "As a ...", acceptance criteria and prerequisites.

An epic is a wave, a story a job. Stories with prerequisites wait for those alone; where no story names any, BMAD's own
rule holds: a story builds on those before it in its epic.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from plans.markdown.dialects.batches import put_in_order
from plans.markdown.dialects.tails import part_tails
from plans.markdown.draft import Draft, DraftJob, DraftTrack, DraftWave, Said
from plans.markdown.mentions.fields import field_name, says_nothing
from plans.markdown.source.amounts import find_duration
from plans.markdown.source.labels import Label, read_label
from plans.markdown.source.outline import Node
from plans.markdown.source.text import bold_lead, plain
from plans.markdown.source.words import DONE

_STORY_KEY = re.compile(r"(?P<epic>\d{1,3})[.-]\d{1,3}[A-Za-z]?")
_AS_A = re.compile(r"^\W{0,4}As an?\b", re.MULTILINE)
_CRITERIA = re.compile(r"acceptance criteria|\*\*Given\*\*", re.IGNORECASE)
_NUMBERS = re.compile(
    r"(?<![\w.])(?P<epic>\d{1,3})\.(?P<first>\d{1,3})[a-z]?(?:\s?(?:[-–—]|to|through)\s?(?:(?P=epic)\.)?(?P<last>\d{1,3})(?![.\d]))?"
)
_FEWEST = 2
_STEP = re.compile(r"(?:and|but)\b", re.IGNORECASE)


def recognises(outline: Node, text: str) -> bool:
    """Tell epics: stories `1.1` as headings under epics, told as user stories or with acceptance criteria."""
    if _AS_A.search(text) is None and _CRITERIA.search(text) is None:
        return False
    labels = [label for _, label in _labelled(outline)]
    stories = [label for label in labels if label.word == "story"]
    return len(stories) >= _FEWEST and any(label.word == "epic" for label in labels)


def draft(outline: Node, text: str) -> Draft:  # noqa: ARG001 - every dialect gets both
    """Read epics and their stories."""
    found = Draft(title="Epics")
    for node in outline.sections:
        if node.depth == 1 and read_label(node.text) is None:
            found.title, found.line = plain(node.text), node.line
            break
    epics = _Epics(found)
    for node, label in _labelled(outline):
        epics.epic(node, label) if label.word == "epic" else epics.story(node, label)
    epics.finish()
    return found


def _labelled(outline: Node) -> Iterator[tuple[Node, Label]]:
    for node in outline.walk():
        label = read_label(node.text) if node.kind == "section" and node.depth <= 6 else None
        if label is None or (label.topic and not label.title):
            continue
        if label.word == "epic" or (label.word in {"story", "user story"} and _STORY_KEY.fullmatch(label.key)):
            yield node, label._replace(word="epic" if label.word == "epic" else "story")


@dataclass
class _Epics:
    draft: Draft
    waves: dict[str, DraftWave] = field(default_factory=dict[str, DraftWave])
    goals: dict[str, list[Said]] = field(default_factory=dict[str, list[Said]])
    stories: dict[str, DraftJob] = field(default_factory=dict[str, DraftJob])
    prerequisites: dict[DraftJob, list[Said]] = field(default_factory=dict[DraftJob, list[Said]])

    def epic(self, node: Node, label: Label) -> None:
        """Read an epic's heading; of one that comes twice, the later stands over the stories."""
        wave = self.waves.setdefault(label.key, DraftWave(label.key, label.title, node.line, "epic"))
        wave.title, wave.line = label.title or wave.title, node.line
        for part in _parts(node):
            if part.name == "needs" and not says_nothing(part.text):
                wave.needs = [Said(plain(part.text), part.line)]
            elif part.name == "prompt" and part.text:
                self.goals[label.key] = [Said(f"{part.label}: {plain(part.text)}", part.line)]

    def story(self, node: Node, label: Label) -> None:
        """Read a story; of one that comes twice, the first."""
        key = label.key.replace("-", ".")
        if key in self.stories:
            return
        job = DraftJob(key, label.title, node.line, "story", done=any(note.lower() in DONE for note in label.notes))
        job.done = job.done or "✅" in node.text
        number = key.partition(".")[0]
        wave = self.waves.setdefault(number, DraftWave(number, "", node.line, "epic"))
        wave.jobs.append(job)
        self.stories[key] = job
        for part in _parts(node):
            self._part(job, part)

    def _part(self, job: DraftJob, part: "_Part") -> None:
        match part.name:
            case "needs":
                self.prerequisites.setdefault(job, [])
                if not says_nothing(part.text):
                    self.prerequisites[job].append(Said(plain(part.text), part.line))
            case "criteria":
                job.criteria.append(Said(plain(part.text), part.line))
            case "estimate" if (found := find_duration(plain(part.text))) is not None:
                job.estimate = Said(found, part.line)
            case "status":
                job.done = job.done or plain(part.text).strip(" .").lower() in DONE
            case _:
                words = part.text if part.is_code else plain(part.text)
                said = f"{part.label}: {words}" if part.label else words
                job.prompt.append(Said(said, part.line))

    def finish(self) -> None:
        """Resolve the prerequisites, or put stories in order where there are none."""
        self.draft.waves = [wave for wave in self.waves.values() if wave.jobs]
        for job, listed in self.prerequisites.items():
            for said in listed:
                known = [self.stories[key] for key in _keys(said.text) if key in self.stories]
                job.after += [one for one in known if one is not job and one not in job.after]
                if not known:
                    job.needs.append(said)
        for wave in self.draft.waves:
            for job in wave.jobs:
                job.prompt[:0] = self.goals.get(wave.key, [])
            if not self.prerequisites:
                wave.mode = "serial"
                track = DraftTrack(f"epic-{wave.key}/in-order", f"{wave.title}, in order", wave.line, "")
                put_in_order(self.draft, [[job] for job in wave.jobs], track)


@dataclass
class _Part:
    """A piece of what stands under a heading, with the field that it belongs to."""

    name: str
    label: str
    """Where it begins a field that is told with its label."""
    text: str
    line: int
    is_code: bool = False


def _parts(section: Node) -> Iterator[_Part]:
    """Read what stands under a heading, up to the next epic or story; a label holds for what follows it."""
    name, pending = "", ""
    for text, line, is_code in _lines(section):
        lead = None if is_code else bold_lead(text)
        label = lead.lead.strip(" :") if lead is not None else ""
        known = field_name(label) if label else None
        is_label = lead is not None and (lead.lead.endswith(":") or lead.rest.lstrip().startswith(":") or not lead.rest)
        if is_label and label:
            name = known or ""
            told = lead.rest.lstrip(" :") if lead is not None else ""
            pending = "" if name in {"needs", "criteria", "estimate", "status"} else label
            if told.strip():
                yield _Part(name, pending, told, line)
                pending = ""
        else:
            yield _Part(name, pending, text, line, is_code=is_code)
            pending = ""


def _lines(section: Node) -> Iterator[tuple[str, int, bool]]:
    """Yield the sentences under a heading: paragraphs, parted where a new one begins; lists joined to their head."""
    for node in part_tails(section.children):
        match node.kind:
            case "section":
                if read_label(node.text) is not None and node.depth <= 6:
                    continue
                items = list(node.items)
                head = node.text.rstrip().rstrip("*_ ")
                if items and head.endswith(":") and bold_lead(node.text) is not None and not _is_whole_label(node.text):
                    yield f"{node.text} {'; '.join(item.text for item in items)}", node.line, False
                else:
                    yield (node.text if bold_lead(node.text) else f"**{plain(node.text)}**"), node.line, False
                    yield from _lines(node)
            case "paragraph":
                yield from _sentences(node)
            case "fence":
                yield f"```{node.info}\n{node.text}```", node.line, True
            case "item":
                below = "; ".join(child.text for child in node.children if child.kind == "item")
                yield f"{node.text}: {below}" if below else node.text, node.line, False
            case _:
                pass


def _is_whole_label(text: str) -> bool:
    """Tell `**Acceptance Criteria:**` from `**Then** the page has:`."""
    lead = bold_lead(text)
    return lead is not None and not lead.rest.strip(" :*")


def _sentences(node: Node) -> Iterator[tuple[str, int, bool]]:
    """Part a paragraph at lines that begin a label or go on with "And"."""
    lines = node.text.split("\n")
    starts = [at for at, line in enumerate(lines) if at == 0 or _begins(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield " ".join(line.strip() for line in lines[start:end]), node.line + start, False


def _begins(line: str) -> bool:
    lead = bold_lead(line)
    if lead is None:
        return False
    return _STEP.match(lead.lead) is not None or lead.lead.endswith(":") or lead.rest.lstrip().startswith(":")


def _keys(text: str) -> list[str]:
    """Return the numbers of stories in a text, ranges written out."""
    found = list[str]()
    for one in _NUMBERS.finditer(text):
        first, last = int(one["first"]), int(one["last"] or one["first"])
        plain_key = re.split(r"\s?(?:[-–—]|to|through)\s?", one[0])[0]
        if one["last"] is None or not first <= last <= first + 100:
            found.append(plain_key)
        else:
            found += [f"{one['epic']}.{number}" for number in range(first, last + 1)]
    return list(dict.fromkeys(found))
