"""The draft's waves, tracks and jobs, each once, wherever the document speaks of it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from plans.errors import Problem
from plans.markdown.assembly.groups import Group, fold
from plans.markdown.assembly.job_files import add_path
from plans.markdown.assembly.jobs import draft_job, enrich, settle, waits_in
from plans.markdown.assembly.leaves import Leaf
from plans.markdown.draft import Draft, DraftJob, DraftTrack, DraftWave, Mode, Said, Trust
from plans.markdown.mentions.entity import Entity
from plans.markdown.mentions.names import slug
from plans.markdown.source.amounts import divided, find_duration
from plans.markdown.source.labels import read_label
from plans.markdown.source.paths import paths_below, paths_in
from plans.markdown.source.text import plain, words
from plans.markdown.source.titles import alike, alike_titles
from plans.markdown.source.words import PARALLEL, SERIAL

_HOW = re.compile(
    r"\b(?:runs?|execute[ds]?|launch|start|these|all|tasks?|agents?|jobs?|streams?|tracks?|must|can|should|do|done|work|spawn)"
    r"\b.{0,80}?\b(?P<how>in parallel|parallel|sequential(?:ly)?|simultaneously|concurrently|serially|one at a time|"
    r"one after another|in order)\b",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST_REMARK = 300
_REMARK = re.compile(r"[\w ]{3,24}: ")


class Drafter:
    """Makes the parts of a draft out of groups of jobs."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._groups: dict[DraftJob, DraftWave] = {}
        self._called = defaultdict[str, list[DraftJob]](list)
        self._titled = defaultdict[tuple[str, ...], list[DraftJob]](list)
        self._rows = set[DraftJob]()
        """Jobs that are known from a row or a line only: their names are short forms."""
        self._drafted = set[Entity]()
        """What jobs were made of: it says nothing *again* of any job."""

    def add_wave(self, group: Group) -> DraftWave:
        """Add a group with its jobs; one without jobs is not added."""
        wave = new_wave(group)
        self._draft.waves.append(wave)
        for leaf in group.leaves:
            self._add(wave, leaf)
        _share_estimates(wave, group)
        if not wave.jobs:
            self._draft.waves.remove(wave)
        return wave

    def _add(self, wave: DraftWave, leaf: Leaf) -> None:
        entity = leaf.entity
        self._drafted.add(entity)
        job = draft_job(entity)
        job.needs += list(_lane_needs(leaf))
        known = self._known(job, wave, entity)
        if known is not None:
            self._take_title(known, job, entity)
            enrich(known, job)
            self._enter(known)
            return
        self._put_on_track(job, leaf, wave)
        wave.jobs.append(job)
        self._groups[job] = wave
        self._enter(job)
        if entity.form != "heading":
            self._rows.add(job)

    def _take_title(self, known: DraftJob, job: DraftJob, entity: Entity) -> None:
        """Take the title from a heading where a row, a line or a drawing had a short form of it."""
        label = read_label(job.title)
        is_only_named = slug(job.title) == job.key.lower() or (label is not None and label.kind == "group")
        if known in self._rows and entity.form == "heading" and job.title and not is_only_named:
            known.title = job.title
            self._rows.discard(known)

    def _put_on_track(self, job: DraftJob, leaf: Leaf, wave: DraftWave) -> None:
        entity, lane = leaf.entity, leaf.lane
        if lane is not None:
            job.track = self._track(lane, wave)
        elif entity.kind in {"lane", "agent"}:
            is_known = fold(entity.label) in self._draft.tracks
            job.track = self._track(entity, wave, holds=False)
            track = self._draft.tracks[job.track]
            # An agent with another task in each wave is called by none of them.
            track.title = job.title if not is_known or (track.title and alike(track.title, job.title)) else ""
        elif entity.lane is not None:
            job.track = self._new_track(
                fold(entity.lane), entity.lane.key, entity.lane.title, job.line, entity.lane.word
            )
        elif "agent" in entity.cells:
            job.track = self._agent_track(entity)
        self._take_branch(job, entity)

    def _take_branch(self, job: DraftJob, entity: Entity) -> None:
        """Give the branch that a job names to its track; without one it gets one."""
        branch = _branch_of(entity)
        if branch is None:
            return
        if not job.track:
            job.track = self._new_track(job.key or job.title, job.key, job.title, entity.line, job.word)
        self._draft.tracks[job.track].branch = branch

    def add_lanes(self, lanes: Iterable[Entity]) -> None:
        """Take in what an overview says of tracks and agents whose jobs stand elsewhere."""
        for lane in lanes:
            key = fold(lane.label)
            track = self._draft.tracks.get(key)
            if track is None:
                continue
            track.title = track.title or lane.label.title
            _read_lane(track, lane)
            needs = list(lane_needs(lane))
            for job in self._draft.jobs:
                if job.track == key:
                    job.needs += [said for said in needs if said not in job.needs]

    def add_loose(self, leaves: Iterable[Leaf]) -> None:
        """Take in what stands outside of the waves: more on their jobs, or on who does them."""
        for leaf in leaves:
            job = draft_job(leaf.entity)
            known = self._known(job, None, leaf.entity)
            if known is not None:
                self._take_title(known, job, leaf.entity)
                enrich(known, job)
                self._enter(known)
                self._take_branch(known, leaf.entity)
            elif leaf.entity.kind in {"lane", "agent"}:
                track = self._draft.tracks.get(fold(leaf.entity.label))
                if track is not None:
                    track.title = track.title or leaf.entity.label.title
            elif leaf.entity.label.word and self._is_told_nowhere(leaf):
                self._draft.warnings.append(_not_understood(leaf))

    def _is_told_nowhere(self, leaf: Leaf) -> bool:
        """Return whether nothing with the label or the title of a thing is in the draft."""
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
            if leaf.entity in self._drafted:
                continue
            job = draft_job(leaf.entity)
            known = self._known(job, None, leaf.entity)
            if known is not None:
                known.done = known.done or job.done
                known.estimate = known.estimate or job.estimate
                known.statements += [one._replace(trust=Trust.AGAIN) for one in job.statements if one.said]
                settle(known)
                known.title = known.title or job.title
                if leaf.entity.form == "heading" and not any(True for _ in known.owns.paths()):
                    known.owns = job.owns

    def name_by_what_is_said(self) -> None:
        """Give jobs that have a label and no title what they are told to do as one."""
        for job in self._draft.jobs:
            job.title = job.title or _task_of(job)
            self._enter(job)

    def name_all(self) -> None:
        """Give a name to all that have none yet."""
        for job in self._draft.jobs:
            first = job.steps[0].text if job.steps else ""
            job.title = job.title or job.agent or first[:120] or f"{job.word} {job.key}".strip().capitalize()

    def _known(self, job: DraftJob, wave: DraftWave | None, entity: Entity) -> DraftJob | None:
        """Find the job that this is another mention of: by its label, else by its title."""
        called = [other for other in self._called.get(job.key.lower(), ()) if _is_called(job, other)]
        is_lane = entity.kind in {"lane", "agent"}
        for other in called:
            here = wave is None or self._groups[other] is wave
            is_short = is_lane and job.word == other.word and (entity.form != "heading" or other in self._rows)
            if (here or _is_unique(job)) and (alike(job.title, other.title) or (here and is_short)):
                return other
        if wave is None and len(called) == 1:
            return called[0]
        if not job.title:
            return None
        return next(
            (
                other
                for other in self._titled.get(words(job.title), ())
                if self._has_title(other, job, wave, is_lane=is_lane and not entity.has_work)
            ),
            None,
        )

    def _enter(self, job: DraftJob) -> None:
        """Enter a job under its label and title, also when it got them just now."""
        if job.key and job not in self._called[job.key.lower()]:
            self._called[job.key.lower()].append(job)
        if job.title and job not in self._titled[words(job.title)]:
            self._titled[words(job.title)].append(job)

    def _has_title(self, other: DraftJob, job: DraftJob, wave: DraftWave | None, *, is_lane: bool) -> bool:
        here = wave is None or self._groups[other] is wave
        is_named = is_lane and other.word not in {"", job.word}
        is_other = job.key and other.key and not is_named and (wave is not None or _same_sort(job, other))
        return here and not is_other and alike_titles(job.title, other.title)

    def _track(self, lane: Entity, wave: DraftWave, *, holds: bool = True) -> str:
        """Find or add a lane: by its label, within the wave where another wave's lane of that label is another one."""
        name = fold(lane.label)
        if not self._is_same_lane(name, lane, wave):
            name = f"{wave.word} {wave.key} {name}".lower()
        key = self._new_track(name, lane.label.key, lane.label.title, lane.line, lane.label.word)
        if holds:
            _read_lane(self._draft.tracks[key], lane)
        return key

    def _is_same_lane(self, name: str, lane: Entity, wave: DraftWave) -> bool:
        """Return whether a label means the lane that has it already: labels of tracks restart in each wave."""
        known = self._draft.tracks.get(name)
        if known is None or known.title.lower() == lane.label.title.lower() != "":
            return True
        in_this_wave = any(job.track == name for job in wave.jobs)
        return in_this_wave or lane.kind == "agent"

    def _agent_track(self, entity: Entity) -> str:
        who = entity.cells["agent"]
        name = plain(who.text)
        return self._new_track(name.lower(), name, "", who.line, "")

    def _new_track(self, name: str, key: str, title: str, line: int, word: str) -> str:
        self._draft.tracks.setdefault(name, DraftTrack(key, title, line, word))
        return name


