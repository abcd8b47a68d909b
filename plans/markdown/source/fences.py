"""Fences that hold fences of the same marker, which CommonMark cannot know."""

import re

_FENCE = re.compile(r"^(?P<pad>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
_HOLDS_MARKDOWN = frozenset({"markdown", "md", "mdx"})


def part_nested_fences(text: str) -> str:
    """Lengthen the marks of a Markdown fence that holds fences, so that a parser sees its true end.

    Where a fence says that it holds Markdown and an odd number of bare marks follows before the next fence with a
    language, and the first of them has text right below it, the first ones open and close fences inside.
    """
    if "```" not in text and "~~~" not in text:
        return text
    lines = text.split("\n")
    marks = [(at, found) for at, line in enumerate(lines) if (found := _FENCE.match(line)) is not None]
    at = 0
    while at < len(marks):
        start, opening = marks[at]
        if opening["info"].strip().lower() in _HOLDS_MARKDOWN:
            bare = _bare_marks(marks, at)
            if len(bare) >= 3 and len(bare) % 2 == 1 and lines[bare[0] + 1 : bare[0] + 2] not in ([], [""]):
                for line in (start, bare[2]):
                    lines[line] = lines[line].replace(opening["mark"], opening["mark"][0] * 12, 1)
        at = _after_close(marks, at)
    return "\n".join(lines)


def _bare_marks(marks: list[tuple[int, re.Match[str]]], at: int) -> list[int]:
    bare = list[int]()
    mark = marks[at][1]["mark"]
    for line, found in marks[at + 1 :]:
        if found["info"].strip():
            break
        if found["mark"] == mark:
            bare.append(line)
    return bare


def _after_close(marks: list[tuple[int, re.Match[str]]], at: int) -> int:
    """Return the place after the mark that closes a fence."""
    mark = marks[at][1]["mark"]
    for place in range(at + 1, len(marks)):
        found = marks[place][1]
        if found["mark"][0] == mark[0] and len(found["mark"]) >= len(mark) and not found["info"].strip():
            return place + 1
    return len(marks)
