"""Scores of the ways of reading one document, all on the same evidence: what it names, depends on and claims."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from plans.markdown.assembly.groups import Group, fold, is_group
from plans.markdown.assembly.leaves import Leaf
from plans.markdown.assembly.readings import Reading
from plans.markdown.draft import Draft, DraftJob, DraftTrack, DraftWave
from plans.markdown.mentions.entity import Entity
from plans.markdown.resolve.references import References
from plans.markdown.score import Candidate, Part, Score
from plans.markdown.source.amounts import find_count
from plans.markdown.source.outline import Node
from plans.markdown.source.text import plain, words
from plans.markdown.source.titles import alike
from plans.markdown.source.words import COUNTED, EVERYTHING_BEFORE, NUMBERS

_EVERYTHING = re.compile(EVERYTHING_BEFORE, re.IGNORECASE)
_TOTAL = re.compile(r"\b(?:total|overall|gesamt|in all)\b", re.IGNORECASE)
_MOST = 300
"""Dependencies that are looked at: so many tell how well a reading knows what they name."""
_NUMBER = re.compile("|".join((r"\d", *NUMBERS)))


class _Phrase(NamedTuple):
    owner: Entity
    text: str


class _Claim(NamedTuple):
    counted: str
    """A key of `COUNTED`."""
    number: int
    group: str
    """The group that it is said of; "": the plan."""


@dataclass(frozen=True)
class _Evidence:
    """What a document says that every reading of it is held against."""

    root: Entity
    outline: Node

    @cached_property
    def named(self) -> list[Entity]:
        """What has a label with a word, where things are told for the first time."""
        return [one for one in self.root.walk() if one.label.word and one.label.key and not one.quiet]

    @cached_property
    def phrases(self) -> list[_Phrase]:
        """What the document says of dependencies."""
        every = (one for one in self.root.walk() if not one.quiet)
        found = (_Phrase(one, text) for one in every for text in _needs(one))
        return [phrase for phrase, _ in zip(found, range(_MOST), strict=False)]

    @cached_property
    def claims(self) -> list[_Claim]:
        """The counts that the document gives of itself and of its groups."""
        of_plan = [claim for text in _of_the_whole(self.outline) for claim in _counts(text, "")]
        groups = (one for one in self.root.walk() if is_group(one))
        of_groups = [
            claim
            for one in groups
            for text in (one.label.title, *one.label.notes)
            for claim in _counts(text, fold(one.label))
            if claim.counted != "waves"
        ]
        return list(dict.fromkeys([*of_plan, *of_groups]))


def score_all(readings: Sequence[tuple[str, Reading]], root: Entity, outline: Node) -> tuple[Candidate, ...]:
    """Score the readings of a document where there are several; the first is the one that is taken."""
    if len(readings) < 2:
        return ()
    evidence = _Evidence(root, outline)
    return tuple(
        Candidate(name, _Sketch(reading).score(evidence), taken=at == 0) for at, (name, reading) in enumerate(readings)
    )


class _Sketch:
    """What a reading would make: its groups, lanes and jobs by label and title, without what is said of them."""

    def __init__(self, reading: Reading) -> None:
        self._groups = reading.groups
        self._draft = Draft()
        self._jobs = dict[int, DraftJob]()
        self._twice = list[str]()
        for group in reading.groups:
            self._draft.waves.append(self._wave(group))
        self._place = {job: at for at, wave in enumerate(self._draft.waves) for job in wave.jobs}

    def score(self, evidence: _Evidence) -> Score:
        """Hold the reading against what the document says."""
        references, against = self._references(evidence.phrases)
        return Score(
            references, self._mentions(evidence.named), self._agreement(against), self._claims(evidence.claims)
        )

    def _wave(self, group: Group) -> DraftWave:
        wave = DraftWave(group.label.key, group.label.title, group.line, group.label.word)
        known = dict[str, DraftJob]()
        for leaf in group.leaves:
            label = leaf.entity.label
            name = fold(label) if label.key else " ".join(words(label.title))
            job = known.get(name)
            if job is None:
                job = known[name] = DraftJob(label.key, label.title, leaf.entity.line, label.word, self._lane(leaf))
                wave.jobs.append(job)
            elif not alike(job.title, label.title):
                self._twice.append(name)
            self._jobs[id(leaf.entity)] = job
        return wave

    def _lane(self, leaf: Leaf) -> str:
        """Enter the track or agent of a job, if it has one."""
        lane = leaf.lane
        label = lane.label if lane is not None else leaf.entity.lane
        if lane is None and leaf.entity.kind in {"lane", "agent"}:
            label = leaf.entity.label
        if label is None:
            return ""
        key = fold(label)
        self._draft.tracks.setdefault(key, DraftTrack(label.key, label.title, leaf.entity.line, label.word))
        return key

    def _references(self, phrases: Sequence[_Phrase]) -> tuple[Part, int]:
        """Return how many dependencies name something, and how many of those jobs wait for a later group."""
        if not phrases:
            return Part(1.0, "the document states no dependencies"), 0
        references = References(self._draft)
        found = against = 0
        for phrase in phrases:
            job = self._jobs.get(id(phrase.owner))
            named = references.mention_of(phrase.text, near=job)
            is_known = bool(named) or _EVERYTHING.search(phrase.text) is not None
            found += is_known and (job is not None or phrase.owner.kind == "group")
            needed = [one.thing for one in named if isinstance(one.thing, DraftJob)] if job is not None else []
            against += job is not None and any(self._place[other] > self._place[job] for other in needed)
        return Part(found / len(phrases), f"{found} of {len(phrases)} dependencies name something known"), against

    def _mentions(self, named: Sequence[Entity]) -> Part:
        if not named:
            return Part(1.0, "the document names nothing by a label")
        known = {fold(one.label) for one in self._parts()}
        used = sum(fold(one.label) in known for one in named)
        return Part(used / len(named), f"{used} of {len(named)} things named are part of it")

    def _parts(self) -> Iterator[Entity]:
        """Yield what became a group, a lane or a job, or holds one as more than a group."""
        for group in self._groups:
            yield from group.mentions
            for leaf in group.leaves:
                yield leaf.entity
                yield from (one for one in leaf.within if one.kind != "group")

    def _agreement(self, against: int) -> Part:
        jobs = len(self._place)
        wrong = against + len(self._twice)
        if not wrong:
            return Part(1.0, "nothing in it contradicts itself")
        told = [f"{against} of {jobs} jobs wait for a later group"] if against else []
        told += [f"labels that stand for two jobs: {len(self._twice)}"] if self._twice else []
        return Part(max(0.0, 1 - wrong / jobs), " and ".join(told))

    def _claims(self, claims: Sequence[_Claim]) -> Part:
        if not claims:
            return Part(1.0, "the document claims no figures")
        near = [self._nearness(claim) for claim in claims]
        met = sum(value == 1 for value in near)
        return Part(sum(near) / len(near), f"{met} of {len(claims)} figures that the document claims are met")

    def _nearness(self, claim: _Claim) -> float:
        """Return how near a figure is: the smaller one's share of the greater one."""
        waves = [wave for wave in self._draft.waves if not claim.group or _fold(wave) == claim.group]
        jobs = [job for wave in waves for job in wave.jobs]
        lanes = {job.track for job in jobs if job.track}
        match claim.counted:
            case "waves":
                counts = {len([wave for wave in waves if wave.key or wave.title])}
            case "jobs":
                counts = {len(jobs)}
            case _:
                counts = {len(lanes) or len(jobs), len(jobs)} if claim.group else {len(lanes) or len(jobs)}
        return max(min(count, claim.number) / max(count, claim.number) for count in counts)


def _fold(wave: DraftWave) -> str:
    return f"{wave.word} {wave.key}".lower().strip()


def _needs(entity: Entity) -> Iterator[str]:
    """Yield what fields say that a thing waits for."""
    for one in entity.fields:
        if one.name == "needs" and not one.says_nothing:
            yield from (text for text in (plain(one.text),) if text)
            yield from (plain(node.text) for node in one.below if node.kind == "item" and node.text)


def _of_the_whole(outline: Node) -> Iterator[str]:
    """Yield the lines that may count the whole plan: the title, what stands right below it, and totals."""
    top = [outline, *(node for node in outline.sections if node.depth == 1)]
    yield from (plain(node.text) for node in top if node.depth)
    told = {id(child) for node in top for child in node.children}
    for node in outline.walk():
        if node.kind in {"paragraph", "item"} and (id(node) in told or _TOTAL.search(node.text) is not None):
            yield from (plain(line) for line in node.text.split("\n"))


def _counts(text: str, group: str) -> Iterator[_Claim]:
    if _NUMBER.search(text.lower()) is None:
        return
    for counted, things in COUNTED.items():
        number = find_count(text, things)
        if number:
            yield _Claim(counted, number, group)
