"""A process that has imported everything that a run imports, and starts planwave's commands as children of its own.

Importing Prefect costs seconds of a slow core, each time: most tests of whole runs start their commands here. Such a
command is a process like any other, in a session of its own, and runs the real `main` with the arguments it is given;
what Python and Prefect read at their start is the same for all. Some tests start the real program, to be sure.

Run as a program with one argument, a Unix socket to listen on. A request is a JSON object with the descriptors of the
command's standard output and error; the answers are its process id, then its exit status, a line each.
"""

import json
import os
import signal
import socket
import sys
import threading
from importlib import import_module
from typing import NoReturn, TypedDict

from deployments.cli import main


class Request(TypedDict):
    """What to start."""

    argv: list[str]
    cwd: str
    env: dict[str, str]


def serve(path: str) -> None:
    """Listen until the process is ended; says `ready` on standard output once it does."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for module in ("deployments.cli.run", "deployments.display", "deployments.runner", "fastapi", "git"):
        import_module(module)
    assert threading.active_count() == 1, "a thread would be lost in the children"
    os.write(1, b"ready\n")
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _watch(connection)
            os._exit(0)
        connection.close()


def _watch(connection: socket.socket) -> None:
    """Start a command, and tell of its end."""
    data, descriptors, _, _ = socket.recv_fds(connection, 2**20, 2)
    request: Request = json.loads(data)
    pid = os.fork()
    if pid == 0:
        connection.close()
        _become(request, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    connection.sendall(b"%d\n" % pid)
    _, status = os.waitpid(pid, 0)
    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _become(request: Request, descriptors: list[int]) -> NoReturn:
    """Be the command, to its end and the interpreter's."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    null = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((null, *descriptors)):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", buffering=1, closefd=False)
    main(request["argv"])
    raise AssertionError("main ends the process")


if __name__ == "__main__":
    serve(sys.argv[1])
