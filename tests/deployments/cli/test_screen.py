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

pytestmark = pytest.mark.hostile
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


STEERING = "\x1b]0;title\x07\x9b31m\u202e"


@pytest.mark.parametrize(
    "argv",
    [
        ("show", "plan.yaml"),
        ("prompt", "plan.yaml", "a"),
        ("convert", "plan.yaml"),
        ("show", f"{STEERING}cde.yaml"),
        ("check", f"{STEERING}cde.yaml"),
        (f"cde{STEERING}",),
        ("show", f"--cde{STEERING}"),
    ],
)
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


CLOSED = {
    "all closed": ">&- 2>&- <&-",
    "errors closed": "2>&-",
    "errors only to be read": "2</dev/null",
    "all only to be read": "</dev/null >&0 2>&0",
}


@pytest.mark.parametrize("how", CLOSED.values(), ids=CLOSED)
def test_a_command_whose_output_goes_nowhere_is_no_bug_and_tells_by_its_status(how: str, hostile_plan: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PLANWAVE_HOME": str(hostile_plan.parent / "home")}
    for plan, code in ((hostile_plan, 0), (hostile_plan.with_name("absent.yaml"), 1)):
        argv = ["sh", "-c", f'exec "$@" {how}', "sh", *command("check", str(plan))]
        assert subprocess.run(argv, env=env, check=False, stdout=subprocess.DEVNULL).returncode == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
@pytest.mark.parametrize("argv", [("show", "plan.yaml"), ("prompt", "plan.yaml", "a"), ("schema",), ("--help",)])
def test_what_cannot_be_written_is_said_and_is_no_success(argv: tuple[str, ...], hostile_plan: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command(*argv), cwd=hostile_plan.parent, env=env, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (1, b"planwave: No space left on device\n")


@pytest.mark.parametrize("argv", [("show", "plan.yaml"), ("prompt", "plan.yaml", "a"), ("schema",)])
def test_a_pager_that_quits_is_no_bug(argv: tuple[str, ...], hostile_plan: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command(*argv), cwd=hostile_plan.parent, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        said = child.stderr.read()
        assert child.wait(60) in {0, 1}
    assert said == b""


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
