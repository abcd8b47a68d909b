"""From what a document names to waves, tracks and jobs."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from plans.errors import Problem
from plans.markdown.amounts import divided, find_duration
from plans.markdown.draft import Draft, DraftJob, DraftTrack, DraftWave, Mode, Said
from plans.markdown.entity import Entity
from plans.markdown.jobs import add_path, draft_job, enrich, waits_in
from plans.markdown.labels import Label
from plans.markdown.leaves import Leaf, find_leaves, item_entity, plain_leaves
from plans.markdown.outline import Node
from plans.markdown.paths import paths_below, paths_in
from plans.markdown.text import plain, words
from plans.markdown.words import PARALLEL, SERIAL

_Key = tuple[str, ...]


@dataclass(eq=False)
class _Group:
    """A wave in the making: every place that speaks of it."""

    key: _Key
    label: Label
    line: int
    mentions: list[Entity] = field(default_factory=list[Entity])
    leaves: list[Leaf] = field(default_factory=list[Leaf])


def assemble(root: Entity, outline: Node) -> Draft:
    """Make the draft of a document; it has no waves where the document names no jobs."""
    draft = Draft(title=_title(outline), line=_title_line(outline))
    groups = _groups(root)
    leaves = list(find_leaves(root))
    loose = _place(leaves, groups)
    _fill_empty_groups(groups)
    filled = [group for group in groups.values() if group.leaves]
    if not filled:
        # Who works at all is not who works in a wave: `Agent 1: backend` beside waves of tasks only says who that is.
        filled = _ungrouped(loose or list(find_leaves(root, quiet=True)) or list(_task_list(outline)))
        loose = []
    drafter = _Drafter(draft)
    for group in filled:
        drafter.add_wave(group)
    drafter.add_loose(loose)
    drafter.add_more(find_leaves(root, quiet=True))
    return draft


def _title(outline: Node) -> str:
    return plain(next((node.text for node in outline.walk() if node.kind == "section" and node.depth == 1), ""))


def _title_line(outline: Node) -> int:
    return next((node.line for node in outline.walk() if node.kind == "section" and node.depth == 1), 1)


def _groups(root: Entity) -> dict[_Key, _Group]:
    """Give every wave, phase or epic that the document names, by its label within what it stands in."""
    found: dict[_Key, _Group] = {}

    def visit(entity: Entity, above: _Key) -> None:
        key = above
        if entity.kind == "group" and entity.label.word and not entity.quiet:
            key = (*above, _fold(entity.label))
            group = found.setdefault(key, _Group(key, entity.label, entity.line))
            group.mentions.append(entity)
        for part in entity.parts:
            visit(part, key)

    visit(root, ())
    return found


def _fold(label: Label) -> str:
    return f"{label.word} {label.key}".lower().strip()


def _place(leaves: Iterable[Leaf], groups: dict[_Key, _Group]) -> list[Leaf]:
    """Put the jobs into their groups; those that stand in none are given."""
    loose = list[Leaf]()
    for leaf in leaves:
        key = tuple(_fold(one.label) for one in leaf.within if one.kind == "group" and one.label.word and not one.quiet)
        if leaf.entity.group is not None:
            own = leaf.entity.group
            key = next((known for known in groups if known[-1] == _fold(own)), (_fold(own),))
            groups.setdefault(key, _Group(key, own, leaf.entity.line))
        if key in groups:
            groups[key].leaves.append(leaf)
        else:
            loose.append(leaf)
    return loose


def _fill_empty_groups(groups: dict[_Key, _Group]) -> None:
    """Read plain lists as jobs, in groups of the sort that holds jobs elsewhere."""
    sorts = Counter(group.label.word for group in groups.values() if group.leaves)
    wanted = sorts.most_common(1)[0][0] if sorts else None
    for group in groups.values():
        has_groups_inside = any(other.key[:-1] == group.key for other in groups.values())
        if group.leaves or has_groups_inside or (wanted is not None and group.label.word != wanted):
            continue
        group.leaves = [leaf for mention in group.mentions for leaf in plain_leaves(mention, ())]


def _ungrouped(leaves: Sequence[Leaf]) -> list[_Group]:
    """Put the jobs of a document without waves into one."""
    if not leaves:
        return []
    entity = leaves[0].entity
    lane = leaves[0].lane
    word = "tracks" if entity.kind == "lane" or (lane is not None and lane.kind == "lane") else "jobs"
    group = _Group(("",), Label("group", "", "", word.capitalize() if word == "tracks" else ""), entity.line)
    group.leaves = list(leaves)
    return [group]


def _task_list(outline: Node) -> Iterator[Leaf]:
    """Read the items of a `Tasks` list, each with fields of its own, as jobs: the plan of one agent."""
    for section in outline.walk():
        if section.kind != "section" or not {"tasks", "task", "work", "jobs", "stories", "assignments"} & {
            *words(section.text)
        }:
            continue
        found = [item_entity(node) for node in section.items]
        if len(found) >= 1 and sum(entity.has_evidence for entity in found) >= len(found) / 2:
            who = _who(outline)
            for node, entity in zip(section.items, found, strict=True):
                entity.label = entity.label._replace(word="task", key=node.number)
                yield Leaf(entity, (who,) if who is not None else ())
            return


_AGENT_IN_TITLE = re.compile(r"\bagent[\s_-]*(?P<key>\d+|[A-Z]\b)", re.IGNORECASE)


def _who(outline: Node) -> Entity | None:
    """Tell whose plan it is, by the title."""
    found = _AGENT_IN_TITLE.search(_title(outline))
    if found is None:
        return None
    return Entity(Label("agent", "agent", found["key"], ""), _title_line(outline), "heading", quiet=False)


class _Drafter:
    """Makes the draft's waves, tracks and jobs; each thing once, wherever it is spoken of."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._groups: dict[DraftJob, DraftWave] = {}

    def add_wave(self, group: _Group) -> None:
        """Add a group with its jobs."""
        first = next((mention for mention in group.mentions if any(True for _ in mention.parts)), None)
        label = first.label if first is not None else group.label
        wave = DraftWave(label.key, label.title, first.line if first is not None else group.line, label.word or "wave")
        for mention in group.mentions:
            self._read_wave(wave, mention)
        if len(group.key) > 1:
            wave.title = wave.title or " / ".join(group.key)
        self._draft.waves.append(wave)
        for leaf in group.leaves:
            self._add(wave, leaf)
        _share_estimates(wave, group)
        if not wave.jobs:
            self._draft.waves.remove(wave)

    def _read_wave(self, wave: DraftWave, mention: Entity) -> None:
        said = [*mention.label.notes]
        for one in mention.fields:
            if one.name == "needs" and not one.says_nothing:
                wave.needs.append(Said(plain(one.text), one.line))
            elif one.name in {"status", "start"}:
                wave.needs.extend(waits_in([plain(one.text)], one.line))
            elif one.name == "mode":
                said.append(plain(one.text))
            elif one.name == "criteria":
                wave.gate.extend(Said(plain(node.text), node.line) for node in one.below if node.kind == "item")
        wave.needs.extend(waits_in(mention.label.notes, mention.line))
        wave.mode = mode_of(said) or wave.mode

    def _add(self, wave: DraftWave, leaf: Leaf) -> DraftJob:
        entity = leaf.entity
        lane = leaf.lane
        job = draft_job(entity, title="" if entity.label.title else _own_name(entity))
        known = self._known(job, wave)
        if known is not None:
            enrich(known, job)
            return known
        if lane is not None:
            job.track = self._track(lane, wave)
        elif entity.kind in {"lane", "agent"}:
            job.track = self._track(entity, wave)
            self._draft.tracks[job.track].title = job.title
        elif "agent" in entity.cells:
            job.track = self._agent_track(entity)
        branch = next((one for one in entity.fields if one.name == "branch" and plain(one.text)), None)
        if branch is not None and not job.track:
            job.track = self._new_track(job.key or job.title, job.key, job.title, entity.line, job.word)
        if branch is not None:
            self._draft.tracks[job.track].branch = Said(plain(branch.text).split(" ")[0], branch.line)
        wave.jobs.append(job)
        self._groups[job] = wave
        return job

    def add_loose(self, leaves: Iterable[Leaf]) -> None:
        """Take in what stands outside of the waves: more on their jobs, or on who does them."""
        for leaf in leaves:
            job = draft_job(leaf.entity)
            known = self._known(job, None)
            if known is not None:
                enrich(known, job)
            elif leaf.entity.kind in {"lane", "agent"}:
                track = self._draft.tracks.get(_fold(leaf.entity.label))
                if track is not None:
                    track.title = track.title or leaf.entity.label.title
            elif leaf.entity.label.word and self._is_told_nowhere(leaf):
                self._draft.warnings.append(_not_understood(leaf))

    def _is_told_nowhere(self, leaf: Leaf) -> bool:
        """Tell whether nothing with the label or the title of a thing is in the draft."""
        label = leaf.entity.label
        told = [(job.key, job.title) for job in self._draft.jobs]
        told += [(track.key, track.title) for track in self._draft.tracks.values()]
        return not any(
            key.lower() == label.key.lower() or (label.title and alike_titles(label.title, title))
            for key, title in told
        )

    def add_more(self, leaves: Iterable[Leaf]) -> None:
        """Take in what is said again of known jobs where the document speaks of progress, commands and the like."""
        for leaf in leaves:
            job = draft_job(leaf.entity)
            known = self._known(job, None)
            if known is not None:
                known.done = known.done or job.done
                known.estimate = known.estimate or job.estimate
                known.needs = known.needs or job.needs

    def _known(self, job: DraftJob, wave: DraftWave | None) -> DraftJob | None:
        """Find the job that this is another mention of: by its label, else by its title."""
        for other in self._draft.jobs:
            here = wave is None or self._groups[other] is wave
            if job.key and other.key.lower() == job.key.lower() and _same_sort(job, other):
                if here and (wave is None or alike(job.title, other.title)):
                    return other
                if not here and _is_unique(job) and alike(job.title, other.title):
                    return other
            if not (job.key and other.key) and here and job.title and alike_titles(job.title, other.title):
                return other
        return None

    def _track(self, lane: Entity, wave: DraftWave) -> str:
        """Find or add a lane: by its label, within the wave where another wave's lane of that label is another one."""
        name = _fold(lane.label)
        if not self._is_same_lane(name, lane, wave):
            name = f"{wave.word} {wave.key} {name}".lower()
        key = self._new_track(name, lane.label.key, lane.label.title, lane.line, lane.label.word)
        track = self._draft.tracks[key]
        for one in lane.fields:
            if one.name == "branch" and track.branch is None and plain(one.text):
                track.branch = Said(plain(one.text).split(" ")[0], one.line)
            elif one.name in {"files", "create", "modify"} and any(True for _ in lane.parts):
                for path in (*paths_in(one.text, one.line, listed=True), *paths_below(one.below)):
                    add_path(track.owns, path, default=one.name)
        return key

    def _is_same_lane(self, name: str, lane: Entity, wave: DraftWave) -> bool:
        """Tell whether a label means the lane that has it already: labels of tracks restart in each wave."""
        known = self._draft.tracks.get(name)
        if known is None or known.title.lower() == lane.label.title.lower() != "":
            return True
        in_this_wave = any(job.track == name for job in wave.jobs)
        return in_this_wave or (lane.kind == "agent" and alike(known.title, lane.label.title))

    def _agent_track(self, entity: Entity) -> str:
        who = entity.cells["agent"]
        name = plain(who.text)
        return self._new_track(name.lower(), name, "", who.line, "")

    def _new_track(self, name: str, key: str, title: str, line: int, word: str) -> str:
        self._draft.tracks.setdefault(name, DraftTrack(key, title, line, word))
        return name


