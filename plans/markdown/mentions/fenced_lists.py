"""YAML and numbered lines in fences as lists: `Task A1: Wire it`, under it `Owner: ...` and `files:` with its items."""

import re
from dataclasses import replace

from plans.markdown.mentions.fields import line_field
from plans.markdown.source.labels import read_label
from plans.markdown.source.outline import Node

_LANGUAGES = frozenset({"yaml", "yml"})
_LINE = re.compile(r"(?P<pad> *)(?P<dash>-\s+)?(?P<text>\S.*)")
_COMMENT = re.compile(r"\s+#(?:\s.*)?$")
_MACHINERY = re.compile(
    r"^\s*(?:-\s*)?(?:runs-on|uses|services|image|apiVersion|steps|on|stages|script)\s*:", re.MULTILINE
)
"""Keys of files for machines: pipelines, containers."""


def read_settings(fence: Node) -> list[Node]:
    """Return the mappings and lists of a YAML fence as items in items; nothing for other fences, and for pipelines."""
    if fence.info.lower() not in _LANGUAGES or _MACHINERY.search(fence.text) is not None:
        return []
    top, open_items = list[Node](), list[tuple[int, Node]]()
    for at, line in enumerate(fence.text.replace("\t", "    ").split("\n")):
        found = _LINE.fullmatch(line)
        if found is None or found["text"].startswith("#"):
            continue
        # A list's dash may stand right below its key.
        column = len(found["pad"]) + (1 if found["dash"] else 0)
        while open_items and open_items[-1][0] >= column:
            open_items.pop()
        item = Node("item", _COMMENT.sub("", found["text"]).rstrip(), fence.line + at)
        (open_items[-1][1].children if open_items else top).append(item)
        open_items.append((column, item))
    return top


def read_sheet(fence: Node) -> list[Node]:
    """Return the lines of a fence that says what fields say, with trees below: `Branch: ...`, `Files Owned:`."""
    told = [line_field(item.text, item.line) for item in fence.children]
    if sum(one is not None for one in told) < _LEAST_FIELDS:
        return []
    lines = list[Node]()
    for item, one in zip(fence.children, told, strict=True):
        is_files = one is not None and one.name in {"files", "create", "modify", "read"}
        below = [Node("fence", "", item.line, children=item.children)] if is_files else item.children
        lines.append(replace(item, children=below))
    return lines


_LEAST_FIELDS = 2


def read_numbered(fence: Node) -> list[Node]:
    """Return the numbered lines of a fence, each with the indented ones below it, where they name things by label."""
    if fence.info.lower() not in _PLAIN:
        return []
    items = list[Node]()
    for at, line in enumerate(fence.text.split("\n")):
        found = _NUMBERED.fullmatch(line)
        if found is not None:
            items.append(Node("item", found["text"].strip(), fence.line + at, number=found["number"]))
        elif items and line[:1].isspace() and line.strip():
            told = _RESULT.sub("Files: ", line.strip())
            items[-1].children.append(Node("paragraph", told, fence.line + at))
    labels = [read_label(item.text) for item in items]
    return items if items and all(label is not None and label.word for label in labels) else []


def read_indented(fence: Node) -> list[Node]:
    """Return the waves that lines of a fence name, each with the jobs that the indented lines below it name."""
    if fence.info.lower() not in _PLAIN:
        return []
    waves = list[Node]()
    for at, line in enumerate(fence.text.split("\n")):
        label = read_label(line)
        if label is None or not label.word:
            continue
        if not line[:1].isspace() and label.kind == "group":
            waves.append(Node("item", _innermost(line.strip()), fence.line + at))
        elif line[:1].isspace() and label.kind != "group" and waves:
            waves[-1].children.append(Node("item", _FILES_BEHIND.sub("", line.strip()), fence.line + at))
    return waves if sum(bool(wave.children) for wave in waves) >= _LEAST_WAVES else []


def _innermost(line: str) -> str:
    """Return the wave that a line like `Phase 1 - Wave 1A: ...` names last."""
    inner = line.partition(" - ")[2]
    label = read_label(inner) if inner else None
    return inner if label is not None and label.word and label.kind == "group" else line


_LEAST_WAVES = 2
_FILES_BEHIND = re.compile(r"\s{2,}\[[^\[\]]*\]$")
_PLAIN = frozenset({"", "text", "txt", "plaintext", "bash", "sh", "shell", "console", "markdown", "md"})
_NUMBERED = re.compile(r"(?P<number>\d{1,3})[.)]\s+(?P<text>\S.*)")
_RESULT = re.compile(r"^(?:→|->|=>)\s*(?=[\w./-]*[/.])")
"""An arrow to the file that comes of it."""
