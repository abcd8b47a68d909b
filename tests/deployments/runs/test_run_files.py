"""What runs leave on the disk, found and shown without any server."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from deployments.cli.guard import guarded
from deployments.run_files import RunFiles, all_runs, find_files
from tasks.git.file_lock import FileLock, plan_lock
from tasks.home import Home
from tasks.ledger.standing import living_owner


class Ended(NamedTuple):
    status: int
    out: str
    err: str


Leave = Callable[..., RunFiles]


@pytest.fixture
def leave(home: Home) -> Leave:
    """Leave the folders of a run, as old as its number of minutes ago says."""

    def make(name: str, *, hub: str = "repo-1", began: int = 1000, report: str | None = None) -> RunFiles:
        plan, _, number = name.rpartition("-")
        files = RunFiles(home, hub, plan, int(number))
        entry = files.folder / "tries" / number
        entry.mkdir(parents=True)
        os.utime(entry, (began, began))
        if report is not None:
            files.report.write_text(report, encoding="utf-8")
            os.utime(files.report, (began + 90, began + 90))
        return files

    return make


@pytest.fixture
def planwave(home: Home, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    def run(*arguments: str) -> Ended:
        status = guarded(arguments)
        said = capsys.readouterr()
        return Ended(status, said.out, said.err)

    return run


def leave_log(files: RunFiles, job: str, attempt: int, **logs: bytes) -> Path:
    folder = files.attempt(job, attempt)
    folder.mkdir(parents=True)
    for name, content in logs.items():
        (folder / f"{name}.log").write_bytes(content)
    return folder


def test_a_name_means_a_run_before_it_means_a_plan(home: Home, leave: Leave) -> None:
    leave("api-1", began=1)
    leave("api-2", began=2)
    leave("api-2-1", began=3)
    assert [run.name for run in all_runs(home)] == ["api-2-1", "api-2", "api-1"]
    found = [find_files(home, named) for named in (None, "api", "api-1", "api-2", "api-2-1", "web")]
    assert [run and run.name for run in found] == ["api-2-1", "api-2", "api-1", "api-2", "api-2-1", None]


def test_of_one_name_on_two_repositories_the_later_run_is_meant(home: Home, leave: Leave) -> None:
    leave("api-1", hub="old-1", began=1)
    later = leave("api-1", hub="new-1", began=2)
    assert find_files(home, "api") == later
    elsewhere = find_files(home, "api", hub="old-1")
    assert elsewhere is not None
    assert elsewhere.hub == "old-1"


def test_the_outcome_is_read_from_the_report_and_from_the_lock(home: Home, leave: Leave) -> None:
    over = leave("api-1", report="# Api: part two: NO-GO\n\nmore\n")
    latest = leave("api-2")
    assert over.outcome == "NO-GO"
    assert latest.outcome == "Died"
    with plan_lock(home.plan_lock("repo-1", "api"), "api", "repo"):
        assert latest.outcome == "Died", "what was asked once is not asked again"
        assert RunFiles(home, "repo-1", "api", 2).outcome == "Running"
        assert RunFiles(home, "repo-1", "api", 2).owner == os.getpid()
        assert RunFiles(home, "repo-1", "api", 1).owner is None


def test_a_number_that_belongs_to_another_process_by_now_is_no_owner(home: Home) -> None:
    path = home.plan_lock("repo-1", "api")
    assert living_owner(path) is None
    lock = FileLock(path)
    lock.sign()
    assert living_owner(path) == os.getpid()
    lock.close()
    assert living_owner(path) is None


def test_status_without_a_server_shows_what_the_disk_knows(leave: Leave, planwave: Callable[..., Ended]) -> None:
    assert planwave("status").out == "there is no run yet\n"
    files = leave("api-1", report="# Api: Completed\n")
    ended = planwave("status")
    assert ended.status == 0
    assert "is not running: what follows is what runs left on this disk" in ended.err
    assert ended.out.splitlines()[1].split()[:2] == ["api-1", "Completed"]
    assert "1 min 30 s" in ended.out
    assert str(files.report) in planwave("status", "api").out
    assert planwave("status", "web").status == 1


def test_the_report_is_printed_as_it_is(leave: Leave, planwave: Callable[..., Ended]) -> None:
    text = "# Api: Completed\n\n| a | b |\n"
    files = leave("api-1", began=1, report=text)
    leave("web-1", began=2)
    assert planwave("report", "api-1") == (0, text, "")
    assert planwave("report", "api", "--path").out == f"{files.report}\n"
    assert planwave("report") == (1, "", "planwave: web-1 was killed before it wrote a report\n")


def test_a_run_that_is_alive_has_no_report_yet(home: Home, leave: Leave, planwave: Callable[..., Ended]) -> None:
    leave("api-1")
    with plan_lock(home.plan_lock("repo-1", "api"), "api", "repo"):
        assert planwave("report") == (1, "", "planwave: api-1 is not over yet\n")


def test_logs_are_listed_and_printed_byte_for_byte(
    leave: Leave, home: Home, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    files = leave("api-1")
    first = leave_log(files, "build", 1, output=b"one\n")
    leave_log(files, "build", 2, output=b"two \xff\x00\r\n", checks=b"ok\n")

    def said(*arguments: str) -> tuple[int, bytes]:
        return guarded(("logs", *arguments)), capfdbinary.readouterr().out

    assert said("build", "--raw") == (0, b"two \xff\x00\r\n")
    assert said("build", "--raw", "--follow") == (0, b"two \xff\x00\r\n"), "a run that is over adds no more"
    assert said("build", "--attempt", "1", "--run", "api") == (0, b"one\n")
    assert said("build", "--checks") == (0, b"ok\n")
    assert said("build", "--attempt", "1", "--path") == (0, f"{first / 'output.log'}\n".encode())
    listed = said()[1].decode().splitlines()
    assert [line.split()[:3] for line in listed] == [["build", "attempt", "1"], ["build", "attempt", "2"]]


def test_logs_steer_no_terminal_unless_that_is_asked_for(
    leave: Leave, home: Home, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    printed = b"\x1b[31mred\x1b[0m\x1b]0;title\x07 \xc3\xa9\n" + "a\x9b2Jb\n".encode()
    leave_log(leave("api-1"), "build", 1, output=printed)
    for more in ([], ["--follow"]):
        assert guarded(("logs", "build", *more)) == 0
        assert capfdbinary.readouterr().out == "red \xe9\nab\n".encode()
    assert guarded(("logs", "build", "--raw")) == 0
    assert capfdbinary.readouterr().out == printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("biuld",), "did you mean 'build'?"),
        (("build", "--attempt", "7"), "no attempt 7"),
        (("build", "--checks"), "checks have printed nothing"),
        (("build", "--run", "web"), "there is no run 'web'"),
    ],
)
def test_a_log_that_is_not_there_is_one_clear_error(
    leave: Leave, planwave: Callable[..., Ended], arguments: tuple[str, ...], words: str
) -> None:
    leave_log(leave("api-1"), "build", 1, output=b"")
    ended = planwave("logs", *arguments)
    assert ended.status == 1
    assert words in ended.err


def test_cancelling_without_a_server_needs_a_living_process(leave: Leave, planwave: Callable[..., Ended]) -> None:
    leave("api-1", report="# Api: Completed\n")
    ended = planwave("cancel")
    assert ended == (1, "", "planwave: api-1 is over: Completed\n")


def test_answers_need_the_server(planwave: Callable[..., Ended]) -> None:
    ended = planwave("approve")
    assert ended.status == 1
    assert "`planwave server start` starts it" in ended.err
