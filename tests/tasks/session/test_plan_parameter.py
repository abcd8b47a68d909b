"""What a run's parameters say of its plan can be read again, on another day and from another folder."""

import io
import os
import sys
from pathlib import Path

import pytest

from tasks.home import Home
from tasks.session.plan_parameter import LONGEST, with_lasting_plan
from tasks.session.settings import RunSettings
from tasks.session.source import load_document, read_source, reading_once

TEXT = "version: 1\nname: p\nwaves: [{id: w, jobs: [{id: a, prompt: x}]}]\n"


@pytest.fixture
def here(tmp_path: Path, user_repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, beside a repository."""
    assert user_repo.is_dir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lasting(plan: str, place: Path) -> str:
    settings = RunSettings(plan=plan, repo=str(place / "project"))
    return with_lasting_plan(settings, Home(place / "home")).plan


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_path_becomes_absolute_and_a_link_keeps_its_name(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "plan.yaml").write_text(TEXT)
    (here / "latest.yaml").symlink_to("plan.yaml")
    (here / "plans").mkdir()
    (here / "plans/plan.yaml").write_text(TEXT)
    assert lasting("plan.yaml", here) == str(here / "plan.yaml")
    assert lasting("./latest.yaml", here) == str(here / "latest.yaml")
    assert lasting("plans", here) == str(here / "plans")
    monkeypatch.setenv("HOME", str(here))
    assert lasting("~/plan.yaml", here) == str(here / "plan.yaml")


def test_what_was_read_goes_by_the_lasting_name_too(here: Path) -> None:
    (here / "plan.yaml").write_text(TEXT)
    with reading_once():
        first = read_source("plan.yaml")
        named = lasting("plan.yaml", here)
        (here / "plan.yaml").unlink()
        assert read_source(named) is first
        assert first.document.name == "plan.yaml"


def test_a_text_and_standard_input_stay_the_text_that_they_are(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lasting(TEXT, here) == TEXT
    feed(monkeypatch, TEXT.encode())
    assert lasting("-", here) == TEXT


def test_a_text_of_one_line_is_not_taken_for_a_path_later(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, b'{"version": 1, "name": "p", "waves": [{"id": "w", "jobs": [{"id": "a"}]}]}')
    with reading_once():
        named = lasting("-", here)
    assert load_document(named).plan.name == "p"


def test_a_pipe_is_kept_as_its_text(here: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading), os.fdopen(writing, "wb") as pipe, reading_once():
        pipe.write(TEXT.encode())
        pipe.close()
        assert lasting(f"/dev/fd/{reading}", here) == TEXT


@pytest.mark.parametrize(
    "data",
    [
        f"{TEXT}context: {'é' * LONGEST}\n".encode(),
        TEXT.replace("prompt: x", "prompt: é").encode("utf-16"),
    ],
    ids=["long", "utf-16"],
)
def test_what_does_not_fit_is_kept_beside_the_plans_logs_as_it_was(
    here: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    feed(monkeypatch, data)
    file = Path(lasting("-", here))
    assert file.is_absolute()
    assert file.read_bytes() == data
    assert file.parent.parent.name == "p"
    assert (here / "home/runs") in file.parents
    assert load_document(str(file)).plan.name == "p"
    feed(monkeypatch, data)
    assert lasting("-", here) == str(file)