def _share_estimates(wave: DraftWave, group: _Group) -> None:
    """Give the time of a lane to its only job, and the time of a wave to its jobs where none has one of its own."""
    by_lane: dict[str, list[DraftJob]] = {}
    for job in wave.jobs:
        by_lane.setdefault(job.track or job.key, []).append(job)
    for leaf in group.leaves:
        jobs = next((jobs for jobs in by_lane.values() if jobs[0].line == leaf.entity.line), [])
        length = _length_of(leaf.lane) if leaf.lane is not None else None
        if length is not None and len(jobs) == 1:
            jobs[0].estimate = jobs[0].estimate or length
    length = next((found for mention in group.mentions if (found := _length_of(mention)) is not None), None)
    if length is not None and not any(job.estimate for job in wave.jobs):
        for jobs in [wave.jobs] if wave.mode == "serial" else by_lane.values():
            for job in jobs:
                job.estimate = length._replace(text=divided(length.text, len(jobs)))


def _length_of(entity: Entity) -> Said | None:
    for one in entity.fields:
        if one.name == "estimate" and (length := find_duration(plain(one.text))) is not None:
            return Said(length, one.line)
    return None


def _own_name(entity: Entity) -> str:
    """Name a thing that has a label and no title."""
    for one in entity.fields:
        if one.name in {"prompt", "agent", "output"} and plain(one.text):
            return plain(one.text)
    return f"{entity.label.word} {entity.label.key}".strip().capitalize()


