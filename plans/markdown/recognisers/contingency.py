"""What to do when things go otherwise: `If ahead of schedule: ...`."""

import re

from plans.markdown.draft import Draft, DraftJob, Said
from plans.markdown.recognisers.passages import Owners, passages
from plans.markdown.recognisers.topics import CONTINGENCY
from plans.markdown.resolve.mention import things
from plans.markdown.resolve.references import References
from plans.markdown.source.outline import Node

_IF = re.compile(
    r"(?:if|when|in case(?: of)?|should|falls|wenn|si|se|如果)\s+"
    r"(?P<case>[^:：→]{3,80}?)\s*(?:[:：]|→|->|\s[-–—]\s|,\s*(?:then\s+)?)\s*(?P<then>.+)",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"\bahead\b|\btime (?:is left|permits|allows|remains|left)\b|\b(?:finish|done|complete)\w*\s+early\b|"
    r"\bextra time\b|"
    r"\bfrüher fertig\b|\ben avance\b|\badelantad\w+\b|提前",
    re.IGNORECASE,
)


def recognise_contingency(outline: Node, draft: Draft) -> None:
    """Give the last job of each track, or the one that is named, what to do when time is left; the rest is context."""
    references, owners = References(draft), Owners(draft)
    for passage in passages(outline, about=CONTINGENCY):
        found = _IF.match(passage.bare)
        if found is None or owners.has(passage.spot):
            continue
        if _AHEAD.search(found["case"]) is None:
            draft.context.append(Said(passage.bare, passage.line))
            continue
        for job in things(references.mention_of(found["case"], DraftJob)) or _last_jobs(draft):
            job.contingency.append(Said(found["then"], passage.line))


def _last_jobs(draft: Draft) -> list[DraftJob]:
    """Return the last job of each track, or of the plan where jobs have no tracks in common."""
    last = {job.track: job for job in draft.jobs if job.track}
    return list(last.values()) or list(draft.jobs)[-1:]
