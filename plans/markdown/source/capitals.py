"""Headings of plain text: a line such as `TASK 1.2: Lay the quay`, in capitals, heads what follows it."""

import re
from collections.abc import Sequence

from plans.markdown.source.labels import read_label
from plans.markdown.source.outline import BOLD_DEPTH, Node

_HEAD = re.compile(r"[A-Z]{4,}(?:[ -][A-Z]{2,})?\s+#?[A-Z0-9][\w.-]*\s*(?::|\s[-–—])\s*\S.*")


def with_capital_heads(nodes: Sequence[Node]) -> list[Node]:
    """Put what follows a line in capitals that names a thing below it, up to the next such line."""
    heads = [node.kind == "paragraph" and _is_head(node) for node in nodes]
    if not any(heads):
        return list(nodes)
    top = list[Node]()
    section: Node | None = None
    for node, is_head in zip(nodes, heads, strict=True):
        if is_head:
            first, _, rest = node.text.partition("\n")
            section = Node("section", first, node.line, depth=BOLD_DEPTH)
            top.append(section)
            if rest:
                section.children.append(Node("paragraph", rest, node.line + 1))
        elif section is not None and not (node.kind == "section" and node.depth < BOLD_DEPTH):
            section.children.append(node)
        else:
            section = None
            top.append(node)
    return top


def _is_head(node: Node) -> bool:
    first = node.text.split("\n")[0].strip()
    if _HEAD.fullmatch(first) is None:
        return False
    label = read_label(first)
    return label is not None and label.word != "" and not label.topic
