"""planwave's own Prefect server: one for each `PLANWAVE_HOME`, in the background, on SQLite.

It is started when a run needs it, found again by later runs, kept for looking after the runs, and ended by
`planwave server stop`. What is true is asked of the processes; the state file only remembers where to look.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from deployments.server_files import ServerFailed, ServerFiles
from deployments.server_settings import CLIENT_SETTINGS, HOST, bypass_proxy, server_environment, without_prefect
from tasks.home import Home

FIRST_PORT = 4200
PORTS = 100
_POLITELY = ("nice", "-n", "5")
"""Under load, the agents and git go first; what the pages show may lag behind by a moment."""
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 15.0


@dataclass(frozen=True)
class ServerInfo:
    """A Prefect server to use."""

    pid: int | None
    """Its process; None: not planwave's own, but the one that `PREFECT_API_URL` names."""
    port: int
    api_url: str
    ui_url: str
    started: bool
    """This call started it."""

    @property
    def is_own(self) -> bool:
        """Whether planwave started it, now or earlier."""
        return self.pid is not None


def connect_server(home: Home, environ: MutableMapping[str, str] = os.environ) -> ServerInfo:
    """Give the server that runs use, and make the environment ready for importing Prefect.

    That is the one `PREFECT_API_URL` names (the environment is then left as it is), else planwave's own.

    Raises:
        ServerFailed: planwave's own server does not start.
    """
    info = configured_server(environ) or ensure_server(home)
    apply_client_environment(info, home, environ)
    return info


