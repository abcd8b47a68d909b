"""Reading a plan, whatever it is written in: the content tells, not the file's name."""

from collections.abc import Callable
from typing import NamedTuple

from plans.document import Document
from plans.errors import PlanError, Problem
from plans.yaml_reader import is_yaml, read_yaml

_UTF32_LE, _UTF16_BOMS, _UTF8_BOM = b"\xff\xfe\x00\x00", (b"\xff\xfe", b"\xfe\xff"), b"\xef\xbb\xbf"
_HINT = "a plan in YAML begins with `version: 1`, `name: ...` and lists its `waves:`"


class Reader(NamedTuple):
    """A way of writing plans."""

    recognises: Callable[[str], bool]
    """Tells by the text alone; a text that is meant to be such a plan but has mistakes is recognised too."""
    read: Callable[[str, str], Document]
    """Reads a text under the document's name; raises PlanError with all that is wrong with it."""


READERS: tuple[Reader, ...] = (Reader(is_yaml, read_yaml),)
"""Asked in this order; the first that recognises a text reads it."""


def read_plan(data: bytes | str, name: str) -> Document:
    """Read a plan from text, or from bytes in UTF-8 or (with a byte order mark) UTF-16.

    What ties its parts together is not checked here but by `plans.lint`.

    Raises:
        PlanError: with everything that is wrong with its encoding, syntax and shape.
    """
    text = data.removeprefix("\ufeff") if isinstance(data, str) else _decode(data, name)
    if not text.strip():
        raise PlanError(name, [Problem("the plan is empty", hint=_HINT, code="empty")])
    for reader in READERS:
        if reader.recognises(text):
            return reader.read(text, name)
    raise PlanError(name, [Problem("no plan found in this text: no `waves:` of jobs", hint=_HINT, code="no-plan")])


def _decode(data: bytes, name: str) -> str:
    is_utf16 = data.startswith(_UTF16_BOMS) and not data.startswith(_UTF32_LE)
    encoding = "utf-16" if is_utf16 else "utf-8"
    try:
        return data.removeprefix(_UTF8_BOM).decode(encoding)
    except UnicodeDecodeError as error:
        line = None if is_utf16 else data.count(b"\n", 0, error.start) + 1
        message = f"not text in {encoding.upper()}: {error.reason}"
        raise PlanError(name, [Problem(message, line=line, hint="save it as UTF-8", code="encoding")]) from None
