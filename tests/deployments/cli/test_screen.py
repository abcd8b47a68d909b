"""What planwave prints steers no terminal, and a run waits for nobody who reads it."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HOSTILE = "a\x1b[2J\x1b]0;title\x07b\rc\x9b31md\u202ee"
HARMLESS = "ab\ncde"
WRITES = """
import sys
from deployments import screen
screen.LAST_LIMIT_S = float(sys.argv[2])
with screen.screens():
    screen.no_longer_wait()
    for number in range(int(sys.argv[1])):
        print(f"line {number} " + "x" * 100)
    with open("was-here", "w"):
        pass
"""


def start(code: str, *argv: str, cwd: Path, stdout: int = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code, *argv], cwd=cwd, stdout=stdout, env=env)


def test_who_never_reads_holds_up_nothing(tmp_path: Path) -> None:
    with start(WRITES, "20000", "0.2", cwd=tmp_path) as child:
        assert child.wait(60) == 0
        assert (tmp_path / "was-here").exists()


def test_who_reads_late_gets_all_of_it(tmp_path: Path) -> None:
    with start(WRITES, "20000", "60", cwd=tmp_path) as child:
        while not (tmp_path / "was-here").exists():
            assert child.poll() is None
        assert child.stdout is not None
        lines = child.stdout.read().splitlines()
    assert [line.split()[1] for line in lines] == [str(number).encode() for number in range(20000)]


def test_a_reader_that_has_gone_ends_nothing(tmp_path: Path) -> None:
    with start(WRITES, "20000", "60", cwd=tmp_path) as child:
        assert child.stdout is not None
        child.stdout.close()
        assert child.wait(60) == 0
        assert (tmp_path / "was-here").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_a_full_disk_behind_the_output_ends_nothing(tmp_path: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    with start(WRITES, "100", "60", cwd=tmp_path, stdout=full) as child:
        assert child.wait(60) == 0
        assert (tmp_path / "was-here").exists()
    os.close(full)


def command(*argv: str) -> list[str]:
    return [sys.executable, "-P", "-c", "from deployments.cli import main; main()", *argv]


@pytest.fixture
def hostile_plan(tmp_path: Path) -> Path:
    plan = tmp_path / "plan.yaml"
    title = HOSTILE.replace("\x1b", "\\e").replace("\x07", "\\a").replace("\r", "\\r").replace("\x9b", "\\x9b")
    plan.write_text(f'version: 1\nname: p\nwaves: [{{id: w, jobs: [{{id: a, title: "{title}"}}]}}]\n')
    return plan


@pytest.mark.parametrize("argv", [("show", "plan.yaml"), ("prompt", "plan.yaml", "a")])
def test_a_document_does_not_steer_the_terminal(argv: tuple[str, ...], hostile_plan: Path) -> None:
    main, other = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command(*argv), cwd=hostile_plan.parent, stdout=other, stderr=other, env=env) as child:
        os.close(other)
        shown = b"".join(read_all(main))
        child.wait(60)
    os.close(main)
    assert b"31md" in shown or b"cde" in shown
    assert not [steers for steers in ("\x1b", "\x07", "\x9b", "\u202e") if steers.encode() in shown]


def read_all(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            return
        if not chunk:
            return
        yield chunk


def test_a_command_without_standard_files_does_its_work(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("version: 1\nname: p\nwaves: [{id: w, jobs: [{id: a}]}]\n")
    script = 'exec "$@" >&- 2>&- <&-'
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", script, "sh", *command("check", str(plan))], env=env, check=False)
    assert done.returncode == 0


SIGNALLED = """
import os, signal
from tasks.programs import signals
signals.take_signals()
os.kill(os.getpid(), signal.SIGHUP)
print(signals.requested_s() is not None)
"""


@contextmanager
def hangups_ignored() -> Generator[None]:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_terminal_that_closes_is_a_wish_to_stop_but_under_nohup(tmp_path: Path) -> None:
    with start(SIGNALLED, cwd=tmp_path) as child:
        assert child.communicate()[0] == b"True\n"
    with hangups_ignored(), start(SIGNALLED, cwd=tmp_path) as child:
        assert child.communicate()[0] == b"False\n"