def new_wave(group: Group) -> DraftWave:
    """Make a wave of every place that speaks of it, without its jobs."""
    first = next((mention for mention in group.mentions if mention.parts), None)
    label = first.label if first is not None else group.label
    wave = DraftWave(label.key, label.title, first.line if first is not None else group.line, label.word or "wave")
    for mention in group.mentions:
        _read_wave(wave, mention)
    if len(group.key) > 1:
        wave.title = wave.title or " / ".join(group.key)
    return wave


def _read_wave(wave: DraftWave, mention: Entity) -> None:
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
    wave.mode = mode_of(said) or _mode_in(mention) or wave.mode


def _mode_in(mention: Entity) -> Mode | None:
    """Return how the jobs of a group run from a remark below its heading: `Run these tasks sequentially`."""
    for node in mention.rest:
        if node.kind in {"paragraph", "section"} and len(node.text) <= _LONGEST_REMARK:
            found = _HOW.search(plain(node.text))
            if found is not None:
                return mode_of([found["how"]])
    return None


def lane_needs(lane: Entity) -> Iterator[Said]:
    """Yield what a track as a whole waits for."""
    for one in lane.fields:
        if one.name == "needs" and not one.says_nothing:
            yield Said(plain(one.text), one.line)
    yield from waits_in(lane.label.notes, lane.line)


