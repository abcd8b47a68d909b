import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it.token import Token

from plans.errors import Problem
from plans.markdown.source.outline import read_outline
from plans.markdown.source.pieces import DEEPEST, MOST_LINES, OutlineError, new_parser, parse_pieces
from tests.effort import examples

LINES = (
    "", "", "", "", "  ", "\t", "text", "Text: `code`", "**bold** text", "__bold__", "`a` b", "``a`` b", "étude",
    "　wide",
    "# one", "## two #", "## two ## ", "###### six", "####### seven", "#no", "# ", "#\ttab", "  # in", "# a \\#",
    "- a", "- ", "-", "* b", "+ c", "1. one", "2) two", "10. ten", "  - in", "    - deep", "\t- tab", "      far",
    "- [ ] box", "- - - a", "- # head", "- > quote", "- ```", "  ```", "1. ```sh", "   ```", "    ```",
    "```", "```sh", "````", "~~~", "~~~ a ` b", "```a`b", "   ~~~", "```markdown", "``` ", "```\t",
    "> quote", ">", "> - a", "> ```", ">> deep", ">text",
    "---", "***", "===", "- - -", "_ _ _", "--",
    "| a | b |", "|---|---|", "a | b", "--|--", "| 1 |", ":-: | -", "|", "- | a", "|-",
    "<div>", "</div>", "<!-- a", "b -->", "<!-- c -->", "<?php", "?>", "<!DOCTYPE", "a > b", "<![CDATA[", "]]>",
    "<script>", "</script>", "<b>in</b>", "<b>", "<pre", "  <!-- in", "- <!-- list", "    <div>", "text <!-- a",
    "[a]: http://b", "[a]", "(a)", "\\# no", "&amp;", "!", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028",
    "a\x00b", "x  ",
)  # fmt: skip
documents = st.lists(st.sampled_from(LINES), max_size=30).map("\n".join)


def flat(tokens: list[tuple[Token, int]]) -> list[dict[str, object]]:
    """Return tokens with lines of the whole text, without what only lists' looseness and their tags tell."""
    told = list[dict[str, object]]()
    for token, first in tokens:
        if token.type.startswith(("bullet_list", "ordered_list")):
            continue
        line = None if token.map is None else token.map[0] + first
        told.append(
            {"type": token.type, "line": line, "tag": token.tag, "content": token.content.strip(), "info": token.info}
        )
        if token.type == "fence":
            told[-1] |= {"end": (token.map or [0, 0])[1] + first}
    return told


def lines_matter(told: dict[str, object]) -> dict[str, object]:
    return (
        told if str(told["type"]).endswith("_open") or told["type"] in {"fence", "html_block"} else told | {"line": 0}
    )


def whole(text: str) -> list[dict[str, object]]:
    return [lines_matter(told) for told in flat([(token, 1) for token in new_parser().parse(text)])]


def parted(text: str) -> list[dict[str, object]]:
    tokens = [(token, piece.line) for piece in parse_pieces(text) for token in piece.tokens]
    return [lines_matter(told) for told in flat(tokens)]


@given(documents)
@examples(500)
@example("- a\n\ntext\n\n- b\n\n\n# c\n```\n\n# no\n\n```\ntext")
@example("- ```\n\ntext\n\n```\n\ntext\n")
@example("<!-- a\n\n# no\n\n-->\n# yes\n")
def test_a_text_read_in_pieces_gives_what_it_gives_in_one(text: str) -> None:
    assert parted(text) == whole(text)


@given(documents, documents)
@examples(100)
def test_what_repeats_is_read_like_what_stands_there_once(text: str, between: str) -> None:
    repeated = f"{text}\n\n{between}\n\n{text}\n\n{text}"
    assert parted(repeated) == whole(repeated)


@given(documents)
@examples(100)
def test_every_part_of_an_outline_has_a_line_that_is_there(text: str) -> None:
    last = text.count("\n") + 1
    for node in read_outline(text).walk():
        # The content of a fence begins below its mark, which may be the last line.
        assert 1 <= node.line <= last + (node.kind == "fence")


def test_a_text_with_far_too_much_structure_is_refused_with_what_to_do() -> None:
    text = "# Plan\n\n" + "".join(f"- item {number}\n" for number in range(MOST_LINES + 1))
    with pytest.raises(OutlineError) as error:
        read_outline(text)
    assert (error.value.problem.line, error.value.problem.code) == (3, "too-long")
    assert error.value.problem.hint == "give the part of the document that is the plan"


def test_lists_of_thirty_levels_are_read_and_what_follows_them() -> None:
    text = "".join(f"{'  ' * level}- level {level}\n" for level in range(30)) + "- after\n\n# End\n"
    outline = read_outline(text)
    assert sum(node.kind == "item" for node in outline.walk()) == 31
    assert [node.text for node in outline.sections] == ["End"]


def test_lists_that_nobody_writes_so_deep_are_refused_and_quotes_are_not() -> None:
    with pytest.raises(OutlineError) as error:
        read_outline("# a\n\n" + "- " * DEEPEST + "a\n")
    assert (error.value.problem.line, error.value.problem.code) == (3, "too-deep")
    assert [node.text for node in read_outline(">" * 500 + "\n\n# End\n").sections] == ["End"]


ROW = "| 1.1 | do what must be done | 1.0 |\n"
MEGABYTES = 2**20


@pytest.mark.parametrize(
    "unit",
    [
        "A line of prose that says nothing to anybody.\n\n",
        "## Head of it\n\n" + "Some text stands here. " * 30 + "\n\n- a list of one\n\n```sh\nls\n\n# no\n```\n\n",
    ],
)
def test_filler_and_what_repeats_costs_little(unit: str) -> None:
    start = time.process_time()
    read_outline(unit * (MEGABYTES // 2 // len(unit)))
    assert time.process_time() - start < 4


def test_what_is_left_out_of_a_long_fence_or_text_is_told() -> None:
    start, doubts = time.process_time(), list[Problem]()
    text = "# a\n\n```sh\n" + "echo one two three\n\n" * (2 * MEGABYTES // 20) + "```\n\n# b\ntext\n\nNext:\n\n- c\n"
    outline = read_outline(text, doubts)
    assert [node.text for node in outline.walk() if node.text] == ["a", "b", "Next:", "c"]
    assert [(doubt.line, doubt.severity) for doubt in doubts] == [(3, "warning")]
    assert doubts[0].message.startswith(f"{2 * (2 * MEGABYTES // 20) + 3} lines")
    assert time.process_time() - start < 4
