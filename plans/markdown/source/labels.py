"""Labels: `Wave 1: Foundation (3 agents in parallel)`, `Task 4.2-4.5: ...`, `W1: ...`, `#61: ...`, `T030A [P] ...`."""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from plans.markdown.source.amounts import find_durations
from plans.markdown.source.text import plain
from plans.markdown.source.words import KEY_NAMES, KINDS, NUMBERS, REMARKS, Kind


class Label(NamedTuple):
    """What a line says that it is."""

    kind: Kind
    word: str
    """The document's word, in the singular and lower case: `wave`, `epic`, `agent` ...; "" where a bare code stands."""
    key: str
    """The label itself, as written: `1`, `A`, `4.2-4.5`, `#61`, `T030A`."""
    title: str
    notes: tuple[str, ...] = ()
    """Remarks in brackets, at the start or the end."""
    topic: str = ""
    """What stands where a title would, without a mark between: `Phase 1 Success` speaks *about* the phase."""
    unsure: bool = False
    """Only the form of the words says that it is a name: it is one where work stands below."""


_DIGITS = r"\d{1,6}(?:\.\d{1,4}){0,4}[A-Za-z]?"
_CODE = r"(?:[A-Z]{1,6}-?\d{1,5}(?:\.\d{1,3})*[A-Z]?)"
_ONE_KEY = rf"#?{_DIGITS}|{_CODE}|[A-Z](?![a-zA-Z])|[IVX]{{1,5}}(?![a-zA-Z])|#\d+"
_KEY = rf"(?:(?:{_ONE_KEY})(?:\s?[-–—]\s?(?:{_ONE_KEY})(?![\w]))?)"
_MARK = r"\s*(?:[:：.)]|\s[-–—|]|[–—])(?=\s|$|[^\w\d])\s*|\s*[:：]\s*"
_NOTE = r"\((?:[^()]|\([^()]*\))*\)|\[[^\[\]]*\]"
_BARE = re.compile(
    rf"(?P<key>#\d{{1,6}}|{_CODE}|\d{{1,4}}(?:\.\d{{1,4}}){{1,4}}[A-Za-z]?(?:\s?[-–]\s?\d[\d.]*)?)(?P<rest>.*)",
    re.DOTALL,
)
_BRACKETED = re.compile(
    r"\[(?P<key>[A-Z][A-Z0-9]{0,11}(?:[-_.][A-Z0-9]{1,8}){1,3}|[A-Z]{1,4}\d{1,4})\][\s:–—-]*(?P<title>\S.*)", re.DOTALL
)
"""`[AUTH-1] Add sessions`."""
_IS_REMARK = re.compile(
    r"can run in parallel\b.*|(?:ready|waiting)(?: to \w+| for \w+)?|pending|in progress|not started|"
    r"blocked|blocking\b[,.;].*|(?:depends on|waits? for|blocked by)\s.*",
    re.IGNORECASE,
)
"""What stands in a title's place and is none: `T4 - ready to start`."""
_STATE = re.compile(
    r"(?:is\s+)?(?:complete|completed|done|finished|merged|shipped|closed)\s*(?:[:：(–—-]|$)", re.IGNORECASE
)
"""`S1 complete: ...` reports on S1."""
_NUMBER_HEAD = re.compile(r"^\d{1,3}[.)]\s+(?=\S)")
_END_NOTE = re.compile(rf"\s*(?P<note>{_NOTE})\s*$")
_START_NOTE = re.compile(rf"^(?P<note>{_NOTE})\s*")


@cache
def _labelled() -> re.Pattern[str]:
    every = sorted((word for words in KINDS.values() for word in words), key=len, reverse=True)
    named = "|".join(re.escape(word).replace(r"\ ", r"[\s-]") for word in every)
    numbers = "|".join((*NUMBERS, *KEY_NAMES))
    return re.compile(
        rf"(?:(?P<word>{named})(?:s|es)?|第)[\s_-]*(?:no\.?\s*|nr\.?\s*|number\s*|n°\s*)?(?P<key>{_KEY}|(?:{numbers})(?!\w))(?:\s*(?P<suffix>阶段|波次|批次|批|轮|波|天|组|フェーズ|단계|웨이브))?(?P<rest>.*)",
        re.IGNORECASE | re.DOTALL,
    )


@cache
def _kind_of() -> dict[str, Kind]:
    return {word: kind for kind, words in KINDS.items() for word in words}


