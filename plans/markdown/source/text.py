"""Inline Markdown as plain words: what a line says without its marks."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

# What may stand between marks is bounded: else a long line of opening marks takes time by the square of its length.
_CODE = re.compile(r"(?<!`)(?P<ticks>`{1,9})(?!`)(?P<code>.{1,600}?)(?<!`)(?P=ticks)(?!`)")
_LINK = re.compile(r"!?\[(?P<text>[^\]\[]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.{1,600}?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_\n]{1,600}?)(?<=[^\s*_])\1(?![\w*])")
_STRUCK = re.compile(r"~~(.{1,600}?)~~")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,600}>|<!--.{0,600}?-->", re.DOTALL)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_BOLD_LEAD = re.compile(r"\s*(\*\*|__)(?=\S)(?P<lead>.+?)(?<=\S)\1(?P<rest>.*)", re.DOTALL)
_SPACES = re.compile(r"\s+")
_MARKED = re.compile(r"[`*_~<\[\\\x00]|[^\x00-\x7f]")
_LONGEST_KEPT = 500
"""Characters of a text whose words are kept: every recogniser asks for those of the same lines."""
_KEPT_SYMBOLS = frozenset("+<>=|~^$→←↔⇒⟶➜➔`´¬±×÷°©®™")


class Lead(NamedTuple):
    """A line in bold at its start, and what follows."""

    lead: str
    rest: str


def plain(text: str) -> str:
    """Return the words of an inline text: no marks, links, tags or pictures, single spaces."""
    if _MARKED.search(text) is None:
        return " ".join(text.split())
    return _unmarked(text) if len(text) <= _LONGEST_KEPT else _unmarked.__wrapped__(text)


@lru_cache(maxsize=2**15)
def _unmarked(text: str) -> str:
    kept = list[str]()

    def keep(code: re.Match[str]) -> str:
        kept.append(code["code"].strip())
        return f"\x00{len(kept) - 1}\x00"

    text = _CODE.sub(keep, text.replace("\x00", ""))
    text = _TAG.sub(" ", _LINK.sub(r"\g<text>", text))
    for marks in (_BOLD, _STRUCK, _EMPHASIS):
        text = marks.sub(lambda found: found[found.re.groups], text)
    text = _ESCAPE.sub(r"\1", text)
    text = re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], text)
    return _SPACES.sub(" ", without_pictures(text)).strip()


def without_pictures(text: str) -> str:
    """Take out emoji and other pictures; arrows and signs of arithmetic stay."""
    if text.isascii():
        return text
    return "".join(
        " " if unicodedata.category(c) in {"So", "Sk", "Cs"} and c not in _KEPT_SYMBOLS else c
        for c in text
        if c not in "\ufe0f\ufe0e\u200d\u200b\u20e3"
    )


def codes(text: str) -> tuple[str, ...]:
    """Return what stands in code spans."""
    return tuple(found["code"].strip() for found in _CODE.finditer(text))


def bold_lead(text: str) -> Lead | None:
    """Part a text that begins in bold."""
    found = _BOLD_LEAD.match(without_pictures(text).lstrip())
    return Lead(plain(found["lead"]), found["rest"]) if found is not None else None


def words(text: str) -> tuple[str, ...]:
    """Return the words in lower case."""
    return tuple(re.findall(r"[^\W_]+(?:['.][^\W_]+)*", text.lower()))
