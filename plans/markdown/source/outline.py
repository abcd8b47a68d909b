"""A Markdown text as a tree: sections with what stands in them, and the line of everything.

The text is parsed by markdown-it (CommonMark with tables). Two things are read as people mean them and not as
CommonMark has it: a line in bold heads what follows it, as a heading would, and a line that ends in a colon heads the
list, table or fence right below.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from markdown_it.token import Token

from plans.errors import Problem
from plans.markdown.source.fences import part_nested_fences
from plans.markdown.source.labels import read_label
from plans.markdown.source.pieces import MOST_FILLER, MOST_LINES, Piece, parse_pieces
from plans.markdown.source.regions import ANYWHERE, Place, inside, place_of
from plans.markdown.source.text import bold_lead
from plans.markdown.source.trees import is_tree, read_branches

Kind = Literal["section", "item", "paragraph", "table", "fence", "html"]

BOLD_DEPTH = 7
"""The depth of a section headed by a line in bold: below every heading."""
COLON_DEPTH = 8
"""The depth of a section headed by a line that ends in a colon."""

_BOLD_LINE = re.compile(
    r"\s*(?:\*\*|__)(?!\s)(?P<text>(?:(?!\*\*|__).)+)(?:\*\*|__)"
    r"(?P<rest>[^\w]*|\s*[*_]?[(\[].*[)\]][*_]?\s*:?\s*|\s*[-–—:]?\s*(?P<state>done|complete[d]?|merged|shipped)\W*)$",
    re.IGNORECASE,
)
_CHECKBOX = re.compile(r"\\?\[(?P<mark>[ xX~/✓✔-]?)\\?\](?:\s+|$)")
_DONE_AT = re.compile(r" \(done \d{4}-\d\d-\d\d \d\d:\d\d\)(?=[ \t]*$)", re.MULTILINE)
"""What `plans.markdown.progress` writes behind a ticked box."""
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|$)")
_LONGEST_HEAD = 120
"""Characters up to which a line can head what follows it: a longer one is a sentence."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells as raw inline Markdown."""

    cells: tuple[str, ...]
    line: int


@dataclass(slots=True)
class Node:
    """A part of the document with the parts in it."""

    kind: Kind
    text: str
    """A section's heading, an item's first paragraph, a paragraph, a fence's content: raw Markdown, its lines kept."""
    line: int
    """Its first line in the document, from 1 (of a fence: the line of its first content)."""
    depth: int = 0
    """Of a section: 1 to 6 as the heading, else `BOLD_DEPTH` or `COLON_DEPTH`; 0 of the whole document."""
    number: str = ""
    """An ordered item's number as written, such as `3`; empty for a bullet."""
    checked: bool | None = None
    """Of a task list's item: whether its box is ticked."""
    info: str = ""
    """A fence's info string."""
    rows: tuple[Row, ...] = ()
    """A table's rows; the first is its head."""
    children: list["Node"] = field(default_factory=list["Node"])
    place: Place = ANYWHERE
    """What it is, of a part that heads others; of the rest nothing is known."""

    def walk(self) -> Iterator["Node"]:
        """Yield this part and all parts in it, in the document's order."""
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    @property
    def is_heading(self) -> bool:
        """Return whether it heads others: a section, or an item like `1. **File ownership:**` over a list."""
        if self.kind == "section":
            return self.depth > 0
        return bool(self.children) and self.kind == "item" and self.text.rstrip(" *_").endswith((":", "："))

    @property
    def sections(self) -> Iterator["Node"]:
        """The sections right in this one."""
        return (child for child in self.children if child.kind == "section")

    @property
    def items(self) -> Iterator["Node"]:
        """The list items right in this part."""
        return (child for child in self.children if child.kind == "item")


def read_outline(text: str, doubts: list[Problem] | None = None) -> Node:
    """Read a text; the node given has depth 0 and no heading.

    Args:
        text: the text.
        doubts: where a warning is put if something is left out.

    Raises:
        OutlineError: it is far too long or too deep for a plan.
    """
    blocks, left_out = list[Node](), list[Piece]()
    for piece in parse_pieces(part_nested_fences(_without_front_matter(text))):
        blocks += _Blocks(piece).read()
        if piece.left_out:
            left_out.append(piece)
    if left_out and doubts is not None:
        doubts.append(_left_out(left_out))
    root = Node("section", "", 1)
    root.children = _nested(blocks)
    _place(root)
    return root


def _place(root: Node) -> None:
    """Tell of every part that heads others what it is."""
    waiting = [(root, ANYWHERE)]
    while waiting:
        node, around = waiting.pop()
        if node.is_heading:
            node.place = place_of(node.text, node.depth, around)
            around = inside(node.place, node.depth)
        if node.kind != "fence":
            waiting += [(child, around) for child in node.children]


def _left_out(pieces: list[Piece]) -> Problem:
    return Problem(
        f"{sum(piece.left_out for piece in pieces)} lines of plain paragraphs and fences from here on were not read",
        line=pieces[0].line,
        hint=f"more than {MOST_FILLER} such lines are no plan; give the part of the document that is",
        severity="warning",
        code="too-long",
    )


def _without_front_matter(text: str) -> str:
    """Blank the YAML between `---` lines at the top, which Markdown would take for a heading."""
    found = _FRONT_MATTER.match(text)
    return text if found is None else "\n" * found[0].count("\n") + text[found.end() :]


