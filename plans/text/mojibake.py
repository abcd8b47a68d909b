"""Damaged text: UTF-8 that was read as an old code page, such as `Ã©` for an accented `e`, is made what it was.

Only what is hardly ever meant is touched: runs of characters that are well-formed UTF-8 in a code page and look wrong
as they stand, as `ftfy` judges it. Where a text has such runs, characters that lost a byte on the way (code pages have
bytes that mean nothing, which some programs drop) are completed too, by what people use.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

CODE_PAGES = {"cp1252": "Windows-1252", "cp1254": "Windows-1254", "mac_roman": "Mac Roman"}
"""What UTF-8 is often taken for, with the names that people know."""

_MOST_TIMES = 3
"""So often a text may have been damaged in the same way, one upon the other."""
_NO_BYTE = 0x100
_SEQUENCE = r"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
# Only what plans are full of is completed: punctuation, arrows, lines and marks (E2), emoji (F0 9F) and their selector.
_CUT = r"\xe2[\x80-\xbf]|\xef\xb8|\xf0\x9f[\x80-\xbf]?"
_WHOLE, _ANY = re.compile(f"(?:{_SEQUENCE})+"), re.compile(f"(?:{_SEQUENCE}|{_CUT})+")
_EACH = re.compile(f"{_SEQUENCE}|{_CUT}")
_LIKELY = "”←═●┐⏳⏸⏱⏰⭐⏹⏺⏭⏩⏪❌❗❓❤❎➝✏⇐\ufe0f📝🔍🎯🎉🏗🏃🏆🏁🎨🎭🎬🎓🐛🐍🐳🏷🍎📁📍💎🚀"
"""What a character that lost a byte most likely was, the likeliest first."""
_BYTES_BY_LIKELIHOOD = b"\x8e\x8f\x8d\x90\x9d\x9e\x81"
_CLOSING = frozenset("»”’…›")  # noqa: RUF001 - these are meant
_FIRST_OF_MAC, _LAST_OF_MAC = "\xc2\xa0", "\xc6"
"""Of two bytes in Mac Roman, those with signs in front; the others have quotes and dashes, which precede letters."""
_LEADS_TO_RIGHT = frozenset("\xd6\xd7\xd8\xd9\xda\xdb")
"""Of letters that are written from right to left; alone they are signs, as in `Ø±0.5`."""
_NEVER_MEANT = re.compile("â[€‚ƒ„†‡ˆ‰Š‹Œ•˜™š›œžŸ]")  # noqa: RUF001 - these are meant
_NOT_RARE = frozenset("ƠơƯưȘșȚțˆ˜")  # noqa: RUF001 - these are meant
"""Of letters and marks that hardly anybody writes, those of Vietnamese and Romanian, and those of a code page."""
_LONGEST_RUN = 20_000
"""Characters beyond ASCII side by side, without a line's end or a space, that a person writes: longer ones are left."""
_MANY = 3
"""So many such characters side by side are no accident."""


@dataclass(frozen=True)
class Mended:
    """A text without its damage."""

    text: str
    code_pages: tuple[str, ...]
    """What it had been taken for."""
    count: int
    """The runs that were mended."""
    start: int
    """Where the first of them stood in the damaged text."""
    before: str
    after: str
    """The first of them, as it was and as it is."""


def mend(text: str) -> Mended | None:
    """Mend a text; None where nothing is damaged. Line breaks stay where they are."""
    mended: Mended | None = None
    for _ in range(_MOST_TIMES):
        now = None if text.isascii() else _mend_once(text)
        if now is None:
            break
        text = now.text
        mended = now if mended is None else _joined(mended, now)
    return mended


def _joined(first: Mended, then: Mended) -> Mended:
    pages = tuple(dict.fromkeys((*first.code_pages, *then.code_pages)))
    return Mended(then.text, pages, max(first.count, then.count), first.start, first.before, first.after)


@dataclass(frozen=True)
class _Run:
    """Characters beyond ASCII, side by side, and their neighbours, which tell how they are meant."""

    before: str
    text: str
    after: str


def _mend_once(text: str) -> Mended | None:
    runs = tuple(dict.fromkeys(_run(text, found) for found in _runs().finditer(text)))
    pages = _pages(runs)
    if not pages:
        return None
    fixed = {run: _mended_by(run, pages) for run in runs}
    changed = [found for found in _runs().finditer(text) if fixed[_run(text, found)] != found[0]]
    first = changed[0]
    return Mended(
        text=_runs().sub(lambda found: fixed[_run(text, found)], text),
        code_pages=tuple(CODE_PAGES[page] for page in pages),
        count=len(changed),
        start=first.start(),
        before=first[0],
        after=fixed[_run(text, first)],
    )


def _run(text: str, found: re.Match[str]) -> _Run:
    start, end = found.span()
    return _Run(text[max(0, start - 1) : start], found[0], text[end : end + 1])


def _pages(runs: Iterable[_Run]) -> list[str]:
    """Return the code pages by which something is mended: first the one that explains the most."""
    mended: dict[str, Mapping[_Run, str]]
    mended = {page: {run: _mended_run(run, page, sure=False) for run in runs} for page in CODE_PAGES}
    pages = list[str]()
    while True:
        saved = {page: sum(len(run.text) - len(text) for run, text in found.items()) for page, found in mended.items()}
        best = max(saved, key=lambda page: saved[page])
        if not saved[best]:
            return _with_sisters(pages, runs)
        pages.append(best)
        # What the best explains is explained: the Windows pages differ in six letters only.
        known = {run for run, text in mended[best].items() if text != run.text}
        mended = {
            page: {run: text for run, text in found.items() if run not in known} for page, found in mended.items()
        }


