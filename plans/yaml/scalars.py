"""Texts as YAML scalars that every YAML reader takes for the same text."""

import json
import re

_PLAIN = re.compile(r"[A-Za-z0-9_./$(+\u00c0-\u2027][^\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]*")
_UNSAFE_PLAIN = re.compile(r":(\s|$)|\s#|\s$|[][{},?]|^\.\.\.")
_OTHER_TYPES = re.compile(
    r"(null|true|false|yes|no|on|off|y|n)"
    r"|[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+)"
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)(e[-+]?[0-9]+)?"
    r"|[-+]?\.(inf|nan)"
    r"|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?([t \t].*)?",
    re.IGNORECASE,
)
"""What some YAML reader (of 1.1 or 1.2) takes for nothing, a truth value, a number, a time or a date."""
_TO_ESCAPE = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_NOT_IN_BLOCKS = re.compile("[^\n\x20-\x7e\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def inline(text: str) -> str:
    """Return a text as one line: plain where that is safe, else in double quotes."""
    plain = _PLAIN.fullmatch(text) and not _UNSAFE_PLAIN.search(text) and not _OTHER_TYPES.fullmatch(text)
    return text if plain else _quoted(text)


def block(text: str) -> tuple[str, list[str]] | None:
    """Return a text of several lines as a literal block: its header and its lines, to be indented.

    None where a block cannot hold it unchanged: tabs, carriage returns, a space or an empty line at its start.
    """
    if "\n" not in text or text[0] in " \n" or _NOT_IN_BLOCKS.search(text):
        return None
    if not text.endswith("\n"):
        return "|-", text.split("\n")
    return "|+" if text.endswith("\n\n") else "|", text[:-1].split("\n")


def _quoted(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
