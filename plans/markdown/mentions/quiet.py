"""Headings under which a document speaks of its jobs again, or of something else."""

import re
from functools import cache

from plans.markdown.source.outline import Node
from plans.markdown.source.text import plain
from plans.markdown.source.words import ASSIGNMENTS, QUIET_TOPICS


def is_quiet(node: Node) -> bool:
    """Tell whether a heading is one under which things are only spoken of again."""
    return node.depth > 1 and _quiet_words().search(plain(node.text)) is not None


def shares_out(node: Node) -> bool:
    """Tell whether a heading says that work is shared out below it, whatever the heading above is about."""
    return _ASSIGNMENTS.search(plain(node.text)) is not None


_ASSIGNMENTS = re.compile(ASSIGNMENTS, re.IGNORECASE)


@cache
def _quiet_words() -> re.Pattern[str]:
    spaced = "|".join(re.escape(topic) for topic in QUIET_TOPICS if not _UNSPACED.search(topic))
    unspaced = "|".join(re.escape(topic) for topic in QUIET_TOPICS if _UNSPACED.search(topic))
    return re.compile(rf"(?<![^\W_])(?:{spaced})(?![^\W_])|{unspaced}", re.IGNORECASE)


_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts whose words are not parted by blanks."""
