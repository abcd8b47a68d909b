# ruff: noqa: RUF001 - the characters that are mixed up are what this is about
import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.errors import PlanError
from plans.read import read_plan
from plans.text.encoding import decode_text, encoding_of, mend_text
from plans.text.mojibake import CODE_PAGES
from tests.effort import examples

WORDS = (
    "Größe Übung Straße weiß ähnlich",
    "À côté où çà «Études» l’été déjà naïve cœur Œuvre",
    "Não ação informação você àquele avó ÚLTIMO",
    "¿Cómo? ¡Mañana! pingüino",
    "Zażółć gęślą jaźń łódź",
    "Příliš žluťoučký kůň",
    "İstanbul ışık değil şöyle ĞÜŞ",
    "på Ångström Øre æble",
    "Tiếng Việt được",
    "日本語 中文 任务 한국어 タスク 波次",
    "Привет мир λόγος",
    "“quoted” ‘single’ „unten“ »anders« — dash – range … 5 × 2 ± 3 °C ½ § 4 € 10",
    "├── └── │ ═══ ╔╗ → ← ⇒ ✅ ❌ ⚠️ ⏳ ⏸️ 🎯 🏗️ 🚀 📚 👩‍💻 🇩🇪",
)
words = st.sampled_from(
    [*sorted({word for line in WORDS for word in line.split()}), "plan", "1.2", "-", "`a|b`", "&amp;"]
)
texts = st.lists(words, max_size=12).map(" ".join)
pages = st.sampled_from(sorted(CODE_PAGES))
CLEAR = " → é ✅"
"""Damage of these is known for sure, so that what is doubtful beside it is mended too."""


def damaged(text: str, page: str, *, drops: bool = False) -> str:
    """Read UTF-8 as if it were a code page; bytes without a character become control characters, or are dropped."""
    kept = (bytes([byte]).decode(page, "ignore") or ("" if drops else chr(byte)) for byte in text.encode())
    return "".join(kept)


@given(texts)
@examples(300)
def test_what_is_not_damaged_stays_as_it_is(text: str) -> None:
    assert mend_text(text) == (text, ())


@given(texts, pages)
@examples(300)
def test_utf_8_that_was_taken_for_a_code_page_is_restored(text: str, page: str) -> None:
    mended, problems = mend_text(damaged(text + CLEAR, page))
    assert mended == text + CLEAR
    assert [problem.severity for problem in problems] == ["warning"]


@given(texts, texts, pages)
def test_a_line_that_is_not_damaged_survives_beside_one_that_is(whole: str, broken: str, page: str) -> None:
    mended, problems = mend_text(f"{whole}\n{damaged(broken + CLEAR, page)}\n{whole}\n")
    assert mended == f"{whole}\n{broken + CLEAR}\n{whole}\n"
    assert problems[0].line == 2


@given(texts)
def test_text_that_was_damaged_twice_is_restored(text: str) -> None:
    assert mend_text(damaged(damaged(text + CLEAR, "cp1252"), "cp1252"))[0] == text + CLEAR


@given(st.text(st.characters(codec="utf-8"), max_size=40))
@examples(300)
def test_lines_keep_their_numbers_whatever_a_text_holds(text: str) -> None:
    mended = mend_text(text + damaged(CLEAR, "cp1254"))[0]
    assert mended.count("\n") == text.count("\n")
    assert mend_text(mended)[0] == mended


@pytest.mark.parametrize("page", ["cp1252", "cp1254"])
@pytest.mark.parametrize(
    "text",
    ["“a” b", "a ← b", "⏳", "⏸️ a", "🎯 a", "🏗️ a", "⚠️ a", "🎉", "❌ a", "📝 a", "╔═══╗", "🔍", "●", "⭐ a", "✏️"],
)
def test_characters_that_lost_a_byte_are_completed_where_damage_is_sure(text: str, page: str) -> None:
    assert mend_text(damaged(text + CLEAR, page, drops=True))[0] == text + CLEAR