def kind_of(word: str) -> Kind | None:
    """Return what a word stands for, also in the plural and with capitals."""
    known = _kind_of()
    folded = re.sub(r"[\s-]+", " ", word.strip().lower())
    forms = (
        folded,
        folded.replace(" ", "-"),
        folded.removesuffix("s"),
        re.sub("ies$", "y", folded),
        folded.removesuffix("es"),
    )
    return next((known[form] for form in forms if form in known), None)


@lru_cache(maxsize=2**14)
def read_label(text: str) -> Label | None:
    """Read the label that a line begins with.

    Args:
        text: inline Markdown.
    """
    words = plain(text).replace("（", " (").replace("）", ")")
    words = words if words.startswith("#") else words.lstrip("•·-–—*>#:| ")
    words = _NUMBER_HEAD.sub("", words) if _labelled().match(_NUMBER_HEAD.sub("", words)) else words
    found = _labelled().match(words)
    if found is not None and _is_key(found["key"], words):
        word = (found["word"] or found["suffix"] or "").lower().replace("-", " ")
        kind = kind_of(word)
        if kind is not None:
            return _label(kind, word, found["key"], found["rest"])
    bracketed = _BRACKETED.match(words)
    if bracketed is not None:
        title, notes = end_notes(bracketed["title"])
        return Label("job", "", bracketed["key"], title, tuple(notes))
    bare = _BARE.match(words)
    if bare is not None and (bare["rest"] == "" or re.match(rf"{_MARK}|\s+\[|\s*\(|\s+", bare["rest"])):
        label = _label("job", "", bare["key"], bare["rest"])
        if label.title and _STATE.match(label.title) is not None and label.notes:
            return label._replace(title="", notes=(*label.notes, label.title))
        if _STATE.match(label.title or label.topic) is not None:
            return None
        return label._replace(title=label.title or label.topic, topic="")
    return None


def _is_key(key: str, words: str) -> bool:
    """Tell a label from a word: `agent a` in a sentence is none, `Agent A` is."""
    return not (len(key) == 1 and key.isalpha() and (key.islower() or words.islower()))


def _label(kind: Kind, word: str, key: str, rest: str) -> Label:
    notes, rest = _start_notes(rest)
    mark = re.match(_MARK, f" {rest}" if notes else rest)
    rest = f" {rest}" if notes and mark is not None else rest
    said = rest[mark.end() :] if mark is not None else rest
    more, said = _start_notes(said) if mark is not None else ([], said)
    title, ends = end_notes(said.strip())
    key = str(NUMBERS.get(key.lower(), key)).replace("–", "-").replace("—", "-").replace(" ", "")
    about = mark is None and title != "" and not rest.startswith(("(", "["))
    every = (*notes, *more, *ends)
    title = title.strip(" :：-–—|*·")
    if not about and _IS_REMARK.fullmatch(title) is not None:
        title, every = "", (*every, title)
    return Label(kind, word, key, "" if about else title, every, title if about else "")


def _start_notes(text: str) -> tuple[list[str], str]:
    notes, text = list[str](), text.lstrip() if text.lstrip().startswith(("(", "[")) else text
    while (found := _START_NOTE.match(text)) is not None:
        notes.append(found["note"][1:-1].strip())
        text = text[found.end() :]
    return notes, text


def end_notes(text: str) -> tuple[str, list[str]]:
    """Part a title from the remarks in brackets at its end: those that say something of the plan, not of the work."""
    notes = list[str]()
    text = text.rstrip(" :：")
    if (within := _WAITING_NOTE.search(text)) is not None and within.end() < len(text):
        notes.append(within["note"][1:-1].strip())
        text = f"{text[: within.start()]}{text[within.end() :]}".strip(" .")
    while (found := _END_NOTE.search(text)) is not None and found.start() > 0 and is_remark(found["note"]):
        notes.insert(0, found["note"][1:-1].strip())
        text = text[: found.start()].rstrip(" :：")
    return text, notes


_WAITING_NOTE = re.compile(
    r"\s*(?P<note>\((?:needs|requires|depends? on|after|blocked (?:by|on)|waits? (?:for|on))\s[^()]{1,200}\))",
    re.IGNORECASE,
)
"""A remark on order amid a line: `Bill by mail (needs A3). Large`."""
_REMARK = re.compile(REMARKS, re.IGNORECASE)


def is_remark(note: str) -> bool:
    """Return whether a note in brackets speaks of the plan (its order, time, state), so is no part of a title."""
    return _REMARK.search(note) is not None or bool(find_durations(note))
