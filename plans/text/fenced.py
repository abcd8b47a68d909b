"""Text of programs shown on pages: as it is, and unable to be taken for anything but text."""

import re

_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links
    r"|[\x1b\x9b][\[()#;?]*(?:[0-9;:?]*[ -/]*[@-~])?"  # colours, cursors
)
_CONTROLS = re.compile(r"[^\S\n\t ]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What draws nothing, or changes how what follows is drawn; every space that is none of the usual is made one."""
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What a terminal acts on, in place of drawing it."""
_TICKS = re.compile(r"`+")


def plain(text: str) -> str:
    """Return text without what steers a terminal or turns the direction of writing, with line ends of Unix.

    Of a line that was written over again and again (a bar of progress), the last state is given.
    """
    lines = _ESCAPES.sub("", text).replace("\r\n", "\n").split("\n")
    shown = (line.rstrip("\r").rpartition("\r")[2] for line in lines)
    return "\n".join(_CONTROLS.sub(_instead, line) for line in shown)


def harmless(text: str) -> str:
    """Return text that does nothing to a terminal but stand there; unlike `plain`, all that can be seen stays as it is.

    Nothing of a text that was harmless before is changed. A line written over another begins a line of its own.
    """
    if text.isascii() and text.isprintable():
        return text
    lines = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _STEERING.sub("", lines)


def fenced(text: str) -> str:
    """Return text as a block of code of Markdown that nothing in it can end."""
    clean = plain(text).strip("\n")
    longest = max((len(ticks) for ticks in _TICKS.findall(clean)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{clean}\n{fence}"


def _instead(found: re.Match[str]) -> str:
    return " " if found[0].isspace() else ""


def last_lines(text: str, most: int) -> str:
    """Return the end of a text, at most so many characters, from the beginning of a line or else of a word.

    Half a word could be half a secret, which nothing knows for one.
    """
    if len(text) <= most:
        return text
    end = text[-most:]
    return next((rest for mark in "\n " if (rest := end.partition(mark)[2])), "")
