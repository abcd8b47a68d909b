"""docs/dialects.md is true: its pieces stand in the examples, and what it says becomes of them is what is read."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

import pytest
from markdown_it import MarkdownIt

from plans.errors import PlanError
from plans.lint import lint_plan
from plans.markdown.progress import JobProgress, write_progress
from plans.read import read_plan
from plans.yaml.writer import write_plan
from tests.plans.examples import FOLDER, example

PAGE = Path(__file__).resolve().parents[3] / "docs" / "dialects.md"
TOKENS = MarkdownIt().parse(PAGE.read_text(encoding="utf-8"))
_EXAMPLE = re.compile(r"\]\(\.\./plans/examples/(?P<name>[\w.-]+)\)")
_LEFT_OUT = {"...", "# ..."}


class Pair(NamedTuple):
    """A piece of an example, and what the page says becomes of it."""

    name: str
    document: str
    plan: str


def pairs() -> list[Pair]:
    """Return the pairs of the page: an example is named above each."""
    found, name, pieces = list[Pair](), "", list[str]()
    for token in TOKENS:
        named = _EXAMPLE.search(token.content) if token.type == "inline" else None
        if named is not None:
            name, pieces = named["name"], []
        if token.type == "fence" and token.info in {"markdown", "yaml"}:
            pieces.append(token.content)
            if len(pieces) == 2:
                found.append(Pair(name, *pieces))
    return found


PAIRS = pairs()


def source_lines(name: str) -> list[str]:
    place = FOLDER / name
    files = sorted(place.iterdir(), key=lambda entry: entry.name) if place.is_dir() else [place]
    return [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def runs(piece: str) -> Iterator[list[str]]:
    """Yield the lines between those that say that something is left out."""
    run = list[str]()
    for line in piece.splitlines():
        if line.strip() in _LEFT_OUT:
            yield run
            run = []
        else:
            run.append(line)
    yield run


def find(run: Sequence[str], lines: Sequence[str], start: int) -> int | None:
    """Find lines that follow each other, all of them further to the right by the same; give the line after them."""
    for at in range(start, len(lines) - len(run) + 1):
        pad = " " * (len(lines[at]) - len(run[0]))
        if list(lines[at : at + len(run)]) == [f"{pad}{line}" if line else "" for line in run]:
            return at + len(run)
    return None


def check_piece(piece: str, lines: Sequence[str]) -> None:
    at = 0
    for run in runs(piece):
        end = find(run, lines, at)
        assert end is not None, f"not there, or not in this order: {run}"
        at = end


def test_every_example_that_is_no_yaml_of_ours_has_its_pair() -> None:
    ours = {"full.yaml", "quickstart.yaml", "tracks.yaml", "command-agents.yaml", "README.md"}
    others = {entry.name for entry in FOLDER.iterdir()} - ours
    assert {pair.name for pair in PAIRS} == others - {"get-shit-done-roadmap.md"}


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.name for pair in PAIRS])
def test_the_piece_of_the_document_stands_in_the_example(pair: Pair) -> None:
    check_piece(pair.document, source_lines(pair.name))


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.name for pair in PAIRS])
def test_what_the_page_says_is_read_is_what_convert_prints(pair: Pair) -> None:
    check_piece(pair.plan, write_plan(example(pair.name).plan).splitlines())


def test_a_piece_that_is_not_there_is_noticed() -> None:
    lines = write_plan(example("epics.md").plan).splitlines()
    with pytest.raises(AssertionError, match="not there"):
        check_piece('- id: epic-3\n  title: Fleet\n# ...\n    - id: "2.1"', lines)


def test_the_doubt_that_the_page_shows_is_what_check_tells() -> None:
    name = "get-shit-done-roadmap.md"
    told = [problem.show(f"plans/examples/{name}") for problem in lint_plan(example(name))]
    assert len(told) == 1
    assert told[0].splitlines()[0] in PAGE.read_text(encoding="utf-8").splitlines()


def test_what_the_page_says_is_written_back_is_written() -> None:
    name, at = "parallel-tracks.md", datetime(2026, 3, 2, 9, 5)  # noqa: DTZ001 - as a document shows it
    text = (FOLDER / name).read_text(encoding="utf-8")
    done = JobProgress(started=at, finished=at + timedelta(hours=2))
    written = write_progress(text, example(name), {"track-2": done})
    shown = next(token.content for token in TOKENS if token.type == "fence" and token.info == "diff")
    check_piece(shown, list(unified_diff(text.splitlines(), written.splitlines(), n=0, lineterm="")))


def test_what_the_page_says_is_refused_is_refused_in_these_words() -> None:
    with pytest.raises(PlanError) as refused:
        read_plan(b"# Notes\n\n- [ ] Buy milk\n- [ ] Call the dentist\n", "notes.md")
    assert str(refused.value).splitlines()[0] in PAGE.read_text(encoding="utf-8").splitlines()
