"""What is left when planwave itself is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

HOLDER = """
import subprocess, sys
from tasks.programs.environment import child_environment
from tasks.programs.guardian import guarded_children
with guarded_children(sys.argv[1]):
    env = child_environment(mark=sys.argv[1] + "/job/1")
    child = subprocess.Popen(["sleep", "600"], env=env, start_new_session=True)
    print(child.pid, flush=True)
    sys.stdin.read()
child.kill()
child.wait()
"""


def hold(mark: str) -> tuple["subprocess.Popen[str]", psutil.Process]:
    root = str(Path(__file__).parents[3])
    argv = [sys.executable, "-c", HOLDER, mark]
    env = {**os.environ, "PYTHONPATH": root}
    holder = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
    assert holder.stdout is not None
    return holder, psutil.Process(int(holder.stdout.readline()))


def close(holder: "subprocess.Popen[str]") -> None:
    holder.communicate()


@pytest.mark.hostile
def test_agents_end_when_planwave_is_killed() -> None:
    holder, child = hold("hub/plan/guardian-kill")
    holder.send_signal(signal.SIGKILL)
    close(holder)
    assert child.wait(timeout=30) is None or not child.is_running()


def test_the_guardian_of_a_run_that_ends_in_order_touches_nothing() -> None:
    holder, child = hold("hub/plan/guardian-order")
    bystander, other = hold("hub/plan/guardian-order-2")
    close(holder)
    assert holder.returncode == 0
    assert other.is_running()
    close(bystander)
    assert not child.is_running()
