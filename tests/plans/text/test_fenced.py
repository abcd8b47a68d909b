"""What programs print is shown as text: nothing in it steers a terminal, ends its block, or turns what follows."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.text.fenced import fenced, harmless, last_lines, plain

pytestmark = pytest.mark.hostile


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("\x1b[31mred\x1b[0m and \x1b[1;4mbold\x1b[m", "red and bold"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("10 %\r50 %\r100 %\nnext\r\n", "100 %\nnext\n"),
        ("bell\x07 null\x00 del\x7f", "bell null del"),
        ("turned \u202etxt.exe\u2066", "turned txt.exe"),
        ("a\u00a0b\u2003c\u2028d", "a b c d"),
        ("tab\tand ümlaut 漢字 🙂", "tab\tand ümlaut 漢字 🙂"),
    ],
)
def test_what_steers_a_terminal_is_taken_out_and_the_rest_stays(printed: str, shown: str) -> None:
    assert plain(printed) == shown


@given(st.text(alphabet="`~\n ab\x1b[m\r\u202e<>&", max_size=60))
def test_no_text_can_end_the_block_that_it_stands_in(text: str) -> None:
    first, *inside, last = fenced(text).split("\n")
    fence = first.removesuffix("text")
    assert last == fence == "`" * len(fence)
    assert not any(re.fullmatch(rf" {{0,3}}`{{{len(fence)},}}\s*", line) for line in inside)
    assert "\n".join(inside) == plain(text).strip("\n")


@given(st.text(max_size=200))
def test_plain_text_holds_no_control_characters_and_is_its_own_plain_text(text: str) -> None:
    shown = plain(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert plain(shown) == shown


def test_the_end_of_a_text_begins_with_a_whole_line_or_word() -> None:
    assert last_lines("short", 10) == "short"
    assert last_lines("a secret-value\nlast line", 15) == "last line"
    assert last_lines("secret-value and more", 15) == "and more"
    assert last_lines("x" * 30, 10) == ""


def test_what_a_terminal_acts_on_is_taken_out_and_all_else_stays_as_it_is() -> None:
    assert harmless("a\x1b[2J\x1b]0;title\x07b\rc\x9b31md\u202ee") == "ab\ncde"
    assert harmless("\tA\u00a0tab, \u4e00 and\u200b\r\nlines\n") == "\tA\u00a0tab, \u4e00 and\u200b\nlines\n"


@given(st.text())
def test_harmless_text_steers_nothing_and_stays_as_it_is(text: str) -> None:
    shown = harmless(text)
    assert not any(character < " " and character not in "\n\t" for character in shown)
    assert harmless(shown) == shown
