"""Programs are run, timed, stopped and cleaned up after, with real child processes."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import anyio
import psutil
import pytest

from tasks.programs.environment import child_environment
from tasks.programs.run_program import Exit, Launch, ProgramMissing, StopLadder, run_program
from tasks.programs.stop import StopSignal

DEAF = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)


def launch(
    *argv: str, cwd: Path, stdin: bytes | None = None, ladder: StopLadder = ((signal.SIGTERM, 5.0),), mark: str = "m/1"
) -> Launch:
    return Launch(argv=argv, cwd=cwd, env=child_environment(mark=mark), stdin=stdin, stop_ladder=ladder)


def python(
    code: str, *, cwd: Path, stdin: bytes | None = None, ladder: StopLadder = ((signal.SIGTERM, 5.0),)
) -> Launch:
    return launch(sys.executable, "-I", "-S", "-c", code, cwd=cwd, stdin=stdin, ladder=ladder)


def shell(script: str, *, cwd: Path) -> Launch:
    return launch("sh", "-c", script, cwd=cwd)


async def run(what: Launch, *, timeout_s: float = 60.0) -> Exit:
    return await run_program(what, log=what.cwd / "log", timeout_s=timeout_s)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pids_in(text: str) -> list[int]:
    return [int(word) for word in text.split() if word.isdigit()]


class Heard:
    """A listener that says when so many lines came."""

    def __init__(self, count: int = 1) -> None:
        self.lines: list[str] = []
        self.enough = asyncio.Event()
        self._count = count

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        if len(self.lines) >= self._count:
            self.enough.set()


async def test_a_program_says_how_it_ended_and_what_it_wrote(tmp_path: Path) -> None:
    end = await run(shell("echo out; echo err >&2; exit 3", cwd=tmp_path))
    assert (end.code, end.ended_by, end.tail, end.output_bytes, end.survivors) == (3, "exit", "out\nerr\n", 8, 0)
    assert (tmp_path / "log").read_text() == "out\nerr\n"


async def test_a_program_killed_by_a_signal_ends_with_its_negative_number(tmp_path: Path) -> None:
    assert (await run(shell("kill -9 $$", cwd=tmp_path))).code == -9


async def test_a_program_stands_in_its_folder_with_just_its_environment(tmp_path: Path) -> None:
    end = await run(launch("/bin/sh", "-c", "pwd; echo $PLANWAVE_MARK", cwd=tmp_path, mark="hub/plan/run/job/2"))
    where, mark = end.tail.splitlines()
    assert Path(where) == tmp_path
    assert mark.startswith("hub/plan/run/job/2/")


async def test_stdin_arrives_whole_and_ends(tmp_path: Path) -> None:
    content = bytes(range(256)) * 20_000
    end = await run(python("import sys; print(len(sys.stdin.buffer.read()))", cwd=tmp_path, stdin=content))
    assert end.tail.strip() == str(len(content))


async def test_without_stdin_a_program_reads_nothing(tmp_path: Path) -> None:
    assert (await run(shell("cat; echo end", cwd=tmp_path))).tail == "end\n"


async def test_a_program_that_floods_and_never_reads_its_stdin_ends(tmp_path: Path) -> None:
    flood = "import sys; [sys.stdout.write('x' * 65536) for _ in range(100)]"
    end = await run(python(flood, cwd=tmp_path, stdin=b"y" * 5_000_000))
    assert (end.code, end.output_bytes) == (0, 6_553_600)


async def test_output_that_is_not_text_is_kept_as_it_is(tmp_path: Path) -> None:
    end = await run(python(r"import sys; sys.stdout.buffer.write(b'\xff\x00ok\n')", cwd=tmp_path))
    assert (tmp_path / "log").read_bytes() == b"\xff\x00ok\n"
    assert end.tail == "\ufffd\x00ok\n"


async def test_a_log_is_appended_to(tmp_path: Path) -> None:
    await run(shell("echo one", cwd=tmp_path))
    await run(shell("echo two", cwd=tmp_path))
    assert (tmp_path / "log").read_text() == "one\ntwo\n"


async def test_lines_are_told_as_they_come(tmp_path: Path) -> None:
    heard = Heard()
    what = shell("echo first; printf 'last without end'", cwd=tmp_path)
    await run_program(what, log=tmp_path / "log", timeout_s=60, on_line=heard)
    assert heard.lines == ["first", "last without end"]


async def test_a_program_over_its_time_is_ended(tmp_path: Path) -> None:
    end = await run(shell("echo started; exec sleep 60", cwd=tmp_path), timeout_s=2)
    assert (end.ended_by, end.code, end.tail) == ("timeout", -signal.SIGTERM, "started\n")
    assert end.duration_s < 5


async def test_a_program_that_falls_silent_has_stalled(tmp_path: Path) -> None:
    what = shell("echo started; exec sleep 60", cwd=tmp_path)
    end = await run_program(what, log=tmp_path / "log", timeout_s=60, stall_timeout_s=0.3)
    assert (end.ended_by, end.code) == ("stall", -signal.SIGTERM)


async def test_a_program_that_goes_on_talking_has_not_stalled(tmp_path: Path) -> None:
    what = shell("for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.2; done", cwd=tmp_path)
    end = await run_program(what, log=tmp_path / "log", timeout_s=60, stall_timeout_s=1.2)
    assert (end.ended_by, end.code) == ("exit", 0)


async def test_a_program_that_closes_its_output_is_waited_for(tmp_path: Path) -> None:
    end = await run(shell("exec >&- 2>&-; sleep 0.2; exit 5", cwd=tmp_path))
    assert (end.ended_by, end.code) == ("exit", 5)


async def test_a_program_that_ignores_the_wish_to_end_is_killed(tmp_path: Path) -> None:
    stop, heard = StopSignal(), Heard()
    what = python(DEAF, cwd=tmp_path, ladder=((signal.SIGTERM, 0.2),))
    running = asyncio.ensure_future(
        run_program(what, log=tmp_path / "log", timeout_s=60, stop=stop, on_line=heard),
    )
    await heard.enough.wait()
    stop.request("enough")
    end = await running
    assert (end.ended_by, end.code) == ("stop", -signal.SIGKILL)


async def test_a_program_is_ended_by_the_signals_of_its_own_ladder(tmp_path: Path) -> None:
    stop, heard = StopSignal(), Heard()
    obeys_int = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(7)); print('ready', flush=True); time.sleep(60)"
    )
    what = python(obeys_int, cwd=tmp_path, ladder=((signal.SIGTERM, 0.1), (signal.SIGINT, 20.0)))
    running = asyncio.ensure_future(run_program(what, log=tmp_path / "log", timeout_s=60, stop=stop, on_line=heard))
    await heard.enough.wait()
    stop.request("enough")
    assert (await running).code == 7


async def test_a_stop_from_another_thread_ends_the_program(tmp_path: Path) -> None:
    stop, heard = StopSignal(), Heard()
    running = asyncio.ensure_future(
        run_program(
            shell("echo up; sleep 60", cwd=tmp_path), log=tmp_path / "log", timeout_s=60, stop=stop, on_line=heard
        )
    )
    await heard.enough.wait()
    thread = threading.Thread(target=stop.request, args=("from a thread",))
    thread.start()
    end = await running
    thread.join()
    stop.request("again")
    assert (end.ended_by, stop.requested, stop.reason) == ("stop", True, "from a thread")


async def test_nothing_is_started_once_a_stop_was_requested(tmp_path: Path) -> None:
    stop = StopSignal()
    stop.request("early")
    end = await run_program(shell("touch started", cwd=tmp_path), log=tmp_path / "log", timeout_s=60, stop=stop)
    assert end.ended_by == "stop"
    assert not (tmp_path / "log").exists()


AWAIT_PID = "; while ! [ -s pid ]; do :; done; cat pid"
LEFTOVERS: dict[str, str] = {
    "a background process of its group": "sleep 60 & echo $!",
    "a process in a session of its own": "setsid sh -c 'echo $$ > pid; exec sleep 60' & : " + AWAIT_PID,
    "a deaf process in its group": "sh -c 'trap \"\" TERM; echo $$ > pid; while :; do sleep 1; done' & : " + AWAIT_PID,
    "an orphan of a double fork": "(setsid sh -c 'echo $$ > pid; exec sleep 60' > /dev/null 2>&1 &) " + AWAIT_PID,
    "a process of its group that dropped the mark": "env -i sh -c 'echo $$ > pid; exec sleep 60' & : " + AWAIT_PID,
}


@pytest.mark.hostile
@pytest.mark.parametrize("script", LEFTOVERS.values(), ids=LEFTOVERS.keys())
async def test_what_a_program_leaves_is_ended(script: str, tmp_path: Path) -> None:
    end = await run(shell(script, cwd=tmp_path))
    (left,) = pids_in(end.tail)
    assert not is_alive(left)
    assert (end.code, end.ended_by) == (0, "exit")
    assert end.survivors >= 1


FLED = "(setsid env -i sh -c 'echo $$ > pid; exec sleep 60' > /dev/null 2>&1 &) " + AWAIT_PID
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process takes orphans in")


@pytest.mark.hostile
@on_linux
async def test_a_process_that_fled_from_group_parent_and_mark_is_ended(tmp_path: Path) -> None:
    left: list[str] = []
    end = await run_program(
        shell(FLED, cwd=tmp_path), log=tmp_path / "log", timeout_s=60, on_left=lambda: left.append("something")
    )
    (fled,) = pids_in(end.tail)
    assert not is_alive(fled)
    assert (end.code, end.survivors, left) == (0, 1, [])


@pytest.mark.hostile
@on_linux
async def test_what_fled_from_a_program_that_goes_on_is_not_ended_with_another(tmp_path: Path) -> None:
    (tmp_path / "long").mkdir()
    heard = Heard()
    script = FLED + "; until [ -e go ]; do sleep 0.05; done"
    longer = asyncio.ensure_future(
        run_program(shell(script, cwd=tmp_path / "long"), log=tmp_path / "log-1", timeout_s=60, on_line=heard)
    )
    await heard.enough.wait()
    assert (await run(shell(FLED, cwd=tmp_path))).survivors == 1
    (fled,) = pids_in(heard.lines[0])
    assert is_alive(fled)
    (tmp_path / "long/go").touch()
    assert (await longer).survivors == 1
    assert not is_alive(fled)


@pytest.mark.hostile
async def test_a_program_whose_minder_is_killed_ends_and_its_folder_is_left_alone(tmp_path: Path) -> None:
    heard, left = Heard(), list[str]()
    running = asyncio.ensure_future(
        run_program(
            shell("echo $$; exec sleep 60", cwd=tmp_path),
            log=tmp_path / "log",
            timeout_s=60,
            on_line=heard,
            on_left=lambda: left.append("perhaps"),
        )
    )
    await heard.enough.wait()
    program = psutil.Process(int(heard.lines[0]))
    minder = program.parent()
    assert minder is not None
    minder.kill()
    end = await running
    assert (end.code, left) == (-signal.SIGKILL, ["perhaps"])
    assert not is_alive(program.pid)


@pytest.mark.hostile
@on_linux
def test_what_fled_ends_when_planwave_is_killed(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from tasks.programs.environment import child_environment\n"
        "from tasks.programs.run_program import Launch, run_program\n"
        "launch = Launch(argv=('sh', '-c', sys.argv[1]), cwd=Path(sys.argv[2]), env=child_environment(mark='m'))\n"
        "say = lambda line: print(line, flush=True)\n"
        "asyncio.run(run_program(launch, log=launch.cwd / 'log', timeout_s=60, on_line=say))"
    )
    argv = [sys.executable, "-c", code, FLED + "; echo; sleep 60", str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as planwave:
        assert planwave.stdout is not None
        fled = psutil.Process(int(planwave.stdout.readline()))
        planwave.kill()
    with suppress(psutil.NoSuchProcess):
        fled.wait(30)


@pytest.mark.hostile
async def test_a_program_gets_no_variable_that_it_was_not_to_have(tmp_path: Path) -> None:
    what = Launch(argv=("/usr/bin/env",), cwd=tmp_path, env={"PLANWAVE_MARK": "m"})
    assert [line.partition("=")[0] for line in (await run(what)).tail.splitlines()] == ["PLANWAVE_MARK"]


async def test_programs_under_one_mark_do_not_end_each_other(tmp_path: Path) -> None:
    heard = Heard()
    longer = asyncio.ensure_future(
        run_program(
            shell("echo up; until [ -e go ]; do sleep 0.05; done", cwd=tmp_path),
            log=tmp_path / "long",
            timeout_s=60,
            on_line=heard,
        )
    )
    await heard.enough.wait()
    assert (await run(shell("sleep 60 &", cwd=tmp_path))).survivors == 1
    (tmp_path / "go").touch()
    assert (await longer).code == 0


TREE = "setsid sleep 60 & echo $!; sleep 60 & echo $!; echo $$; wait"


async def test_a_cancelled_task_leaves_no_process(tmp_path: Path) -> None:
    heard = Heard(3)
    running = asyncio.ensure_future(
        run_program(shell(TREE, cwd=tmp_path), log=tmp_path / "log", timeout_s=60, on_line=heard)
    )
    await heard.enough.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not any(is_alive(int(pid)) for pid in heard.lines)


async def test_a_cancelled_scope_of_anyio_leaves_no_process(tmp_path: Path) -> None:
    heard = Heard(3)
    async with anyio.create_task_group() as group:

        async def work() -> None:
            await run_program(shell(TREE, cwd=tmp_path), log=tmp_path / "log", timeout_s=60, on_line=heard)

        group.start_soon(work)
        await heard.enough.wait()
        group.cancel_scope.cancel()
    assert not any(is_alive(int(pid)) for pid in heard.lines)


def no_such_program(_: Path) -> Sequence[str]:
    return ["no-such-program"]


def far_too_long(_: Path) -> Sequence[str]:
    return ["echo", "x" * 200_000]


def not_an_argument(_: Path) -> Sequence[str]:
    return ["echo", "\0"]


def not_executable(folder: Path) -> Sequence[str]:
    (folder / "plain").write_text("text")
    return [str(folder / "plain")]


def bad_interpreter(folder: Path) -> Sequence[str]:
    (folder / "script").write_text("#!/no/such/interpreter\n")
    (folder / "script").chmod(0o755)
    return ["./script"]


def not_a_program(folder: Path) -> Sequence[str]:
    (folder / "garbage").write_bytes(b"\x00\x01\x02")
    (folder / "garbage").chmod(0o755)
    return ["./garbage"]


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (no_such_program, "not found"),
        (not_executable, "Permission denied"),
        (bad_interpreter, "the interpreter of its first line is missing"),
        (not_a_program, "Exec format error"),
        (far_too_long, "Argument list too long"),
        (not_an_argument, "embedded null byte"),
    ],
)
async def test_a_program_that_cannot_start_says_why(
    argv: Callable[[Path], Sequence[str]], why: str, tmp_path: Path
) -> None:
    with pytest.raises(ProgramMissing, match=f"cannot start .*: {why}"):
        await run(launch(*argv(tmp_path), cwd=tmp_path))


async def test_a_missing_folder_is_told_from_a_missing_program(tmp_path: Path) -> None:
    what = launch("true", cwd=tmp_path / "gone")
    with pytest.raises(ProgramMissing, match=r"cannot start 'true': its folder .*gone is not there"):
        await run_program(what, log=tmp_path / "log", timeout_s=60)


@contextmanager
def files_left(count: int) -> Generator[None]:
    """Let this process open so many files, and no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(open_files()) + 50, hard))
    held: list[int] = []
    try:
        with suppress(OSError):
            while True:
                held.append(os.dup(0))
        for _ in range(count):
            os.close(held.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for fd in held:
            os.close(fd)


def open_files() -> list[int]:
    def is_open(fd: int) -> bool:
        with suppress(OSError):
            os.fstat(fd)
            return True
        return False

    return [fd for fd in range(1024) if is_open(fd)]


@pytest.mark.parametrize("count", range(10))
async def test_a_machine_out_of_files_is_not_taken_for_a_missing_program(count: int, tmp_path: Path) -> None:
    before = open_files()
    with files_left(count):
        try:
            ended: int | str | None = (await run(launch("true", cwd=tmp_path))).code
        except OSError as error:
            ended = error.strerror
    assert ended in ({0} if count == 9 else {"Too many open files"} if count < 5 else {0, "Too many open files"})
    assert open_files() == before


async def test_a_program_sees_no_open_file_of_planwave(tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        end = await run(python("import os; print(os.listdir('/dev/fd'))", cwd=tmp_path, stdin=b"x"))
    assert end.tail.strip() == "['0', '1', '2', '3']"  # 3: the listing itself


def test_programs_run_from_a_loop_off_the_main_thread(tmp_path: Path) -> None:
    ends: list[Exit] = []

    def work() -> None:
        ends.append(asyncio.run(run(shell("echo here; sleep 60 &", cwd=tmp_path))))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    assert [(end.code, end.tail, end.survivors) for end in ends] == [(0, "here\n", 1)]


async def test_many_programs_at_once_all_end(tmp_path: Path) -> None:
    ends = await asyncio.gather(
        *(run_program(shell(f"exit {i}", cwd=tmp_path), log=tmp_path / f"log-{i}", timeout_s=60) for i in range(40))
    )
    assert [end.code for end in ends] == list(range(40))
