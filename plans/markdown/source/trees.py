"""Trees drawn in text, as `tree` prints them: `├── Task 1.1: ...`, or with ASCII marks."""

import re

_BRANCH = re.compile(r"^(?P<pad>[ \t│┃║|]*)(?P<mark>[├└╰┣┗╠╚]+[─━═╌-]*[>►▶]?|[|+`\\][-─]{2,})\s*(?P<text>.*)$")
_ART = re.compile(r"[┌┐╔╗┬┴┼▼▲◄]|[│┃]\s*$")


def is_tree(text: str) -> bool:
    """Return whether a text draws a tree: two branches at least, or one under a line, and no boxes."""
    lines = text.split("\n")
    branches = sum(_BRANCH.match(line) is not None for line in lines)
    return branches >= 1 and sum(_ART.search(line) is not None for line in lines) <= branches // 4


def read_branches(text: str) -> list[tuple[int, int, str]]:
    """Return the lines of a tree: depth (0 is the root), line in the text from 0, and words."""
    found, columns = list[tuple[int, int, str]](), list[int]()
    for at, line in enumerate(text.split("\n")):
        branch = _BRANCH.match(line)
        if branch is None:
            bare = line.strip(" \t│┃║|")
            if bare and (not line[:1].isspace() and line[:1] not in "│┃║|"):
                columns = []
                found.append((0, at, bare))
            elif bare and found:
                depth, start, words = found[-1]
                found[-1] = (depth, start, f"{words} {bare}")
            continue
        column = len(branch["pad"].replace("\t", "    "))
        while columns and columns[-1] >= column:
            columns.pop()
        columns.append(column)
        found.append((len(columns), at, branch["text"].strip()))
    return found
