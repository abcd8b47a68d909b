"""Headings under which a document speaks of its jobs again, or of something else."""

import re
from functools import cache

from plans.markdown.outline import Node
from plans.markdown.text import plain
from plans.markdown.words import QUIET_TOPICS


def is_quiet(node: Node) -> bool:
    """Tell whether a heading is one under which things are only spoken of again."""
    return node.depth > 1 and _quiet_words().search(plain(node.text)) is not None


@cache
def _quiet_words() -> re.Pattern[str]:
    named = "|".join(re.escape(topic) for topic in sorted(QUIET_TOPICS, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{named})(?![^\W_])", re.IGNORECASE)
