"""Lines that Markdown counts to a list's last item, though people begin something new with them.

`2. The last criterion` with `**Plans:** 4 plans` right below it is one paragraph to CommonMark.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from plans.markdown.source.outline import BOLD_DEPTH, Node
from plans.markdown.source.text import bold_lead


def part_tails(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield parts of a document, each followed by the paragraph that was hidden at the end of its list."""
    for node in nodes:
        tails = list[Node]()
        yield _trimmed(node, tails)
        yield from tails


def _trimmed(node: Node, tails: list[Node]) -> Node:
    if node.kind == "section" and node.depth < BOLD_DEPTH:
        return replace(node, children=list(part_tails(node.children)))
    children = [_trimmed(child, tails) for child in node.children]
    own, line, tail = node.text, node.line, ""
    if node.kind == "item":
        lines = node.text.split("\n")
        end = next((at for at, text in enumerate(lines) if at and _is_field(text)), len(lines))
        own, tail, line = "\n".join(lines[:end]), "\n".join(lines[end:]), node.line + end
    if tail:
        tails.append(Node("paragraph", tail, line))
    return replace(node, text=own, children=children)


def _is_field(text: str) -> bool:
    """Tell a line like `**Goal**: ...`."""
    lead = bold_lead(text)
    return lead is not None and (lead.lead.endswith(":") or lead.rest.lstrip().startswith(":"))