def _with_sisters(pages: list[str], runs: Iterable[_Run]) -> list[str]:
    """Take the other Windows page too, or instead, where it explains what is cut."""
    other = {"cp1252": "cp1254", "cp1254": "cp1252"}.get(pages[0]) if pages else None
    if other is None or other in pages:
        return pages
    lengths = [(len(_mended_by(run, pages)), len(_mended_run(run, other, sure=True))) for run in runs]
    if all(ours <= theirs for ours, theirs in lengths):
        return pages
    return [other, *pages[1:]] if all(theirs <= ours for ours, theirs in lengths) else [other, *pages]


def _mended_by(run: _Run, pages: Iterable[str]) -> str:
    """Return a run as it was meant by the page that explains the most of it."""
    # What is surely damaged may stand beside what cannot be completed.
    return min((_mended_run(run, page, sure=sure) for page in pages for sure in (True, False)), key=len)


def _mended_run(run: _Run, page: str, *, sure: bool) -> str:
    """Return a run as it was meant.

    Args:
        run: the run.
        page: the code page that it may have been taken for.
        sure: the text is known to be damaged so: what is doubtful is mended too, and what is cut is completed.
    """
    if len(run.text) > _LONGEST_RUN:
        return run.text
    raw, kept, at = run.text.translate(_table(page)), list[str](), 0
    for found in (_ANY if sure else _WHOLE).finditer(raw):
        start, end = found.span()
        part = _Run((run.before + run.text[:start])[-1:], run.text[start:end], (run.text[end:] + run.after)[:1])
        meant = "".join(_character(one[0], page) for one in _EACH.finditer(found[0]))
        is_damage = "\0" not in meant and _is_wrong(part, found[0], page, sure=sure)
        kept += (run.text[at:start], meant if is_damage else part.text)
        at = end
    return "".join((*kept, run.text[at:]))


def _is_wrong(run: _Run, raw: str, page: str, *, sure: bool) -> bool:
    """Return whether characters that could be damaged UTF-8 are just that."""
    lengths = [len(one[0]) for one in _EACH.finditer(raw)]
    if len(lengths) >= _MANY:
        return True
    if lengths == [2] and (raw[0] in _LEADS_TO_RIGHT or (run.before.isupper() and run.text[-1] in _CLOSING)):
        return False  # one letter of Hebrew or Arabic; or the end of a word in capitals, and that of a quote
    if page == "mac_roman":
        return all(len(one[0]) > 2 or _FIRST_OF_MAC <= one[0] < _LAST_OF_MAC for one in _EACH.finditer(raw))
    return sure or _looks_wrong(run.text + run.after)


def _looks_wrong(text: str) -> bool:
    from ftfy.badness import is_bad  # noqa: PLC0415 - hardly any plan needs it, and it takes a while to import

    return _NEVER_MEANT.search(text) is not None or is_bad(text)


def _character(raw: str, page: str) -> str:
    """Return the character that bytes (as characters) encode; a null where there is none that people write."""
    try:
        return _checked(raw.encode("latin-1").decode())
    except UnicodeDecodeError:
        return max(_completions(raw, page), key=_likelihood, default="\0")


def _completions(raw: str, page: str) -> Iterator[str]:
    """Yield the characters of which a byte is left out that the code page has no character for."""
    for byte in _BYTES_BY_LIKELIHOOD:
        if byte in _nameless(page):
            for at in range(len(raw), 0, -1):
                try:
                    character = (raw[:at] + chr(byte) + raw[at:]).encode("latin-1").decode()
                except UnicodeDecodeError:
                    continue
                if _checked(character) != "\0":
                    yield character


def _likelihood(character: str) -> int:
    return -_LIKELY.find(character) if character in _LIKELY else -len(_LIKELY)


def _checked(character: str) -> str:
    """Return a character that people write, or that is damaged in turn; else a null."""
    if "\x80" <= character < "\xa0" and character != "\x85":
        return character
    rare = ("\u0180" <= character < "\u0370" and character not in _NOT_RARE) or "\u0460" <= character < "\u05d0"
    return "\0" if rare or unicodedata.category(character) in {"Cc", "Cn", "Co", "Cs", "Zl", "Zp"} else character


@cache
def _runs() -> re.Pattern[str]:
    """Return the pattern of what may be damage: characters of the code pages, side by side."""
    characters = {chr(code) for page in CODE_PAGES for code in _table(page)} - {"\ufffd"}
    return re.compile(f"[{re.escape(''.join(sorted(characters)))}]{{2,}}")


class _Table(dict[int, int]):
    def __missing__(self, key: int) -> int:
        return _NO_BYTE


@cache
def _table(page: str) -> Mapping[int, int]:
    """Return the bytes of a code page by their characters; control characters are those it has no character for."""
    named = {ord(bytes([byte]).decode(page, "replace")): byte for byte in range(0x80, 0x100)}
    return _Table({byte: byte for byte in range(0x80, 0xA0)} | named)


@cache
def _nameless(page: str) -> frozenset[int]:
    return frozenset(byte for byte in range(0x80, 0xC0) if bytes([byte]).decode(page, "replace") == "\ufffd")
