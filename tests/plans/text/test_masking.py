"""Secrets are hidden: those that an agent is passed by name, and whatever looks like one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.text.masking import HIDDEN, SHORTEST, Mask

NONE = Mask(())


@given(
    st.text(min_size=SHORTEST, max_size=30).filter(lambda text: text.strip() == text and text not in HIDDEN),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_a_value_that_is_passed_by_name_is_never_shown(value: str, before: str, after: str) -> None:
    assert value not in Mask([value]).hide(f"{before} {value} {after}")


def test_values_of_many_lines_are_hidden_line_by_line_and_in_addresses() -> None:
    mask = Mask(["first half\nsecond half", "p@ss/word"])
    assert mask.hide("it said: second half.") == f"it said: {HIDDEN}."
    assert "p%40ss%2Fword" not in mask.hide("get /?key=p%40ss%2Fword")


def test_short_values_are_words_of_any_text() -> None:
    assert Mask(["true", ""]).hide("that is true") == "that is true"


# Put together here, so that nobody who looks for keys in this repository finds one.
@pytest.mark.parametrize(
    "secret",
    [
        "sk-" + "proj-abcdefghijkl0123456789",
        "ghp_" + "a1" * 18,
        "github_pat_" + "11ABCDEFG0123456789abcdef",
        "glpat-" + "abcdefghij0123456789",
        "xoxb-" + "1234567890-abcdefghij",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
        "npm_" + "abcdefghijklmnopqrstuvwxyz0123456789",
        "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJl",
    ],
)
def test_what_looks_like_a_key_is_hidden(secret: str) -> None:
    assert NONE.hide(f"using {secret} now") == f"using {HIDDEN} now"


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("API_KEY=abcdef123456", f"API_KEY={HIDDEN}"),
        ('"client_secret": "abcdef123456"', f'"client_secret": "{HIDDEN}"'),
        ("password: hunter2hunter2", f"password: {HIDDEN}"),
        ("Authorization: Bearer abc.def-123456", f"Authorization: Bearer {HIDDEN}"),
        ("postgres://me:hunter2@db.example/x", f"postgres://me:{HIDDEN}@db.example/x"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\n-----END RSA " + "PRIVATE KEY-----\nrest", f"{HIDDEN}\nrest"),
        ("x\n" + "aB3+" * 16 + "\ny", f"x\n{HIDDEN}\ny"),
    ],
)
def test_what_stands_where_secrets_stand_is_hidden(printed: str, shown: str) -> None:
    assert NONE.hide(printed) == shown


@pytest.mark.parametrize(
    "text",
    [
        "12 passed in 0.3 s",
        "commit 1ca55900f3b1d5d3f0a6c3b9e2d4f6a8b0c2d4e6",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "tests/test_tokens.py::test_token PASSED",
        "http://127.0.0.1:4200/runs/flow-run/1",
        "tokens: 1200",
        "git@github.com:someone/something.git",
    ],
)
def test_ordinary_output_stays_as_it_is(text: str) -> None:
    assert NONE.hide(text) == text


@pytest.mark.parametrize(
    "text", ["token" * 4000, "a" * 20_000, "a-" * 10_000, "x://" * 5000, "eyJ" * 7000, "\n" * 20_000]
)
def test_any_output_is_masked_in_little_time(text: str) -> None:
    began = time.monotonic()
    NONE.hide(text)
    assert time.monotonic() - began < 1