def _lane_needs(leaf: Leaf) -> Iterator[Said]:
    if leaf.lane is not None:
        yield from lane_needs(leaf.lane)


def _read_lane(track: DraftTrack, lane: Entity) -> None:
    track.branch = track.branch or _branch_of(lane)
    for one in lane.fields:
        if one.name in {"files", "create", "modify"}:
            for path in (*paths_in(one.text, one.line, listed=True), *paths_below(one.below)):
                add_path(track.owns, path, default=one.name)


def _branch_of(entity: Entity) -> Said | None:
    """Return the branch that a field names, or that stands where a title would: `Lane A: `feat/search``."""
    for one in entity.fields:
        if one.name == "branch" and plain(one.text):
            return Said(plain(one.text).split(" ")[0].rstrip(".,;"), one.line)
    title = entity.label.title
    return Said(title, entity.line) if _IS_BRANCH.fullmatch(title) is not None else None


_IS_BRANCH = re.compile(
    r"(?:feat|feature|features|fix|bugfix|hotfix|chore|docs|refactor|perf|tests?|ci|wip|track|lane|agent|wave|task|story|claude|codex)"
    r"/[\w.-]+(?:/[\w.-]+)*"
)


def _share_estimates(wave: DraftWave, group: Group) -> None:
    """Give the time of a lane to its only job, and the time of a wave to its jobs where none has one of its own."""
    by_lane: dict[str, list[DraftJob]] = {}
    for job in wave.jobs:
        by_lane.setdefault(job.track or job.key, []).append(job)
    by_line = {jobs[0].line: jobs for jobs in by_lane.values()}
    for leaf in group.leaves:
        jobs = by_line.get(leaf.entity.line, [])
        length = _length_of(leaf.lane) if leaf.lane is not None else None
        if length is not None and len(jobs) == 1:
            jobs[0].estimate = jobs[0].estimate or length
    length = next((found for mention in group.mentions if (found := _length_of(mention)) is not None), None)
    if length is not None and not any(job.estimate for job in wave.jobs):
        share = length if wave.mode == "parallel" else length._replace(text=divided(length.text, len(wave.jobs)))
        for job in wave.jobs:
            job.estimate = share


def _length_of(entity: Entity) -> Said | None:
    for one in entity.fields:
        if one.name == "estimate" and (length := find_duration(plain(one.text))) is not None:
            return Said(length, one.line)
    return None


def _task_of(job: DraftJob) -> str:
    for said in (*job.prompt, *job.outputs):
        told = said.text.partition(": ")[2] if _REMARK.match(said.text) else said.text
        if told.strip() and not told.startswith("```"):
            return told.strip().split("\n")[0][:120]
    return ""


def _not_understood(leaf: Leaf) -> Problem:
    label = leaf.entity.label
    name = " ".join(part for part in (label.word, label.key) if part)
    message = f"{name!r} looks like a job, and stands in no wave, track or agent's list: it is not part of the plan"
    hint = "put it under the wave that it belongs to"
    return Problem(message, line=leaf.entity.line, hint=hint, severity="warning", code="not-understood")


def _is_called(job: DraftJob, other: DraftJob) -> bool:
    return job.key != "" and other.key.lower() == job.key.lower() and _same_sort(job, other)


def _same_sort(job: DraftJob, other: DraftJob) -> bool:
    return job.word == other.word or not job.word or not other.word


def _is_unique(job: DraftJob) -> bool:
    """Return whether a label cannot be another job's in another wave: `#61`, `4.2`, `T014`, not `1` or `A`."""
    return len(re.findall(r"\w", job.key)) > 1 and (not job.key.isdigit() or len(job.key) > 2)


def mode_of(notes: Iterable[str]) -> Mode | None:
    """Tell from remarks how the jobs of a group run."""
    said = " ".join(notes).lower()
    tokens = {*words(said)}
    if tokens & PARALLEL or any(phrase in said for phrase in PARALLEL if not phrase.isascii()):
        return "parallel"
    if tokens & SERIAL or any(phrase in said for phrase in SERIAL if " " in phrase or not phrase.isascii()):
        return "serial"
    return None
