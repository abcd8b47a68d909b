"""The process of planwave's own server: found, started on a port, and ended. What is true is asked of the processes."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from deployments.server.files import ServerFiles
from deployments.server.info import ServerInfo, own_server
from deployments.server.settings import HOST, server_environment

STOP_TIMEOUT_S = 15.0
_POLITELY = ("nice", "-n", "5")
"""Under load, the agents and git go first; what the pages show may lag behind by a moment."""

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Servers that this process started: kept, so that Python does not warn of a child that outlives its object."""


def find(files: ServerFiles) -> ServerInfo | None:
    """Return the server of this home that runs; None: none does."""
    pid, port = files.recall()
    if pid is not None and port is not None and _is_server(pid, port, files.folder):
        return own_server(pid, port)
    if not files.folder.is_dir():
        return None
    # The state file is lost or stale: two servers on one database must not be, so look for a living one.
    for process in psutil.process_iter():
        port = _port_of(process)
        if port is not None and _is_server(process.pid, port, files.folder):
            return own_server(process.pid, port)
    return None


def lives(files: ServerFiles, info: ServerInfo) -> bool:
    """Return whether the process of the server still is the server."""
    child = None if info.pid is None else _children.get(info.pid)
    if child is not None:
        return child.poll() is None
    return info.pid is not None and _is_server(info.pid, info.port, files.folder)


def listens(info: ServerInfo) -> bool:
    """Return whether what answers on the port is the server's process: while it starts, another may have the port."""
    try:
        sockets = psutil.Process(info.pid).net_connections(kind="tcp4")
    except psutil.Error:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr[1:] == (info.port,) for each in sockets)


def spawn(files: ServerFiles, port: int) -> int:
    """Start a server on a port, and give the number of its process."""
    environment = server_environment(str(files.folder), port, os.environ)
    with files.log.open("ab") as log:
        process = subprocess.Popen(
            [*_POLITELY, sys.executable, *_arguments(port)],
            # `-m` puts the current folder on the path, and Prefect reads settings there: not the user's.
            cwd=files.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[process.pid] = process
    return process.pid


def end(pid: int) -> None:
    """Ask the server and its children to end, then make them; returns when they are gone."""
    try:
        server = psutil.Process(pid)
        family = [server, *server.children(recursive=True)]
        server.terminate()
        _, alive = psutil.wait_procs(family, timeout=STOP_TIMEOUT_S)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=STOP_TIMEOUT_S)
    except psutil.NoSuchProcess:
        pass
    child = _children.pop(pid, None)
    if child is not None:
        child.wait()


def _arguments(port: int) -> list[str]:
    return ["-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]


def _port_of(process: psutil.Process) -> int | None:
    try:
        last = process.cmdline()[-1:]
    except psutil.Error:
        return None
    return int(last[0]) if last and last[0].isdecimal() else None


def _is_server(pid: int, port: int, folder: Path) -> bool:
    """Tell a living server of this home from any other process that got its number."""
    try:
        process = psutil.Process(pid)
        arguments = _arguments(port)
        runs = process.cmdline()[-len(arguments) :] == arguments
        return runs and process.environ().get("PREFECT_HOME") == str(folder)
    except psutil.Error:
        return False