class _Blocks:
    """Goes through markdown-it's flat tokens; lists are read into items with children."""

    def __init__(self, piece: Piece) -> None:
        self._tokens, self._first_line, _ = piece
        self._at = 0

    def read(self, until: str = "") -> Iterator[Node]:
        """Yield the blocks up to the token of a type, which is passed."""
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.type == until:
                return
            match token.type:
                case "heading_open":
                    inline = self._tokens[self._at]
                    yield Node("section", inline.content, self._line(token), depth=int(token.tag[1]))
                    self._at += 2
                case "paragraph_open":
                    yield Node("paragraph", self._tokens[self._at].content, self._line(token))
                    self._at += 2
                case "list_item_open":
                    yield self._item(token)
                case "fence" | "code_block":
                    line = self._line(token) + (token.type == "fence")
                    branches = _branches(token.content, line)
                    yield Node("fence", token.content, line, info=token.info.strip(), children=branches)
                case "table_open":
                    yield self._table(self._line(token))
                case "html_block":
                    yield Node("html", token.content, self._line(token))
                case _:
                    pass  # a list's or a quote's own tokens: what is in them stands for itself

    def _item(self, token: Token) -> Node:
        item = Node("item", "", self._line(token), number=token.info)
        blocks = list(self.read("list_item_close"))
        if blocks and blocks[0].kind == "paragraph":
            item.text = blocks.pop(0).text
        box = _CHECKBOX.match(item.text)
        if box is not None:
            item.checked = box["mark"] not in {"", " ", "-", "/", "~"}
            item.text = _DONE_AT.sub("", item.text[box.end() :], count=1)
        item.children = _nested(blocks)
        return item

    def _line(self, token: Token) -> int:
        return self._first_line + (token.map[0] if token.map else 0)

    def _table(self, line: int) -> Node:
        rows, cells = list[Row](), list[str]()
        while (token := self._tokens[self._at]).type != "table_close":
            self._at += 1
            if token.type == "inline":
                cells.append(token.content)
            elif token.type == "tr_open":
                line = self._line(token)
            elif token.type == "tr_close":
                rows.append(Row(tuple(cells), line))
                cells = []
        self._at += 1
        return Node("table", "", rows[0].line, rows=tuple(rows))


def _branches(text: str, line: int) -> list[Node]:
    """Read the tree that a fence draws, if it does, as items."""
    if text.count("\n") > MOST_LINES or not is_tree(text):
        return []
    top, open_items = list[Node](), list[Node]()
    for depth, at, words in read_branches(text):
        item = Node("item", words, line + at)
        del open_items[depth:]
        (open_items[-1].children if open_items else top).append(item)
        open_items.append(item)
    return top


def _nested(blocks: list[Node]) -> list[Node]:
    """Put what follows a heading into its section."""
    top, open_sections = list[Node](), list[Node]()
    for at, block in enumerate(blocks):
        after = blocks[at + 1] if at + 1 < len(blocks) else None
        for part in _parted(block, after):
            if part.kind == "section":
                while open_sections and open_sections[-1].depth >= part.depth:
                    open_sections.pop()
            elif part.kind == "paragraph" and open_sections and _is_done(open_sections[-1]):
                open_sections.pop()
            (open_sections[-1].children if open_sections else top).append(part)
            if part.kind == "section":
                open_sections.append(part)
    return top


def _is_done(section: Node) -> bool:
    """Return whether a section has the one list, table or fence that a line with a colon heads."""
    return section.depth == COLON_DEPTH and bool(section.children)


def _parted(block: Node, after: Node | None) -> Iterator[Node]:
    """Part a paragraph from the line at its end (or the line it is) that heads what follows."""
    if block.kind != "paragraph":
        yield block
        return
    body, _, last = block.text.rpartition("\n")
    depth = _head_depth(last, after)
    if depth is None:
        yield block
        return
    line = block.line + block.text.count("\n")
    if body and (first := body.split("\n")) and len(first) == 1 and _head_depth(body, None) == BOLD_DEPTH:
        yield Node("section", body, block.line, depth=BOLD_DEPTH)  # a bold line over its first, colon-ended one
    elif body:
        yield Node("paragraph", body, block.line)
    yield Node("section", _with_state(last.strip()), line, depth=depth)


def _with_state(head: str) -> str:
    """Put the state behind a line in bold into brackets, as remarks on things stand: `**A4. Log** Done`."""
    bold = _BOLD_LINE.fullmatch(head)
    return head if bold is None or not bold["state"] else f"{head[: bold.start('state')]}({bold['state']})"


def _head_depth(line: str, after: Node | None) -> int | None:
    if len(line) > _LONGEST_HEAD:
        return None
    bold = _BOLD_LINE.fullmatch(line)
    ends_in_colon = line.rstrip().rstrip("*_ ").endswith((":", "：")) or line.rstrip().endswith((":", "："))
    if ends_in_colon and after is not None and after.kind in {"item", "table", "fence"}:
        return COLON_DEPTH
    if bold is None and after is not None and after.kind == "item" and _names_a_thing(line):
        return BOLD_DEPTH
    return BOLD_DEPTH if bold is not None and not ends_in_colon else None


def _names_a_thing(line: str) -> bool:
    """Return whether a line heads a list as `**Agent 1**: Search` does."""
    lead = bold_lead(line)
    if lead is None or not lead.rest.lstrip().startswith((":", "-", "–", "—")):
        return False
    label = read_label(lead.lead)
    return label is not None and label.kind in {"agent", "lane"} and not label.title and not label.topic
