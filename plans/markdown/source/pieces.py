"""The tokens of a Markdown text, read piece by piece, so that filler and what repeats costs little.

A line without indentation after a blank line ends everything but a fence and an HTML block, so pieces parsed apart give
the tokens that the whole text would give, with `reference` and `code` rules off. What repeats is parsed once, and
headings and plain paragraphs, which filler is made of, are told by one pattern.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block.html_block import HTML_SEQUENCES
from markdown_it.token import Token

from plans.errors import Problem

MOST_LINES = 20_000
"""Lines of headings, lists, tables, quotes and short fences that are read: twenty times a very long plan."""
MOST_FILLER = 10_000
"""Lines of plain paragraphs and long fences that are read; further ones are left out."""
LONGEST_LINE = 5_000
"""Characters of a line that are read: patterns may take time by the square of its length."""
DEEPEST = 120
"""Levels of markdown-it's: a list within a list takes two."""

_LONG_LINE = re.compile(rf"^([^\n]{{{LONGEST_LINE}}})[^\n]+", re.MULTILINE)
_CHUNK = re.compile(r"^(?:[ \t]*[^ \t\n][^\n]*(?:\n|\Z))+", re.MULTILINE)
# What begins with one of these is no list, table line, fence, quote, rule, HTML or underline.
_PROSE = r"(?:[^\x00-\x7f]|[A-Za-z\"'(\[!$%&,./;?@^{}]|\*\*[^\s*]|__[^\s_]|`{1,2}[^`\n])"
_PLAIN = re.compile(
    rf"(?:(?P<marks>#{{1,6}})[ \t]+(?P<head>[^#\s][^#\n]*)(?:\n|\Z))?(?P<prose>(?:{_PROSE}[^\n]*(?:\n|\Z))*)"
)
_FENCE = re.compile(r"(?P<mark>`{3,}(?=[^`\n]*(?:\n|\Z))|~{3,})")
_ENDLESS_HTML = tuple((start, end) for start, end, _ in HTML_SEQUENCES[:5])
"""How HTML blocks begin that blank lines do not end, and how they end."""
_LONG_FENCE = 1_000
"""Lines of a fence that is no tree or script of a plan, but something that was put in."""
_LONGEST_KEPT = 20_000
"""Characters of a piece whose tokens are kept, in case it comes again."""


