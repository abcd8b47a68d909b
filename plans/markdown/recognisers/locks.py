"""What is locked while somebody works on it: `Lock shared/types/*.ts immediately`."""

import re

from plans.markdown.draft import Draft, Said
from plans.markdown.recognisers.holdings import meets
from plans.markdown.recognisers.passages import passages
from plans.markdown.recognisers.topics import LOCKING
from plans.markdown.source.outline import Node
from plans.markdown.source.paths import paths_in

_LOCK = re.compile(
    r"(?:acquire|take|hold|place|request)?\s*(?:an?\s+|the\s+)?(?:exclusive\s+|file\s+|write\s+)?(?:lock|mutex)(?:s|ed)?(?:\s+(?:on|for))?\s+(?P<what>.+)|"
    r"(?P<path>\S+)\s*[:：–—-]\s*(?:exclusive|locked|one at a time|lock required|requires? (?:a\s+)?lock)\b.*",
    re.IGNORECASE,
)
_NO = re.compile(r"\b(?:no|not|without|may|might|release|unlock|keine?|aucun|sin|ningún)\b", re.IGNORECASE)


def recognise_locks(outline: Node, draft: Draft) -> None:
    """Give a lock to every job that writes what is to be locked."""
    for passage in passages(outline, about=LOCKING):
        if _LOCK.match(passage.bare) is None or _NO.search(passage.bare.split("(")[0]):
            continue
        for found in paths_in(passage.text, passage.line, listed=True):
            name = Said(lock_name(found.path), found.line)
            for job in draft.jobs:
                owned = [*job.owns.paths()]
                if any(meets(found.path, path) for path in owned) and all(name.text != one.text for one in job.locks):
                    job.locks.append(name)


def lock_name(path: str) -> str:
    """Name the lock of a path: its folders and its name, without patterns and ends."""
    stem = re.sub(r"\.[A-Za-z0-9]+$", "", path)
    return "-".join(re.findall(r"[A-Za-z0-9]+", stem)).lower() or "files"
