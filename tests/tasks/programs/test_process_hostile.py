"""Programs that try to outlive their job, or to hold the run up: all that they start ends, and the run goes on."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import psutil
import pytest

from tasks.programs.environment import child_environment
from tasks.programs.run_program import Exit, Launch, run_program
from tasks.programs.sweep import sweep

pytestmark = [
    pytest.mark.hostile,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process takes orphans in"),
]

NOTE = "while ! [ -s pid ]; do sleep 0.01; done"
DEAF = "trap : TERM HUP INT; echo \\$\\$ > pid; while :; do sleep 1; done"
BECOME_OURS = """
import ctypes, os, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # takes orphans in, as the minder does
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.execve("/bin/sh", ["sh", "-c", "echo $$ > pid; exec sleep 60"], {})
while not os.path.exists("pid") or not os.path.getsize("pid"):
    time.sleep(0.01)
"""
NEVER_AT_REST = """
import os, time
if os.fork():
    while not os.path.exists("pid"):
        time.sleep(0.01)
    os._exit(0)
os.setsid()
end = time.monotonic() + 60
while time.monotonic() < end:
    if os.fork():
        os._exit(0)
    os.close(os.open("pid", os.O_CREAT))
    os.utime("pid")
"""
"""A process that ends and goes on as its own child, some thousand times a second."""

ESCAPES = {
    "no environment, no session, no open file": (
        "sh", "-c", f"(setsid env -i sh -c 'cd /; exec <&- >&- 2>&-; exec sleep 60' & echo $! > pid) & {NOTE}"
    ),
    "deaf, twice orphaned": (
        "sh", "-c", f"(setsid sh -c '(setsid env -i sh -c \"{DEAF}\" >/dev/null 2>&1 &)' &); {NOTE}"
    ),
    "below a process that takes orphans in": (sys.executable, "-I", "-S", "-c", BECOME_OURS),
    "stopped": ("sh", "-c", f"(setsid env -i sh -c 'echo $$ > pid; kill -STOP $$; sleep 60' &); {NOTE}"),
}  # fmt: skip


def launch(*argv: str, cwd: Path) -> Launch:
    return Launch(argv=argv, cwd=cwd, env=child_environment(mark=f"hostile/{os.getpid()}"))


async def run(what: Launch, left: list[str], *, timeout_s: float = 60.0) -> Exit:
    return await run_program(what, log=what.cwd / "log", timeout_s=timeout_s, on_left=lambda: left.append("perhaps"))


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("how", ESCAPES)
async def test_what_flees_from_a_job_ends_with_it(how: str, tmp_path: Path) -> None:
    left: list[str] = []
    end = await run(launch(*ESCAPES[how], cwd=tmp_path), left)
    assert (end.code, end.ended_by, left) == (0, "exit", [])
    assert end.survivors >= 1
    assert not is_alive(int((tmp_path / "pid").read_text()))


async def test_a_process_that_is_never_at_rest_ends_with_its_job(tmp_path: Path) -> None:
    left: list[str] = []
    await run(launch(sys.executable, "-I", "-S", "-c", NEVER_AT_REST, cwd=tmp_path), left)
    seen = (tmp_path / "pid").stat().st_mtime_ns
    # Long enough for hundreds of its lives.
    await run(launch("sh", "-c", "for n in 1 2 3 4 5 6 7 8 9; do ls / > /dev/null; done", cwd=tmp_path), left)
    assert (tmp_path / "pid").stat().st_mtime_ns == seen
    assert left == []


@pytest.mark.skipif(shutil.which("unshare") is None or os.geteuid() != 0, reason="needs unshare, and root")
async def test_what_stands_in_a_space_of_processes_of_its_own_ends_with_its_job(tmp_path: Path) -> None:
    marker = f"6{os.getpid()}"
    script = f"(setsid unshare -fp env -i sh -c 'touch pid; sleep {marker}' & ) ; until [ -e pid ]; do sleep 0.01; done"
    left: list[str] = []
    await run(launch("sh", "-c", script, cwd=tmp_path), left)
    alive = [p.pid for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[:2] == ["sleep", marker]]
    assert (alive, left) == ([], [])


async def test_a_program_that_stops_its_minder_ends_with_its_time_and_its_folder_is_left_alone(tmp_path: Path) -> None:
    left: list[str] = []
    script = "echo $PPID $$ > pids; kill -STOP $PPID; exec sleep 60"
    end = await asyncio.wait_for(run(launch("sh", "-c", script, cwd=tmp_path), left, timeout_s=1.0), 45)
    minder, program = map(int, (tmp_path / "pids").read_text().split())
    assert (end.ended_by, left) == ("timeout", ["perhaps"])
    assert not is_alive(program)
    assert not is_alive(minder)


async def test_the_next_start_ends_what_is_left_where_a_job_killed_its_minder(tmp_path: Path) -> None:
    left: list[str] = []
    script = "(setsid sh -c 'echo $$ > pid; exec sleep 60' >/dev/null 2>&1 &); " + NOTE + "; kill -KILL $PPID; sleep 60"
    await run(launch("sh", "-c", script, cwd=tmp_path), left)
    assert left == ["perhaps"]
    sweep(f"hostile/{os.getpid()}")
    assert not is_alive(int((tmp_path / "pid").read_text()))
