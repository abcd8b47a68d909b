"""What must hold at the end: of the plan, of every job, or of the wave, track or job that a heading names."""

import re
from collections.abc import Iterator

from plans.markdown.draft import Draft, DraftJob, DraftWave, Said
from plans.markdown.recognisers.gates import add_to_gate
from plans.markdown.recognisers.passages import Owners, heading, spots
from plans.markdown.recognisers.topics import CRITERIA, OF_EACH, STATE, topic
from plans.markdown.resolve.mention import things
from plans.markdown.resolve.references import References
from plans.markdown.source.labels import read_label
from plans.markdown.source.outline import Node
from plans.markdown.source.regions import Region
from plans.markdown.source.text import plain

_JOB_WORDS = topic(
    "story|stories|task|tasks|job|jobs|issue|issues|feature|ticket|agent|agents|track|tracks|worker|item|pr"
)
_WAVE_WORDS = topic("wave|waves|phase|phases|batch|stage|epic|epics|sprint|round|milestone")
_MARK = re.compile(r"^[\s✓✔✅☑❌✗☐-]+")


def recognise_criteria(outline: Node, draft: Draft) -> None:
    """Take the criteria that stand apart from what they are about; those in a thing's own section are its fields."""
    references, owners = References(draft), Owners(draft)
    for spot in spots(outline):
        node = spot.node
        if node.kind != "section" or not node.depth or not _is_about(node, owners):
            continue
        if owners.has(spot) or any(_is_about(one, owners) for one in spot.sections):
            continue
        _take(node, draft, references)


def _is_about(section: Node, owners: Owners) -> bool:
    return section.depth > 0 and CRITERIA.search(heading(section)) is not None and not owners.is_one(section)


def _take(section: Node, draft: Draft, references: References) -> None:
    """Give the lists of a section, and of the sections in it, to whom their headings name."""
    if STATE.search(heading(section)) is not None or section.place.region is Region.SHOWS:
        return
    found = list(_listed(section))
    if found:
        _give(section, found, draft, references)
    for inner in section.sections:
        _take(inner, draft, references)


def _listed(section: Node) -> Iterator[Said]:
    for item in section.items:
        text = _MARK.sub("", plain(item.text))
        if text:
            yield Said(text, item.line)


def _give(section: Node, criteria: list[Said], draft: Draft, references: References) -> None:
    words = heading(section)
    label = read_label(section.text)
    about = section.text if label is None else f"{label.word} {label.key}"
    waves = things(references.mention_of(about, DraftWave))
    jobs = things(references.mention_of(about, DraftJob))
    every = OF_EACH.search(words) is not None
    if waves:
        for one in criteria:
            add_to_gate(waves[0], one)
    elif jobs:
        _add(jobs, criteria)
    elif every and _JOB_WORDS.search(words):
        _add(list(draft.jobs), criteria)
    elif every and _WAVE_WORDS.search(words):
        for wave in draft.waves:
            for one in criteria:
                add_to_gate(wave, one)
    else:
        draft.criteria += criteria


def _add(jobs: list[DraftJob], criteria: list[Said]) -> None:
    for job in jobs:
        known = {one.text for one in job.criteria}
        job.criteria += [one for one in criteria if one.text not in known]
