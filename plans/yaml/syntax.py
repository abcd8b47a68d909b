"""What is wrong with a text as YAML, in words that help more than the parser's."""

import re
from collections.abc import Iterator

import yaml

from plans.errors import Problem

_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAB_INDENT = re.compile(r"[ ]*\t")
_HINTS = (
    ("mapping values are not allowed", 'quote text that has ": " in it, and check the indentation'),
    ("could not find expected ':'", "check the indentation, and that every field has its ':'"),
    ("did not find expected key", "check the indentation, and quote text that begins or ends in quotes"),
    ("did not find expected '-' indicator", "check the indentation of this line and of the list above it"),
    ("did not find expected ',' or", "close the bracket, or quote text that has brackets or commas in it"),
    ("while scanning a quoted scalar", "close the quotes"),
    ("unexpected end of stream", "close the quotes"),
    ("while scanning an alias", 'quote text that begins with "*"'),
    ("while scanning an anchor", 'quote text that begins with "&"'),
    ("block sequence entries are not allowed", "begin the list on a line of its own"),
    ("unknown escape", "write a backslash in double quotes as \\\\, or use single quotes"),
)


def unreadable_characters(text: str) -> Iterator[Problem]:
    """Yield a problem for the first character that YAML forbids."""
    found = _UNREADABLE.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        message = f"the character U+{ord(found[0]):04X} cannot stand in YAML"
        yield Problem(message, line=line, hint="is it a text file?", code="syntax")


def syntax_problem(error: yaml.MarkedYAMLError, text: str) -> Problem:
    """Describe a syntax error that the YAML parser found."""
    mark = error.problem_mark or error.context_mark
    line = None if mark is None else mark.line + 1
    if line is not None and mark is not None:
        lines = text.split("\n", line)
        source = lines[line - 1] if line <= len(lines) else ""
        if _TAB_INDENT.match(source) or source[mark.column : mark.column + 1] == "\t":
            return Problem("a tab stands where YAML wants spaces", line=line, hint="indent with spaces", code="syntax")
        if "cannot start any token" in (error.problem or ""):
            character = source[mark.column : mark.column + 1]
            message = f"a value cannot begin with {character!r} unless it is quoted"
            return Problem(message, line=line, hint="put the text in quotes", code="syntax")
    return Problem(f"not valid YAML: {_words(error)}", line=line, hint=_hint(error), code="syntax")


def _words(error: yaml.MarkedYAMLError) -> str:
    context, problem = error.context or "", error.problem or "syntax error"
    begun = error.context_mark
    if not context:
        return problem
    where = "" if begun is None or begun == error.problem_mark else f" begun in line {begun.line + 1}"
    return f"{problem} {context}{where}"


def _hint(error: yaml.MarkedYAMLError) -> str | None:
    said = f"{error.problem} {error.context}"
    return next((hint for words, hint in _HINTS if words in said), None)
