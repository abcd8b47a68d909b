"""Reading a plan, whatever it is written in: the content tells, not the file's name."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from plans.document import Document, LineMap
from plans.errors import PlanError, Problem
from plans.impl_yaml import is_impl_yaml, read_impl_yaml
from plans.text.encoding import decode_text, mend_text, with_line_feeds
from plans.yaml.reader import is_yaml, read_yaml

_HINT = "a plan in YAML begins with `version: 1`, `name: ...` and lists its `waves:`"


class Reader(NamedTuple):
    """A way of writing plans."""

    recognises: Callable[[str], bool]
    """Tells by the text alone; a text that is meant to be such a plan but has mistakes is recognised too."""
    read: Callable[[str, str], Document]
    """Reads a text under the document's name; raises PlanError with all that is wrong with it."""


def _is_prose(_text: str) -> bool:
    return True


def _read_markdown(text: str, name: str) -> Document:
    from plans.markdown.reader import read_markdown  # noqa: PLC0415  # a parser that plans in YAML do without

    # What people copied from somewhere may be damaged; what a program wrote as YAML stays what it is.
    text, doubts = mend_text(text)
    try:
        document = read_markdown(text, name)
    except PlanError as error:
        raise PlanError(name, (*doubts, *error.problems)) from None
    return replace(document, warnings=(*doubts, *document.warnings), form="markdown")


def _read_yaml(text: str, name: str) -> Document:
    return read_yaml(text, name, _rest_rules)


def _rest_rules(value: object, lines: LineMap, name: str, *, is_whole: bool) -> Sequence[Problem]:
    from plans.lint.partial import problems_of_the_rest  # noqa: PLC0415  # the rules, which sound plans meet later

    return problems_of_the_rest(value, lines, name, is_whole=is_whole)


READERS: tuple[Reader, ...] = (
    Reader(is_impl_yaml, read_impl_yaml),
    Reader(is_yaml, _read_yaml),
    Reader(_is_prose, _read_markdown),
)
"""Asked in this order; the first that recognises a text reads it."""


def read_plan(data: bytes | str, name: str) -> Document:
    """Read a plan from text, or from bytes in UTF-8 or (with a byte order mark) UTF-16.

    What ties its parts together is not checked here but by `plans.lint`.

    Raises:
        PlanError: with everything that is wrong with its encoding, syntax and shape.
    """
    text = with_line_feeds(data.removeprefix("\ufeff")) if isinstance(data, str) else decode_text(data, name)
    if not text.strip():
        raise PlanError(name, [Problem("the plan is empty", hint=_HINT, code="empty")])
    return next(reader for reader in READERS if reader.recognises(text)).read(text, name)
