"""Progress written into the document of a plan."""

import re
from pathlib import Path

import pytest

from deployments.cli.guard import guarded
from plans.document import Document
from plans.transform.digest import job_digests
from tasks.errors import TaskError
from tasks.git.trees import tree_of
from tasks.home import Home
from tasks.hub.hub import Hub
from tasks.ledger.ledger import JobRecord, JobWorkDone, commit_job, land
from tasks.ledger.standing import peek
from tasks.reporting.write_back import NotWritten, read_writable, write_back
from tasks.run.opening import open_hub

PLAN = """\
# Small

## Wave 1: Build

- [ ] Task 1.1: one (files: `a.py`)
- [ ] Task 1.2: two (files: `b.py`)

## Progress

Wave 1: 0/2 complete
"""
STAMP = re.compile(r" \(done \d{4}-\d\d-\d\d \d\d:\d\d\)")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """Return the file of a plan in Markdown."""
    path = tmp_path / "PLAN.md"
    path.write_bytes(PLAN.encode())
    return path


def finish(hub: Hub, job: str) -> JobRecord:
    """Commit a job that changed nothing."""
    done = JobWorkDone(
        job=job,
        digest=job_digests(hub.plan)[job],
        track=job,
        wave="wave-1",
        attempt=1,
        duration_s=60.0,
        agent="default",
        run="small-1",
    )
    return commit_job(hub, done, tree=tree_of(hub.git, hub.base), parent=hub.base, expected_tip=None, title="Empty")


def written(path: Path, repo: Path, home: Home) -> bool:
    """Write how the plan stands."""
    data, read = read_writable(str(path))
    return write_back(str(path), data, read, peek(repo, read.plan, home))


def read_plan_of(path: Path) -> Document:
    """Read the plan."""
    return read_writable(str(path))[1]


def test_what_landed_is_ticked_and_what_did_not_is_not(document: Path, user_repo: Path, home: Home) -> None:
    with open_hub(user_repo, read_plan_of(document).plan, home) as hub:
        one, _ = finish(hub, "1.1"), finish(hub, "1.2")
        land(hub, one.commit, hub.base)
    document.chmod(0o640)
    assert written(document, user_repo, home)
    text = document.read_text(encoding="utf-8")
    assert len(STAMP.findall(text)) == 1
    assert STAMP.sub("", text) == PLAN.replace("[ ] Task 1.1", "[x] Task 1.1").replace("0/2", "1/2")
    assert document.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in document.parent.iterdir() if path.name.startswith(".PLAN")] == []
    assert not written(document, user_repo, home)


def test_before_the_first_run_nothing_is_written(document: Path, user_repo: Path, home: Home) -> None:
    before = document.stat().st_mtime_ns
    assert not written(document, user_repo, home)
    assert (document.read_bytes(), document.stat().st_mtime_ns) == (PLAN.encode(), before)


def test_another_encoding_and_its_marks_stay(document: Path, user_repo: Path, home: Home) -> None:
    with open_hub(user_repo, read_plan_of(document).plan, home) as hub:
        land(hub, finish(hub, "1.1").commit, hub.base)
    for codec in ("utf-8-sig", "utf-16"):
        data = PLAN.replace("\n", "\r\n").encode(codec)
        document.write_bytes(data)
        assert written(document, user_repo, home)
        text = document.read_bytes().decode(codec)
        assert STAMP.sub("", text).replace("[x]", "[ ]").replace("1/2", "0/2").encode(codec) == data


def test_a_document_that_was_edited_meanwhile_is_left_as_it_is(document: Path, user_repo: Path, home: Home) -> None:
    data, read = read_writable(str(document))
    with open_hub(user_repo, read.plan, home) as hub:
        land(hub, finish(hub, "1.1").commit, hub.base)
    standing = peek(user_repo, read.plan, home)
    edited = PLAN.replace("two", "three").encode()
    document.write_bytes(edited)
    with pytest.raises(NotWritten, match="edited in the meantime"):
        write_back(str(document), data, read, standing)
    assert document.read_bytes() == edited
    assert [path for path in document.parent.iterdir() if path.name.startswith(".PLAN")] == []


def test_a_link_to_a_document_stays_a_link(document: Path, user_repo: Path, home: Home) -> None:
    with open_hub(user_repo, read_plan_of(document).plan, home) as hub:
        land(hub, finish(hub, "1.1").commit, hub.base)
    link = document.with_name("link.md")
    link.symlink_to(document)
    assert written(link, user_repo, home)
    assert link.is_symlink()
    assert "[x]" in document.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["plan.yaml", "-", "."])
def test_only_a_file_in_markdown_is_written_to(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.endswith(".yaml"):
        path.write_text("version: 1\nname: a\nwaves:\n  - id: w\n    jobs:\n      - id: j\n", encoding="utf-8")
    with pytest.raises(TaskError, match="nothing was written to"):
        read_writable(str(path))


def test_status_writes_when_it_is_asked_to(
    document: Path, user_repo: Path, home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLANWAVE_HOME", str(home.root))
    with open_hub(user_repo, read_plan_of(document).plan, home) as hub:
        land(hub, finish(hub, "1.1").commit, hub.base)
    for said in ("progress written", "nothing new to write"):
        assert guarded(("status", str(document), "--repo", str(user_repo), "--write")) == 0
        assert said in capsys.readouterr().err
        assert len(STAMP.findall(document.read_text(encoding="utf-8"))) == 1