def configured_server(environ: Mapping[str, str]) -> ServerInfo | None:
    """Give the server that the environment names, if it names one."""
    api_url = environ.get("PREFECT_API_URL", "").rstrip("/")
    if not api_url:
        return None
    parts = urlsplit(api_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    ui_url = environ.get("PREFECT_UI_URL") or api_url.removesuffix("/api")
    return ServerInfo(pid=None, port=port, api_url=api_url, ui_url=ui_url, started=False)


def client_environment(info: ServerInfo, home: Home) -> dict[str, str]:
    """Give the Prefect settings of a process that uses planwave's own server."""
    return {
        **CLIENT_SETTINGS,
        "PREFECT_HOME": str(home.prefect),
        "PREFECT_API_URL": info.api_url,
        "PREFECT_UI_URL": info.ui_url,
    }


def apply_client_environment(info: ServerInfo, home: Home, environ: MutableMapping[str, str] = os.environ) -> None:
    """Put these settings in the place of the user's; call it before Prefect is imported."""
    if not info.is_own:
        return
    for name in set(environ) - set(without_prefect(environ)):
        del environ[name]
    environ.update(client_environment(info, home))
    authority = ServerFiles(home.prefect).authority()
    if authority is not None:
        environ["PREFECT_API_SSL_CERT_FILE"] = str(authority)
    bypass_proxy(environ)


def ensure_server(home: Home) -> ServerInfo:
    """Give planwave's own server, started if it does not run; of several callers at once, one starts it.

    Raises:
        ServerFailed: it does not start, or runs and does not answer.
        KeyboardInterrupt: the caller was interrupted; what it had started of the server is ended.
    """
    files = ServerFiles(home.prefect)
    with files.locked():
        found = _find(files)
        return _start(files) if found is None else _wait_until_healthy(files, found, log_start=0)


def server_status(home: Home) -> ServerInfo | None:
    """Give planwave's own server as it runs now; None: it does not run."""
    return _find(ServerFiles(home.prefect))


def is_healthy(info: ServerInfo, timeout_s: float = 5.0) -> bool:
    """Tell whether the server answers."""
    return (_get(info, "health", timeout_s) or b"").strip() == b"true"


def _get(info: ServerInfo, path: str, timeout_s: float) -> bytes | None:
    """Give what the server answers to a question, or None when it does not."""
    url = urlsplit(info.api_url)
    # http.client takes no proxy from the environment, and is imported faster than httpx or urllib.request.
    connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = connect(url.hostname or HOST, info.port, timeout=timeout_s)
    try:
        connection.request("GET", f"{url.path}/{path}")
        return connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def stop_server(home: Home) -> ServerInfo | None:
    """End planwave's own server and what it started; its port is remembered. None: it did not run."""
    files = ServerFiles(home.prefect)
    if not files.folder.is_dir():
        return None
    with files.locked():
        found = _find(files)
        if found is not None and found.pid is not None:
            _end(found.pid)
            files.remember(None, found.port)
        return found


_children: dict[int, subprocess.Popen[bytes]] = {}
"""Servers that this process started: kept, so that Python does not warn of a child that outlives its object."""


def _find(files: ServerFiles) -> ServerInfo | None:
    pid, port = files.recall()
    if pid is not None and port is not None and _is_server(pid, port, files.folder):
        return _info(pid, port)
    if not files.folder.is_dir():
        return None
    # The state file is lost or stale: two servers on one database must not be, so look for a living one.
    for process in psutil.process_iter():
        port = _port_of(process)
        if port is not None and _is_server(process.pid, port, files.folder):
            return _info(process.pid, port)
    return None


def _info(pid: int, port: int, *, started: bool = False) -> ServerInfo:
    base = f"http://{HOST}:{port}"
    return ServerInfo(pid=pid, port=port, api_url=f"{base}/api", ui_url=base, started=started)


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


def _start(files: ServerFiles) -> ServerInfo:
    _, remembered = files.recall()
    for port in _free_ports(remembered):
        log_start = files.open_log()
        pid = _spawn(files, port)
        files.remember(pid, port)
        try:
            return _wait_until_healthy(files, _info(pid, port, started=True), log_start)
        except ServerFailed as error:
            # Between looking and listening, another program may have taken the port.
            if not error.port_was_taken:
                raise
        except KeyboardInterrupt:
            # It would go on starting, and stay, though nobody wants it any more.
            _end(pid)
            files.remember(None, port)
            raise
    raise ServerFailed(f"finds no free port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1}", files.log)


def _free_ports(remembered: int | None) -> list[int]:
    """Give a few ports that nobody listens on: the one of last time first, so that old links still open."""
    first = [] if remembered is None else [remembered]
    ports = [*first, *(port for port in range(FIRST_PORT, FIRST_PORT + PORTS) if port != remembered)]
    free: list[int] = []
    for port in ports:
        if _is_free(port):
            free.append(port)
        if len(free) == 3:
            break
    return free


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as probe:
        # As the server does: without it, the port of a server that was just stopped looks taken for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _spawn(files: ServerFiles, port: int) -> int:
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


def _wait_until_healthy(files: ServerFiles, info: ServerInfo, log_start: int) -> ServerInfo:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        answers = is_healthy(info) and _keeps_house_in(info, files.folder)
        # Asked second: a server that ended has answered for the last time.
        if not _lives(files, info):
            raise ServerFailed("ended while starting", files.log, tail=files.log_tail(log_start))
        if answers:
            return info
        if time.monotonic() > deadline:
            hint = "end it with `planwave server stop`, then try again"
            raise ServerFailed(f"does not answer for {START_TIMEOUT_S:.0f} s", files.log, hint=hint)
        time.sleep(0.05)


def _keeps_house_in(info: ServerInfo, folder: Path) -> bool:
    """Tell whether the server that answers is the one of this home: while ours starts, another may have its port."""
    told = _get(info, "admin/settings", 5.0)
    try:
        return told is not None and json.loads(told)["home"] == str(folder)
    except (ValueError, KeyError, TypeError):
        return False


def _lives(files: ServerFiles, info: ServerInfo) -> bool:
    child = None if info.pid is None else _children.get(info.pid)
    if child is not None:
        return child.poll() is None
    return info.pid is not None and _is_server(info.pid, info.port, files.folder)


def _end(pid: int) -> None:
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
