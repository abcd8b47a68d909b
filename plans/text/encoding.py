"""From bytes to text: encodings, line breaks, and damage done by programs that got an encoding wrong."""

import codecs

from plans.errors import PlanError, Problem
from plans.text.mojibake import mend

_UTF32_LE, _UTF16_BOMS, _UTF8_BOM = b"\xff\xfe\x00\x00", (b"\xff\xfe", b"\xfe\xff"), b"\xef\xbb\xbf"
_HEAD = 400
"""Bytes by which UTF-16 without its mark is known: half of them are null in most languages."""
_MOST_SHOWN = 20
"""Characters of damage that a warning shows."""
_HINT = "save it as UTF-8"


def decode_text(data: bytes, name: str) -> str:
    """Return the text of a document; every line ends in a line feed, whatever it ended in.

    Args:
        data: UTF-8, or UTF-16 with a byte order mark.
        name: the document's name, for the error.

    Raises:
        PlanError: it is in another encoding.
    """
    encoding = encoding_of(data)
    nulls = data.count(0, 0, _HEAD)
    if encoding != "utf-16" and nulls * 4 > min(len(data), _HEAD):
        message = "not text in UTF-8: looks like UTF-16 or UTF-32 without its byte order mark"
        raise PlanError(name, [Problem(message, hint=_HINT, code="encoding")])
    try:
        return with_line_feeds(data.decode(encoding))
    except UnicodeDecodeError as error:
        line = None if encoding == "utf-16" else data.count(b"\n", 0, error.start) + 1
        message = f"not text in {encoding.removesuffix('-sig').upper()}: {error.reason}"
        raise PlanError(name, [Problem(message, line=line, hint=_HINT, code="encoding")]) from None


def exact_encoding_of(data: bytes) -> str:
    """Name the encoding by which a document that was read is decoded and encoded to the same bytes, marks and all."""
    if encoding_of(data) != "utf-16":
        return "utf-8"
    return "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"


def encoding_of(data: bytes) -> str:
    """Name the encoding of a document, as Python calls it; UTF-8 where it has none of those that are read."""
    if data.startswith(_UTF16_BOMS) and not data.startswith(_UTF32_LE):
        return "utf-16"
    return "utf-8-sig" if data.startswith(_UTF8_BOM) else "utf-8"


def with_line_feeds(text: str) -> str:
    """Return a text with lines that end in a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def mend_text(text: str) -> tuple[str, tuple[Problem, ...]]:
    """Make damaged characters what they were, and say so; every line keeps its number."""
    mended = mend(text)
    if mended is None:
        return text, ()
    places = "1 place" if mended.count == 1 else f"{mended.count} places"
    taken = f"UTF-8 was taken for {' and '.join(mended.code_pages)} in {places}"
    problem = Problem(
        f"damaged characters: {taken}, here {_short(mended.before)}, which is read as {_short(mended.after)}",
        line=text.count("\n", 0, mended.start) + 1,
        hint="save it anew from where it was right; until then it is read as it was meant",
        severity="warning",
        code="encoding",
    )
    return mended.text, (problem,)


def _short(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")
