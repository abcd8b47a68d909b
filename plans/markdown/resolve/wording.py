"""How much a thing of a draft is like a phrase, where no label names it: measures of their words, 0 to 1."""

import re
from functools import lru_cache

from plans.markdown.draft import DraftJob
from plans.markdown.resolve.known import Thing
from plans.markdown.resolve.likeness import content_words, speaks_of
from plans.markdown.resolve.mention import Measure
from plans.markdown.source.text import words
from plans.markdown.source.words import SAID_OF_STATE

_SHORTEST_STEM = 4
_SHORTEST_PHRASE = 2
"""Words from which a phrase can tell a job or wave: one word alone fits too many."""
_HALF = 0.5
"""The share of a phrase's words that a job has to have to be meant by it."""
_MOST = 0.6
_BEGINNING = 5
"""Letters by which words of a drawing are compared with those of titles."""
_IN_BRACKETS = re.compile(r"\([^()]*\)?")
_OF_ANY_BRANCH = frozenset(
    {
        "feature",
        "feat",
        "fix",
        "chore",
        "docs",
        "branch",
        "agent",
        "agents",
        "track",
        "the",
        "and",
        "a",
        "of",
        "for",
        "test",
        "wave",
    }
)


@lru_cache(maxsize=2**14)
def stems(text: str) -> frozenset[str]:
    """Return the words of a phrase that name a thing, without their endings."""
    return frozenset(_stem(word) for word in words(text) if word not in SAID_OF_STATE and len(word) > 1)


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ors", "or", "ers", "er", "ions", "ion", "ies", "es", "ed", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def by_stems(phrase: str) -> Measure:
    """Find half of a phrase's words in a job's title (which counts most), outputs and paths: `Models created`."""
    wanted = stems(_IN_BRACKETS.sub(" ", phrase)) or stems(phrase)
    return lambda thing: _with_stems(wanted, thing)


def by_stems_of_path(phrase: str) -> Measure:
    """Find half of the words of a phrase, or of a path, in a job's title, outputs and paths."""
    wanted = stems(re.sub(r"[/._-]", " ", phrase))
    return lambda thing: _with_stems(wanted, thing)


def _with_stems(wanted: frozenset[str], thing: Thing) -> float:
    if not wanted or not isinstance(thing, DraftJob):
        return 0.0
    title = stems(thing.title) | stems(thing.key if len(thing.key) > _SHORTEST_STEM else "")
    said = {stem for one in thing.outputs for stem in stems(one.text)}
    paths = {
        _stem(word)
        for path in thing.owns.paths()
        for word in words(path.rstrip("/").rpartition("/")[2].replace("_", " "))
    }
    share = sum(1.0 if stem in title else 0.8 if stem in said else 0.7 if stem in paths else 0.0 for stem in wanted)
    return share / len(wanted) if share >= _HALF * len(wanted) else 0.0


def by_all_words(phrase: str) -> Measure:
    """Find every word of a phrase, in some form, in a title: `Anomaly detection`, `Develop anomaly detector`."""
    spoken = content_words(phrase)
    return lambda thing: float(len(spoken) >= _SHORTEST_PHRASE and speaks_of(spoken, content_words(thing.title)))


def by_title_or_outputs(phrase: str) -> Measure:
    """Find every word of a phrase, in some form, in a job's title or outputs."""
    spoken = content_words(phrase)

    def measure(thing: Thing) -> float:
        outputs = [one.text for one in thing.outputs] if isinstance(thing, DraftJob) else []
        return float(speaks_of(spoken, [word for text in (thing.title, *outputs) for word in content_words(text)]))

    return measure


def by_beginnings(phrase: str) -> Measure:
    """Find most of a phrase's words in a title, by their first letters."""
    spoken = _beginnings(phrase)

    def measure(thing: Thing) -> float:
        same = len(spoken & _beginnings(thing.title))
        return same / len(spoken) if spoken and same >= max(1, _MOST * len(spoken)) else 0.0

    return measure


def _beginnings(text: str) -> set[str]:
    return {word[:_BEGINNING] for word in re.findall(r"[^\W_]{3,}", text.lower())}


def by_branch(branch: str) -> Measure:
    """Find a word of a branch's name in a track's title or label."""
    name = branch.partition("/")[2] or branch
    spoken = set(words(re.sub(r"[/_-]", " ", name))) - _OF_ANY_BRANCH

    def measure(thing: Thing) -> float:
        own = {f"{thing.word}{thing.key}".lower(), f"{thing.word} {thing.key}".lower()}
        return float(bool(((set(words(thing.title)) | own) - _OF_ANY_BRANCH) & spoken))

    return measure
