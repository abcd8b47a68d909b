"""YAML in fences as lists: `Task A1: Wire it`, under it `Owner: ...` and `files:` with its items."""

import re

from plans.markdown.outline import Node

_LANGUAGES = frozenset({"yaml", "yml"})
_LINE = re.compile(r"(?P<pad> *)(?P<dash>-\s+)?(?P<text>\S.*)")
_COMMENT = re.compile(r"\s+#(?:\s.*)?$")
_MACHINERY = re.compile(
    r"^\s*(?:-\s*)?(?:runs-on|uses|services|image|apiVersion|steps|on|stages|script)\s*:", re.MULTILINE
)
"""Keys of files for machines: pipelines, containers."""


def read_settings(fence: Node) -> list[Node]:
    """Give the mappings and lists of a YAML fence as items in items; nothing for other fences, and for pipelines."""
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
