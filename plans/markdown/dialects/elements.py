"""Elements in angle brackets, as prompts have them: `<task type="auto">`, `<name>...</name>`, with any text inside."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_ATTRIBUTE = re.compile(r"(?P<name>[\w:-]+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')")


class Element(NamedTuple):
    """One element."""

    name: str
    attributes: Mapping[str, str]
    text: str
    """What stands in it, raw."""
    opened: int
    """The line of its mark."""

    @property
    def line(self) -> int:
        """The line of its first word."""
        space = self.text[: len(self.text) - len(self.text.lstrip())]
        return self.opened + space.count("\n")

    @property
    def lines(self) -> Iterator[tuple[str, int]]:
        """Yield its lines that say something, each with its place."""
        for at, text in enumerate(self.text.split("\n"), start=self.opened):
            if text.strip():
                yield text.strip(), at

    def child(self, name: str) -> "Element | None":
        """Return the first element of a name in it."""
        return next(self.children(name), None)

    def children(self, *names: str) -> Iterator["Element"]:
        """Yield the elements of some names in it, in order."""
        return elements(self.text, *names, line=self.opened)

    def said(self, name: str) -> str:
        """Return the text of the first element of a name in it; "" where there is none."""
        child = self.child(name)
        return child.text.strip() if child is not None else ""


def elements(text: str, *names: str, line: int = 1) -> Iterator[Element]:
    """Yield the elements of some names, in order; what stands inside of one is not looked into.

    An element begins a line and ends with the first mark of its end; one without an end is passed over. Inside may
    stand anything, also what looks like an element of another kind.

    Args:
        text: any text.
        names: of the elements wanted.
        line: the line that the text begins in.
    """
    opening = re.compile(
        rf"^[ \t]*<(?P<name>{'|'.join(map(re.escape, names))})(?P<attributes>\s[^<>]*)?>", re.MULTILINE
    )
    at, counted, unclosed = 0, 0, set[str]()
    while (found := opening.search(text, at)) is not None:
        name, at = found["name"], found.end()
        end = -1 if name in unclosed else text.find(f"</{name}>", found.end())
        if end < 0:
            unclosed.add(name)
            continue
        line += text.count("\n", counted, found.end())
        counted = found.end()
        given = _ATTRIBUTE.finditer(found["attributes"] or "")
        attributes = {one["name"]: one["double"] or one["single"] or "" for one in given}
        yield Element(name, attributes, text[found.end() : end], line)
        at = end + len(name) + 3
