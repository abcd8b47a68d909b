"""What the things of a draft are called: waves, tracks and jobs by label, slug, branch, agent and title."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from plans.markdown.draft import Draft, DraftJob, DraftTrack, DraftWave
from plans.markdown.source.labels import end_notes, kind_of, read_label
from plans.markdown.source.text import plain, words
from plans.markdown.source.words import Kind

Thing = DraftWave | DraftTrack | DraftJob


def fold_key(key: str) -> str:
    """Return a label as labels are compared: `#61` is `61`, `t014` is `T014`."""
    return re.sub(r"\s*[-–—]\s*", "-", key.strip().lower().removeprefix("#"))


@lru_cache(maxsize=100_000)
def _title_words(title: str) -> tuple[str, ...]:
    return words(end_notes(plain(title))[0])


@dataclass
class Index:
    """Things by what they are called."""

    keys: dict[str, list[tuple[Kind, Thing]]] = field(default_factory=lambda: defaultdict(list))
    names: dict[str, list[Thing]] = field(default_factory=lambda: defaultdict(list))
    titles: dict[tuple[str, ...], list[Thing]] = field(default_factory=lambda: defaultdict(list))
    spoken: list[tuple[re.Pattern[str], Thing]] = field(default_factory=list[tuple[re.Pattern[str], Thing]])
    """Names that are known wherever they stand, with what may stand between their parts: `Agent 1` is `agent-1`."""

    def add(self, thing: Thing, kind: Kind, word: str) -> None:
        """Enter a thing by label, slug and title."""
        spoken = read_label(thing.key) if " " in thing.key else None
        if spoken is not None and spoken.word and not spoken.title:
            kind, word = spoken.kind, spoken.word
        label = fold_key(thing.key if spoken is None else spoken.key)
        if label:
            self.keys[label].append((kind_of(word) or kind, thing))
            self.names[label].append(thing)
        title = _title_words(thing.title)
        if title:
            self.titles[title].append(thing)

    def add_name(self, name: str, thing: Thing) -> None:
        """Enter a name by which a thing is known wherever it stands."""
        parts = re.findall(r"[a-z]+|\d+", name)
        if parts:
            spoken = r"[\s_-]*".join(parts)
            self.spoken.append((re.compile(rf"(?<![\w-]){spoken}(?!\w)", re.IGNORECASE), thing))


def index_of(draft: Draft, names: Mapping[str, Thing]) -> Index:
    """Enter all things of a draft.

    Args:
        draft: the draft.
        names: what some of them are called besides, in lower case.
    """
    index = Index()
    for wave in draft.waves:
        index.add(wave, "group", wave.word)
    for track in draft.tracks.values():
        index.add(track, "lane", track.word)
        if track.branch is not None:
            index.names[track.branch.text.lower()].append(track)
    for job in draft.jobs:
        index.add(job, "job", job.word)
    _add_agents(index, draft)
    for name, thing in names.items():
        index.add_name(name, thing)
    return index


def _add_agents(index: Index, draft: Draft) -> None:
    """Enter agents who do one job, or those of one track: nobody else is named by what an agent is called."""
    works = defaultdict[str, list[DraftJob]](list)
    for job in draft.jobs:
        if job.agent:
            works[plain(job.agent).lower()].append(job)
    for agent, jobs in works.items():
        track = draft.tracks.get(jobs[0].track)
        alone = len(jobs) == 1
        if not alone and (track is None or any(job.track != jobs[0].track for job in jobs)):
            continue
        thing: Thing = jobs[0] if alone or track is None else track
        label = read_label(agent.title())
        if label is not None and label.kind == "agent" and label.key:
            index.keys[fold_key(label.key)].append(("agent", thing))
        elif re.search(r"[-_]", agent):
            index.names[agent].append(thing)
