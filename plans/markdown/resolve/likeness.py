"""Whether two phrases speak of the same: `Anomaly detection` and `Develop anomaly detector`."""

import re
from collections.abc import Collection, Iterable

from plans.markdown.source.text import plain, words

_FILLING = frozenset(
    {
        "a",
        "an",
        "the",
        "of",
        "for",
        "to",
        "in",
        "on",
        "by",
        "and",
        "or",
        "with",
        "be",
        "is",
        "are",
        "all",
        "any",
        "both",
        "them",
        "they",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "their",
        "our",
        "more",
        "new",
        "der",
        "die",
        "das",
        "und",
        "von",
        "für",
        "le",
        "la",
        "les",
        "et",
        "de",
        "des",
        "du",
        "el",
        "los",
        "las",
        "y",
        "e",
        "o",
        "os",
        "as",
        "da",
        "do",
        "dos",
    }
)
_SHORTEST_STEM = 3
_ENDING = re.compile(
    r"(?:e|es|ed|d|s|ing|ings|ng|er|ers|or|ors|al|on|ons|ion|ions|tion|tions|ation|ations|ment|ments|ive|ly|y|ies|ic|ics)?"
)


def content_words(text: str) -> tuple[str, ...]:
    """Return the words that carry a phrase's meaning."""
    return tuple(word for word in words(plain(text).replace("_", " ")) if word not in _FILLING and len(word) > 1)


def are_alike(one: str, other: str) -> bool:
    """Return whether two words in lower case are forms of one: they begin alike and differ in an ending only."""
    if one == other:
        return True
    same = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        same += 1
    return same >= _SHORTEST_STEM and _is_ending(one[same:], same) and _is_ending(other[same:], same)


def _is_ending(rest: str, same: int) -> bool:
    return _ENDING.fullmatch(rest) is not None and len(rest) <= 2 * same


def speaks_of(phrase: Iterable[str], subject: Collection[str]) -> bool:
    """Return whether every word of a phrase is, in some form, among the words of a subject."""
    said = list(phrase)
    return bool(said) and all(any(are_alike(word, other) for other in subject) for word in said)
