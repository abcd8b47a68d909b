"""Placeholders are filled, and every other brace of JSON, awk and shell survives."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.programs.placeholders import fill

VALUES = {"job": "J", "prompt_file": "/p {job}"}


@pytest.mark.parametrize(
    ("given_text", "filled"),
    [
        ("{job}", "J"),
        ("a{job}b{job}c", "aJbJc"),
        ("{prompt_file}", "/p {job}"),
        ("{{job}}", "{job}"),
        ("{{{job}}}", "{J}"),
        ("${{ github.ref }}", "${ github.ref }"),
        ("{unknown} {job}", "{unknown} J"),
        ("{{unknown}}", "{unknown}"),
        ("awk '{print $1}'", "awk '{print $1}'"),
        ("if(x){{print}}", "if(x){print}"),
        ('{"a":{"b":"{job}"}}', '{"a":{"b":"J"}}'),
        ('{{"a":{"b":1}}}', '{"a":{"b":1}}'),
        ("f() { g() { :; }; }", "f() { g() { :; }; }"),
        ("{job", "{job"),
        ("job}", "job}"),
        ("}}", "}"),
        ("", ""),
    ],
)
def test_an_argument_is_filled(given_text: str, filled: str) -> None:
    assert fill((given_text,), VALUES) == (filled,)


@given(st.text())
def test_doubling_every_brace_gives_the_text_back(text: str) -> None:
    assert fill([text.replace("{", "{{").replace("}", "}}")], VALUES) == (text,)


names = st.text("abcxyz", min_size=1, max_size=3)
trees = st.recursive(st.integers(), lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3))


@given(trees)
def test_json_needs_no_doubling(tree: object) -> None:
    text = json.dumps(tree)
    assert fill([text], VALUES) == (text,)
