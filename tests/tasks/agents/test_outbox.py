"""An outbox is read whatever an agent put there, and nothing outside it is."""

import os
from pathlib import Path

import pytest

from tasks.agents.outbox import MOST_BYTES, Outbox, Report, ScopeRequest, Verdict


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox.fresh(tmp_path / "attempts" / "1")


def test_an_empty_outbox_says_nothing(outbox: Outbox) -> None:
    assert outbox.read() == Report()


def test_a_fresh_outbox_is_empty(outbox: Outbox) -> None:
    (outbox.path / "folder").mkdir()
    (outbox.path / "handoff.md").write_text("of an earlier attempt")
    assert Outbox.fresh(outbox.path).read() == Report()
    assert list(outbox.path.iterdir()) == []


@pytest.mark.hostile
def test_making_one_afresh_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    Outbox.fresh(tmp_path / "link")
    assert (tmp_path / "elsewhere" / "file").exists()


def test_all_that_an_agent_may_say_is_read(outbox: Outbox) -> None:
    (outbox.path / "handoff.md").write_text("\n# Done\n\n")
    (outbox.path / "progress").write_text("step one\n\n  step two \n")
    (outbox.path / "scope.json").write_text('{"paths": ["a/b"], "reason": "needed", "mood": "good"}')
    (outbox.path / "verdict.json").write_text(
        '{"verdict": "NO-GO", "reasons": ["r"], "criteria": [{"criterion": "c", "met": false, "evidence": "e"}]}'
    )
    (outbox.path / "retry-after").write_text("90\n")
    report = outbox.read()
    assert report.problems == ()
    assert (report.handoff, report.progress, report.retry_after_s) == ("# Done", ("step one", "step two"), 90.0)
    assert report.scope == ScopeRequest(paths=("a/b",), reason="needed")
    assert report.verdict is not None
    assert [(c.criterion, c.met, c.evidence) for c in report.verdict.criteria] == [("c", False, "e")]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("scope.json", "{", "scope.json: Invalid JSON"),
        ("scope.json", "[]", "scope.json: "),
        ("scope.json", '{"paths": []}', "scope.json: paths: "),
        ("scope.json", '{"paths": [3]}', "scope.json: paths.0: "),
        ("verdict.json", '{"verdict": "yes"}', "verdict.json: verdict: Input should be 'GO' or 'NO-GO'"),
        ("verdict.json", "", "verdict.json: Invalid JSON"),
        ("verdict.json", "[" * 100_000, "verdict.json: Invalid JSON"),
        ("retry-after", "soon", "retry-after: not a number of seconds: 'soon'"),
    ],
)
def test_what_cannot_be_understood_is_a_problem_in_words(name: str, text: str, problem: str, outbox: Outbox) -> None:
    (outbox.path / name).write_text(text)
    report = outbox.read()
    assert report.problems[0].startswith(problem)
    assert (len(report.problems), report.scope, report.verdict, report.retry_after_s) == (1, None, None, None)


@pytest.mark.parametrize(("text", "seconds"), [("-5", 0.0), ("1e9", 86400.0), ("inf", 86400.0), ("nan", None)])
def test_a_wait_has_bounds(text: str, seconds: float | None, outbox: Outbox) -> None:
    (outbox.path / "retry-after").write_text(text)
    assert outbox.read().retry_after_s == seconds


def test_only_the_beginning_of_a_long_handoff_is_read(outbox: Outbox) -> None:
    (outbox.path / "handoff.md").write_text("x" * 10 * MOST_BYTES)
    assert outbox.read().handoff == "x" * MOST_BYTES


def test_bytes_that_are_no_text_are_replaced(outbox: Outbox) -> None:
    (outbox.path / "handoff.md").write_bytes(b"\xffok")
    assert outbox.read().handoff == "\ufffdok"


@pytest.mark.hostile
@pytest.mark.parametrize("name", ["handoff.md", "scope.json", "verdict.json", "retry-after"])
def test_links_pipes_and_folders_are_not_read(name: str, outbox: Outbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    place = outbox.path / name
    place.symlink_to(tmp_path / "secret")
    assert outbox.read().problems[0].startswith(f"{name}: ")
    place.unlink()
    os.mkfifo(place)
    assert outbox.read().problems == (f"{name}: not a plain file",)
    place.unlink()
    place.mkdir()
    report = outbox.read()
    assert report == Report(problems=(f"{name}: not a plain file",))


@pytest.mark.hostile
def test_an_outbox_replaced_by_a_link_is_not_read(outbox: Outbox, tmp_path: Path) -> None:
    (tmp_path / "handoff.md").write_text("secret")
    outbox.path.rmdir()
    outbox.path.symlink_to(tmp_path)
    assert outbox.read().handoff is None


def test_progress_is_read_while_the_agent_works(outbox: Outbox) -> None:
    with (outbox.path / "progress").open("w") as file:
        file.write("one\n")
        file.flush()
        assert outbox.progress() == ("one",)
    (outbox.path / "progress").unlink()
    os.mkfifo(outbox.path / "progress")
    assert outbox.progress() == ()


def test_a_verdict_needs_no_more_than_its_word(outbox: Outbox) -> None:
    (outbox.path / "verdict.json").write_text('{"verdict": "GO"}')
    assert outbox.read().verdict == Verdict(verdict="GO")
