import io
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextvars import copy_context
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from plans.errors import PlanError
from tasks.session.source import keep_readings, load_document, load_plan_text, read_source, reading_once

TEXT = b"version: 1\nname: p\nwaves: [{id: w, jobs: [{id: a}]}]\n"


class Pages(BaseHTTPRequestHandler):
    """A site with one plan, one address that leads to it, and nothing else."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/plan.yaml")
            self.end_headers()
        elif self.path == "/plan.yaml":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(TEXT)
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so named where it is overridden
        pass


@pytest.fixture
def site() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def failure(plan: str) -> str:
    with pytest.raises(PlanError) as failed:
        load_document(plan)
    return str(failed.value).splitlines()[0]


def test_a_plan_is_read_from_a_file_under_the_name_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.yaml").write_bytes(TEXT)
    monkeypatch.chdir(tmp_path)
    assert load_plan_text("plan.yaml") == (TEXT, "plan.yaml")
    assert load_document("plan.yaml").name == "plan.yaml"


def test_a_home_folder_may_be_written_as_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "plan.yaml").write_bytes(TEXT)
    assert load_document("~/plan.yaml").plan.name == "p"


def test_a_text_with_line_breaks_is_the_plan_itself() -> None:
    assert load_document(TEXT.decode()).plan.name == "p"


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT)))
    assert load_plan_text("-") == (TEXT, "<stdin>")


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading), os.fdopen(writing, "wb") as pipe:
        pipe.write(TEXT)
        pipe.close()
        assert load_plan_text(f"/dev/fd/{reading}")[0] == TEXT


def test_a_plan_is_fetched_from_a_url_also_after_it_moved(site: str) -> None:
    assert load_plan_text(f"{site}/plan.yaml") == (TEXT, f"{site}/plan.yaml")
    assert load_document(f"{site}/moved").plan.name == "p"


def test_a_url_that_cannot_be_fetched_is_one_line(site: str) -> None:
    assert failure(f"{site}/none") == f"{site}/none: cannot be fetched: 404 Not Found"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}/plan").startswith(f"http://127.0.0.1:{port}/plan: cannot be fetched: ")
    assert failure("http://[bad/plan").startswith("http://[bad/plan: cannot be fetched: ")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.yaml", "no such file"),
        ("nul\0byte", "cannot be read: embedded null byte"),
        ("x" * 5000, "cannot be read: File name too long"),
        ("plan.yaml/below", "cannot be read: Not a directory"),
        ("", "is a folder, not a plan"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.yaml").write_bytes(TEXT)
    monkeypatch.chdir(tmp_path)
    assert failure(name) == f"{name}: {message}"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless file here")
def test_an_endless_file_is_not_read_to_its_end() -> None:
    assert failure("/dev/zero") == "/dev/zero: is longer than 64 MiB: not a plan"


@pytest.mark.parametrize("data", [b"", b"\x7fELF\x02\x01\x01\0\0\0\0", bytes(range(256)), b"just words\n"])
def test_a_file_that_is_no_plan_is_one_line(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    assert failure(str(file)).startswith(f"{file}:")


AGENT = "# Plan of Agent {0}\n\n## Tasks\n1. **Build {0}**\n   - Files: `src/part{0}.py`\n   - Dependencies: None\n"


def test_a_folder_of_agents_plans_is_one_plan(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"agent-{number}.md").write_text(AGENT.format(number))
    (tmp_path / ".hidden.md").write_text(AGENT.format(3))
    (tmp_path / "notes.txt").write_text(AGENT.format(4))
    plan = load_document(str(tmp_path)).plan
    assert [track.id for track in plan.tracks] == ["agent-1", "agent-2"]


def test_a_folder_without_texts_is_read_one_level_deeper(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for number in (1, 2):
        (tmp_path / "deep" / f"agent-{number}.md").write_text(AGENT.format(number))
    assert len(load_document(f"{tmp_path}/").plan.tracks) == 2


def test_a_folder_with_one_plan_among_other_texts_is_that_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_bytes(TEXT)
    (tmp_path / "readme.md").write_text("# About\n\nWords.\n")
    document = load_document(str(tmp_path))
    assert (document.plan.name, document.name) == ("p", f"{tmp_path}/plan.yaml")


def test_a_folder_without_a_plan_is_one_line(tmp_path: Path) -> None:
    assert failure(str(tmp_path)) == f"{tmp_path}: no plan found in this folder"


def test_what_was_read_once_is_given_again_whatever_became_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_bytes(TEXT)
    with reading_once():
        first = read_source(str(file))
        file.write_bytes(TEXT.replace(b"name: p", b"name: edited"))
        given: list[str] = []
        thread = threading.Thread(target=copy_context().run, args=(lambda: given.append(elsewhere(str(file))),))
        thread.start()
        thread.join()
        assert read_source(str(file)) is first
        file.unlink()
        assert load_document(str(file)).plan.name == "p"
    assert given == ["p"]
    assert failure(str(file)) == f"{file}: no such file"


def elsewhere(plan: str) -> str:
    """As a flow does in the process that has read its plan."""
    keep_readings()
    return load_document(plan).plan.name


def test_a_run_without_a_command_before_it_reads_once_too(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_bytes(TEXT)

    def run() -> tuple[str, str]:
        keep_readings()
        name = load_document(str(file)).plan.name
        file.write_bytes(TEXT.replace(b"name: p", b"name: edited"))
        return name, load_document(str(file)).plan.name

    assert copy_context().run(run) == ("p", "p")
    assert load_document(str(file)).plan.name == "edited"


def test_a_reading_has_the_digest_of_the_bytes_or_of_all_texts_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_bytes(TEXT)
    assert read_source(str(tmp_path / "plan.yaml")).digest == sha256(TEXT).hexdigest()
    whole = read_source(str(tmp_path))
    assert whole.data is None
    (tmp_path / "plan.yaml").rename(tmp_path / "other.yaml")
    assert read_source(str(tmp_path)).digest != whole.digest