@pytest.mark.parametrize(
    "text",
    [
        "“MANHÔ e",
        "»Ä« und »Äpfel«",
        "CAFÉ» fin",
        "irmã”…",
        "the café’”",
        "5×²",
        "Ø±0.5 mm",
        "“École”–é",
        "¬é",
        "«\u00a0É\u00a0»",
    ],
)
def test_quotes_beside_accents_are_not_taken_for_damage(text: str) -> None:
    assert mend_text(text) == (text, ())


def test_the_warning_names_the_first_line_and_says_what_was_done() -> None:
    text, problems = mend_text(f"# Plan\n\n1. a {damaged('→', 'cp1254')} b\n2. {damaged('ğ→', 'cp1254')}\n")
    assert text == "# Plan\n\n1. a → b\n2. ğ→\n"
    (problem,) = problems
    assert (problem.line, problem.severity, problem.code) == (3, "warning", "encoding")
    assert "UTF-8 was taken for" in problem.message
    assert "'→'" in problem.message


def test_a_warning_shows_no_more_of_a_long_run_than_it_needs() -> None:
    mended, (problem,) = mend_text("é" + damaged("├" * 3_000, "mac_roman"))
    assert mended == "é" + "├" * 3_000
    assert len(problem.message) < 200


def test_what_can_be_restored_is_even_beside_what_cannot() -> None:
    cut = "‚ú" * 3
    assert mend_text(cut + damaged("├──" * 9, "mac_roman"))[0] == cut + "├──" * 9


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\x00\ufeff"), min_size=1))
def test_text_is_decoded_as_it_is_from_every_encoding_that_is_read(text: str) -> None:
    for data in (text.encode(), text.encode("utf-8-sig"), codecs.BOM_UTF16_BE + text.encode("utf-16-be")):
        assert decode_text(data, "plan.md") == text
        assert data.decode(encoding_of(data)) == text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_every_kind_of_line_end_is_a_line_feed(end: str) -> None:
    assert decode_text(f"a{end}{end}b{end}".encode(), "plan.md") == "a\n\nb\n"
    assert decode_text(f"a{end}{end}b{end}".encode("utf-16"), "plan.md") == "a\n\nb\n"


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"# a\n\n\xff\xfea", 3, "not text in UTF-8"),
        ("# Plan\n".encode("utf-16-le"), None, "UTF-16 or UTF-32 without"),
        ("# Plan\n".encode("utf-32"), None, "UTF-16 or UTF-32 without"),
        (b"\xff\xfea", None, "not text in UTF-16"),
        ("größe".encode("latin-1"), 1, "not text in UTF-8"),
    ],
)
def test_another_encoding_is_refused_with_what_to_do(data: bytes, line: int | None, said: str) -> None:
    with pytest.raises(PlanError) as error:
        decode_text(data, "plan.md")
    (problem,) = error.value.problems
    assert (problem.line, problem.hint, problem.code) == (line, "save it as UTF-8", "encoding")
    assert said in problem.message


def test_text_of_any_size_is_looked_through_fast() -> None:
    plain = ("- [ ] Task 1.1: do it (2 hours)\n" * 400_000).encode()
    foreign = ("- 任务 1.1 — größe → ✅\n" * 200_000).encode()
    for data, limit_s in ((plain, 0.5), (foreign, 5)):
        start = time.process_time()
        assert mend_text(decode_text(data, "plan.md"))[1] == ()
        assert time.process_time() - start < limit_s


def test_damage_in_yaml_is_left_alone() -> None:
    text = f"version: 1\nname: a\ntitle: mend {damaged('é', 'cp1252')}\nwaves:\n  - id: w\n    jobs:\n      - id: j\n"
    document = read_plan(text.encode(), "plan.yaml")
    assert document.plan.title == f"mend {damaged('é', 'cp1252')}"
    assert document.warnings == ()


def test_a_damaged_run_that_no_person_wrote_is_left_and_takes_no_time() -> None:
    damaged = "\u00e2\u201d\u0153" * 100_000
    started = time.process_time()
    assert mend_text(damaged) == (damaged, ())
    assert time.process_time() - started < 2.0
