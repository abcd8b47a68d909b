"""Homes that start their servers at once do not take each other's ports."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.server.ports import FIRST_PORT, PORTS, candidates, is_free, reserved

HOLDER = """
import sys
from deployments.server.ports import reserved
with reserved(int(sys.argv[1])) as is_ours:
    print(is_ours, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_port_on_which_another_home_is_starting_is_passed_over_until_that_is_done(port: int) -> None:
    argv = [sys.executable, "-c", HOLDER, str(port)]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert is_free(port)
        with reserved(port) as is_ours:
            assert not is_ours
        other.communicate()
    with reserved(port) as is_ours:
        assert is_ours


def test_a_port_that_somebody_listens_on_is_not_to_be_had(port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with reserved(port) as is_ours:
            assert not is_ours


def test_every_port_is_tried_the_one_of_last_time_first() -> None:
    tried = list(candidates(FIRST_PORT + 7))
    assert tried[0] == FIRST_PORT + 7
    assert sorted(tried) == list(range(FIRST_PORT, FIRST_PORT + PORTS))
