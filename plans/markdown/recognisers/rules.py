"""Rules of order: `Fallback removal BEFORE integration tests`."""

import re

from plans.errors import Problem
from plans.markdown.draft import Draft, DraftJob, DraftWave, Said
from plans.markdown.recognisers.passages import Owners, Passage, passages
from plans.markdown.recognisers.topics import ORDER_RULES
from plans.markdown.resolve.mention import Likeness, only, things
from plans.markdown.resolve.references import References
from plans.markdown.resolve.wording import by_all_words
from plans.markdown.source.outline import Node

_BEFORE = re.compile(
    r"(?P<first>.{3,80}?)\s+(?:must\s+)?"
    r"(?:(?:be|is|are|run|come|happen|finish|complete|done|completed|finished)\s+){0,3}"
    r"(?:BEFORE|before|prior to|vor|avant|antes de)\s+(?P<then>.{3,80})"
)
_AFTER = re.compile(
    r"(?P<then>.{3,80}?)\s+(?:must\s+)?"
    r"(?:(?:be|is|are|run|come|happen|start|done)\s+){0,3}"
    r"(?:only\s+)?(?:AFTER|after|nach|après|después de|depois de)\s+(?P<first>.{3,80})"
)
_EITHER = ("before", "prior to", "after", "vor", "avant", "antes", "nach", "apr", "desp", "depois")


def recognise_rules(outline: Node, draft: Draft) -> None:
    """Make needs of rules whose two sides are known and that the order of the waves does not keep already."""
    reader = _Rules(draft)
    owners = Owners(draft)
    for passage in passages(outline, _EITHER, about=ORDER_RULES):
        if passage.spot.node.kind == "item" and not owners.has(passage.spot):
            reader.read(passage)


class _Rules:
    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._references = References(draft)
        self._place = {job: at for at, wave in enumerate(draft.waves) for job in wave.jobs}

    def read(self, passage: Passage) -> None:
        """Read one rule."""
        found = _BEFORE.fullmatch(passage.bare) or _AFTER.fullmatch(passage.bare)
        if found is None:
            return
        first, then = self._jobs(found["first"]), self._jobs(found["then"])
        for job in then:
            for other in first:
                self._order(other, job, Said(found["first"], passage.line))

    def _order(self, first: DraftJob, then: DraftJob, said: Said) -> None:
        if first is then or self._place[first] < self._place[then]:
            return
        if self._place[first] == self._place[then]:
            if first not in then.after and then not in first.after:
                then.after.append(first)
            return
        message = (
            f"{_name(first)} (line {first.line}) is to come before {_name(then)} (line {then.line}), "
            "but stands in a later wave: the order of the waves counts"
        )
        self._draft.warnings.append(Problem(message, said.line, severity="warning", code="contradiction"))

    def _jobs(self, phrase: str) -> list[DraftJob]:
        """Return the jobs that a phrase names, or of the wave that it names; by words where no label stands."""
        mention_of = self._references.mention_of
        named, waves = things(mention_of(phrase, DraftJob)), things(mention_of(phrase, DraftWave))
        if named or waves:
            return named or [job for wave in waves for job in wave.jobs]
        like = mention_of(phrase, DraftWave, like=Likeness(by_all_words, self._draft.waves))
        if like:
            wave = only(like)
            return wave.jobs if wave is not None else []
        return things(mention_of(phrase, DraftJob, like=Likeness(by_all_words, self._draft.jobs)))


def _name(job: DraftJob) -> str:
    return repr(job.title or job.key)
