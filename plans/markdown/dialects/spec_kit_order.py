"""What a spec-kit task list says of the order of its phases and tasks, in its lists of dependencies."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from plans.errors import Problem
from plans.markdown.draft import DraftJob, DraftWave, Said

_ID = re.compile(
    r"\bT-?(?P<number>\d{2,4})(?P<letter>[A-Za-z]?)\b(?:\s?(?:[-–—]|through|to|\.\.)\s?T-?(?P<last>\d{2,4})(?P<end>[A-Za-z]?)\b)?"
)
_LONGEST_RANGE = 200
_FORWARD = r"\bblocks?\b|\bbefore\b|\bprecedes?\b|→|⇒|->|=>"
_BACKWARD = r"\bdepend(?:s|ing|ent)?\s+(?:up)?on\b|\brequires?\b|\bneeds\b|\bblocked\s+by\b|\bafter\b|\bfollows?\b|←|<-"
_VERB = re.compile(rf"(?P<forward>{_FORWARD})|(?P<backward>{_BACKWARD})", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[^\d])[.;]\s+|;\s*")
_NEEDS = re.compile(
    r"(?<!not )\bdepend(?:s|ent|ing)?\s+(?:up)?on\b|\b(?:start|starts|begins?|proceed)\s+(?:once|after|when)\b|"
    r"\brequires\b|\bblocked\s+by\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[;.]\s|\s[-–—]\s|\bbut\b|\bno dependenc|\bmay\b|\b(?:BLOCKS?|blocks?)\b|,?\s(?:can|should|independent)\b"
)
_PHASES = re.compile(
    r"\bphases?\s+(?P<first>\d+(?:\.\d+)?)(?:\s?[-–—]\s?(?P<last>\d+(?:\.\d+)?)|(?P<on>\+))?", re.IGNORECASE
)
_STORY = re.compile(r"\b(?:user\s+stor(?:y|ies)\s+|US-?)(?P<number>\d+)\b", re.IGNORECASE)
_STORIES = re.compile(r"\buser stories\b|\b(?:all|desired|every|each)\s+(?:\w+\s+){0,2}stor(?:y|ies)\b", re.IGNORECASE)
_SHORTEST_NAME = 6
_COMMON = frozenset({"user", "story", "stories", "phase", "implementation", "first", "final", "tests", "tasks"})


@dataclass(eq=False)
class Phase:
    """A phase with what is known of it beside its wave."""

    wave: DraftWave
    stories: set[str] = field(default_factory=set[str])
    """Marks of its tasks, such as `US1`."""
    notes: list[Said] = field(default_factory=list[Said])

    @property
    def label(self) -> str:
        """What texts call it: `Phase 3`."""
        return f"{self.wave.word} {self.wave.key}".title() if self.wave.key else self.wave.title

    @property
    def story(self) -> str:
        """The number of the user story that it is for; "" where it is for none."""
        named = _STORY.search(self.wave.title)
        if named is not None:
            return named["number"]
        only = {found["number"] for mark in self.stories if (found := _STORY.search(mark)) is not None}
        return only.pop() if len(only) == 1 else ""

    @property
    def name(self) -> str:
        """The word by which lists of dependencies call it: `setup`, `polish`; "" where it has none of its own."""
        first = next(iter(re.findall(r"[a-z]{4,}", self.wave.title.lower())), "")
        return "" if first in _COMMON or self.story else first


class StatedOrder:
    """Reads lines of lists: `Polish (Phase 6): depends on all user stories`, `T004 blocks T006, T007`.

    Attributes:
        warnings: what cannot be, since the tasks stand in another order.
    """

    def __init__(self, phases: list[Phase], tasks: Mapping[str, DraftJob]) -> None:
        self.warnings: list[Problem] = []
        self._phases = phases
        self._tasks = tasks
        self._places = {job: at for at, job in enumerate(job for phase in phases for job in phase.wave.jobs)}

    def read(self, text: str, line: int) -> None:
        """Read a line: what it says of phases, and of tasks."""
        subject, colon, said = text.partition(":")
        if colon and (phases := self._subjects(subject)):
            for clause in _CLAUSE.split(said):
                verb = _NEEDS.search(clause)
                if verb is not None:
                    self._tie_phases(phases, self._objects(clause[verb.end() :]), line)
        for sentence in _SENTENCE.split(said if colon and not _ID.search(subject) else text):
            self._tasks_of(sentence, line)

    @staticmethod
    def inline(text: str, tasks: Mapping[str, DraftJob]) -> list[DraftJob]:
        """Return the tasks that a task's own words say it comes after: `... (depends on T002, T004)`."""
        found = list[DraftJob]()
        for verb in re.finditer(rf"(?:{_BACKWARD}|\bto pass\b|\bonce\b)[\s:]*(?=T-?\d)", text, re.IGNORECASE):
            listed = re.match(r"(?:[\s,&+/]|and|T-?\d{2,4}[A-Za-z]?|[-–—])+", text[verb.end() :])
            found += _ids(listed[0], tasks) if listed is not None else []
        return list(dict.fromkeys(found))

    def _tie_phases(self, behind: Iterable[Phase], before: Iterable[Phase], line: int) -> None:
        first = list(before)
        for phase in behind:
            known = {need.text for need in phase.wave.needs}
            for one in first:
                if one is phase or one.label in known:
                    continue
                if self._phases.index(one) > self._phases.index(phase):
                    self._doubt(f"{phase.label} is said to wait for {one.label}, which comes later: not taken", line)
                else:
                    phase.wave.needs.append(Said(one.label, line))

    def _subjects(self, text: str) -> list[Phase]:
        """Return the phases that a line is about, by what stands before its colon: the most exact name counts."""
        last = self._phases[-1:] if re.search(r"\bfinal phase\b", text, re.IGNORECASE) else []
        return self._of_stories(text) or self._of_numbers(text) or last or self._of_names(text)

    def _objects(self, text: str) -> list[Phase]:
        """Return all phases that a clause names, also by tasks of theirs."""
        tasks = set(_ids(text, self._tasks))
        of_tasks = [phase for phase in self._phases if tasks & set(phase.wave.jobs)]
        found = [*self._of_stories(text), *self._of_numbers(text), *self._of_names(text)]
        return list(dict.fromkeys(found or of_tasks))

    def _of_stories(self, text: str) -> list[Phase]:
        numbers = {found["number"] for found in _STORY.finditer(text)}
        if numbers:
            return [phase for phase in self._phases if phase.story in numbers]
        among = self._of_numbers(text) or self._phases
        return [phase for phase in among if phase.story] if _STORIES.search(text) else []

    def _of_numbers(self, text: str) -> list[Phase]:
        return list(dict.fromkeys(phase for found in _PHASES.finditer(text) for phase in self._numbered(found)))

    def _of_names(self, text: str) -> list[Phase]:
        spoken = set(re.findall(r"[a-z]+", text.lower()))
        return [phase for phase in self._phases if any(_is_said(phase.name, word) for word in spoken)]

    def _numbered(self, found: re.Match[str]) -> list[Phase]:
        first = float(found["first"])
        last = float(found["last"]) if found["last"] else float("inf") if found["on"] else first
        return [
            phase
            for phase in self._phases
            if re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", phase.wave.key) and first <= float(phase.wave.key) <= last
        ]

    def _tasks_of(self, sentence: str, line: int) -> None:
        """Tie tasks that stand on the two sides of a verb."""
        verbs = list(_VERB.finditer(sentence))
        ends = [0, *(verb.end() for verb in verbs)]
        starts = [*(verb.start() for verb in verbs), len(sentence)]
        sides = [_ids(sentence[end:start], self._tasks) for end, start in zip(ends, starts, strict=True)]
        for at, verb in enumerate(verbs):
            before, behind = (sides[at], sides[at + 1]) if verb["forward"] else (sides[at + 1], sides[at])
            for job in behind:
                for need in before:
                    self._tie(need, job, line)

    def _tie(self, need: DraftJob, job: DraftJob, line: int) -> None:
        if need is job or need in job.after:
            return
        if self._places[need] < self._places[job]:
            job.after.append(need)
            return
        self._doubt(f"{need.key} is said to come before {job.key}, which stands before it in the list: not taken", line)

    def _doubt(self, message: str, line: int) -> None:
        self.warnings.append(Problem(message, line=line, severity="warning", code="contradiction"))


def _is_said(name: str, word: str) -> bool:
    """Return whether a word is a phase's name, also without its ending: `foundation` is `foundational`."""
    return name == word or (len(word) >= _SHORTEST_NAME and name.startswith(word))


def _ids(text: str, tasks: Mapping[str, DraftJob]) -> list[DraftJob]:
    """Return the tasks that a text names, ranges written out."""
    found = list[DraftJob]()
    for one in _ID.finditer(text):
        dash = "-" if one[0].startswith("T-") else ""
        first, last = int(one["number"]), int(one["last"] or one["number"])
        width = len(one["number"])
        if one["last"] is None:
            keys = [f"T{dash}{one['number']}{one['letter']}"]
        else:
            keys = [f"T{dash}{number:0{width}}" for number in range(first, min(last, first + _LONGEST_RANGE) + 1)]
        found += [job for key in keys if (job := tasks.get(key)) is not None]
    return list(dict.fromkeys(found))