def _not_understood(leaf: Leaf) -> Problem:
    label = leaf.entity.label
    name = " ".join(part for part in (label.word, label.key) if part)
    message = f"{name!r} looks like a job, and stands in no wave, track or agent's list: it is not part of the plan"
    hint = "put it under the wave that it belongs to"
    return Problem(message, line=leaf.entity.line, hint=hint, severity="warning", code="not-understood")


def _same_sort(job: DraftJob, other: DraftJob) -> bool:
    return job.word == other.word or not job.word or not other.word


def _is_unique(job: DraftJob) -> bool:
    """Tell whether a label cannot be another job's in another wave: `#61`, `4.2`, `T014`, not `1` or `A`."""
    return len(re.findall(r"\w", job.key)) > 1 and (not job.key.isdigit() or len(job.key) > 2)


def alike(title: str, other: str) -> bool:
    """Tell whether two titles may be of one thing: most of the shorter one's words are in the other."""
    mine, theirs = {*words(title)}, {*words(other)}
    if not mine or not theirs:
        return True
    return len(mine & theirs) >= 0.5 * min(len(mine), len(theirs))


def alike_titles(title: str, other: str) -> bool:
    """Tell whether two titles are the same but for marks and case."""
    return words(title) == words(other)


def mode_of(notes: Iterable[str]) -> Mode | None:
    """Tell from remarks how the jobs of a group run."""
    said = " ".join(notes).lower()
    tokens = {*words(said)}
    if tokens & PARALLEL or any(phrase in said for phrase in PARALLEL if not phrase.isascii()):
        return "parallel"
    if tokens & SERIAL or any(phrase in said for phrase in SERIAL if " " in phrase or not phrase.isascii()):
        return "serial"
    return None