class OutlineError(Exception):
    """A text that is not read because it is no plan of any person's."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


class Piece(NamedTuple):
    """Tokens; their lines count from `line`, the line of the text (from 1) where they begin."""

    tokens: Sequence[Token]
    line: int
    left_out: int = 0
    """Lines that stand there and are not read."""


def cut_long_lines(text: str) -> tuple[str, tuple[Problem, ...]]:
    """Cut lines that no person wrote, and say so."""
    first = _LONG_LINE.search(text)
    if first is None:
        return text, ()
    problem = Problem(
        f"only the first {LONGEST_LINE} characters of this line were read, and so of every longer one",
        line=text.count("\n", 0, first.start()) + 1,
        hint="break it into lines",
        severity="warning",
        code="too-long",
    )
    return _LONG_LINE.sub(r"\1", text), (problem,)


def parse_pieces(text: str) -> Iterator[Piece]:
    """Yield the tokens of a text in order.

    Raises:
        OutlineError: it has too many lines, or lists too deep.
    """
    return _Pieces(text.replace("\0", "\ufffd")).parse()


def new_parser() -> MarkdownIt:
    """Return the parser: CommonMark with tables, without what plans do not have."""
    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable("table")
    # Inline markup is read where it is needed; indented code hardly ever is code in a plan, but a deep list.
    parser.core.ruler.disable(["inline", "text_join"])
    parser.block.ruler.disable(["code", "reference"])
    return parser


class _Pieces:
    def __init__(self, text: str) -> None:
        self._text = text
        self._parser = new_parser()
        self._known = dict[str, Sequence[Token]]()
        self._lines_left, self._filler_left = MOST_LINES, MOST_FILLER
        self._line, self._counted_to = 1, 0

    def parse(self) -> Iterator[Piece]:
        """Go through the chunks between blank lines; from `start` on nothing is parsed, and no block is open there."""
        text, start, at = self._text, 0, 0
        while (chunk := _CHUNK.search(text, at)) is not None:
            begin, at = chunk.span()
            plain = _PLAIN.match(text, begin, at)
            past = plain.end() if plain is not None else begin
            fence = _FENCE.match(text, past, at)
            is_told = fence is not None or past == at
            if not is_told and text[begin] != "#":
                continue
            start = yield from self._parse(start, begin)
            if start > begin:
                at = start
            if start > begin or not is_told:
                continue
            if plain is not None and past > begin:
                yield self._plain(plain)
            start = at = past
            if fence is not None:
                start = at = self._past_fence(past, fence["mark"])
                yield self._fence(past, at)
        yield from self._parse(start, len(text))

    def _parse(self, start: int, end: int) -> Generator[Piece, None, int]:
        """Parse a piece, and what is open at its end up to where it is closed; give where to go on."""
        piece = self._text[start:end]
        body = piece.lstrip("\n")
        if not body:
            return end
        start += len(piece) - len(body)
        tokens, line = self._tokens(body, start), self._line_at(start)
        last = tokens[-1] if tokens and end < len(self._text) else None
        if last is None or last.level or last.map is None or last.type not in {"fence", "html_block"}:
            yield Piece(tokens, line)
            return end
        opened = start + _offset(body, last.map[0])
        past = self._past_fence(opened, last.markup) if last.type == "fence" else self._past_html(opened)
        if past <= end:
            yield Piece(tokens, line)
            return end
        yield Piece(tokens[:-1], line)
        yield Piece(self._block(opened, past), self._line_at(opened))
        return past

    def _block(self, start: int, end: int) -> Sequence[Token]:
        """Return the tokens of one fence or HTML block: cheap at any length."""
        body = self._text[start:end]
        tokens = self._known.get(body) or self._parser.parse(body)
        if len(body) < _LONGEST_KEPT:
            self._known[body] = tokens
        return tokens

    def _tokens(self, body: str, start: int) -> Sequence[Token]:
        self._count(body.count("\n"), start)
        if (known := self._known.get(body)) is not None:
            return known
        tokens = self._parser.parse(body)
        deep = next((t for t in tokens if t.level >= DEEPEST - 1 and t.type.endswith(("list_open", "item_open"))), None)
        if deep is not None:
            line = self._line_at(start) + (deep.map[0] if deep.map else 0)
            raise OutlineError(
                Problem(f"a list nested more than {DEEPEST // 2 - 1} levels deep", line=line, code="too-deep")
            )
        if len(body) < _LONGEST_KEPT:
            self._known[body] = tokens
        return tokens

    def _fence(self, start: int, end: int) -> Piece:
        lines, left_out = self._text.count("\n", start, end), 0
        if lines > _LONG_FENCE:
            left_out = self._filler(start, end)
        else:
            self._count(lines, start)
        return Piece([] if left_out else self._block(start, end), self._line_at(start), left_out)

    def _filler(self, start: int, end: int) -> int:
        """Count lines of filler; give how many of them are too many."""
        lines = self._text.count("\n", start, end)
        self._filler_left -= lines
        return lines if self._filler_left < 0 else 0

    def _count(self, lines: int, at: int) -> None:
        self._lines_left -= lines
        if self._lines_left < 0:
            message = f"too long for a plan: more than {MOST_LINES} lines of headings, lists, tables and quotes"
            hint = "give the part of the document that is the plan"
            raise OutlineError(Problem(message, line=self._line_at(at), hint=hint, code="too-long"))

    def _plain(self, found: re.Match[str]) -> Piece:
        """Return the tokens of a heading and the paragraph below it, of which there is one at least."""
        tokens, left_out = list[Token](), 0
        if found["head"]:
            self._count(1, found.start())
            tokens += _leaf("heading", f"h{len(found['marks'])}", found["head"], 0)
        if found["prose"] and not _heads(found["prose"]):
            left_out = self._filler(*found.span("prose"))
        if found["prose"] and not left_out:
            tokens += _leaf("paragraph", "p", found["prose"], 1 if found["head"] else 0)
        return Piece(tokens, self._line_at(found.start()), left_out)

    def _past_fence(self, start: int, mark: str) -> int:
        """Return the place after the line that closes a fence; of a fence without, the text's end."""
        close = _closing(mark[0], len(mark)).search(self._text, self._past_line(start))
        return len(self._text) if close is None else self._past_line(close.start())

    def _past_html(self, start: int) -> int:
        """Return the place after an HTML block; one that a blank line ends counts as ended."""
        line = self._text[start : self._past_line(start)].strip(" \t\n")
        for begins, ends in _ENDLESS_HTML:
            if begins.search(line):
                end = ends.search(self._text, start)
                return len(self._text) if end is None else self._past_line(end.start())
        return start

    def _past_line(self, at: int) -> int:
        end = self._text.find("\n", at)
        return len(self._text) if end < 0 else end + 1

    def _line_at(self, at: int) -> int:
        """Return the line, from 1, of a place, which never goes back."""
        self._line += self._text.count("\n", self._counted_to, at)
        self._counted_to = at
        return self._line


def _heads(prose: str) -> bool:
    """Return whether a paragraph may head what follows it: a line in bold, or one that ends in a colon."""
    return prose.rstrip().endswith((":", "：", "*", "_", ")"))


def _leaf(kind: str, tag: str, content: str, line: int) -> list[Token]:
    opening = Token(f"{kind}_open", tag, 1, map=[line, line + 1])
    return [opening, Token("inline", "", 0, content=content.strip()), Token(f"{kind}_close", tag, -1)]


def _offset(text: str, line: int) -> int:
    """Return where a line, from 0, begins."""
    at = 0
    for _ in range(line):
        at = text.index("\n", at) + 1
    return at


@cache
def _closing(character: str, length: int) -> re.Pattern[str]:
    return re.compile(rf"^[ \t]*{re.escape(character)}{{{length},}}[ \t]*$", re.MULTILINE)
