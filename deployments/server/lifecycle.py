"""planwave's own Prefect server: one for each `PLANWAVE_HOME`, in the background, on SQLite.

It is started when a run needs it, found again by later runs, kept for looking after the runs, and ended by
`planwave server stop`. What is true is asked of the processes; the state file only remembers where to look.
"""

import os
import time
from collections.abc import Iterable, MutableMapping
from dataclasses import replace

from deployments.server import process as server_process
from deployments.server.files import ServerFailed, ServerFiles
from deployments.server.info import ServerInfo, configured_server, is_healthy, lets_in, own_server
from deployments.server.pages import offer_login_page
from deployments.server.password import make_login, read_login
from deployments.server.ports import FIRST_PORT, PORTS, candidates, is_free, reserved
from deployments.server.settings import CLIENT_SETTINGS, bypass_proxy, without_prefect
from tasks.home import Home

__all__ = [
    "ServerInfo",
    "apply_client_environment",
    "client_environment",
    "configured_server",
    "connect_server",
    "ensure_server",
    "is_healthy",
    "login_of",
    "restart_server",
    "server_status",
    "stop_server",
]

START_TIMEOUT_S = 180.0


def connect_server(home: Home, environ: MutableMapping[str, str] = os.environ) -> ServerInfo:
    """Return the server that runs use, and make the environment ready for importing Prefect.

    That is the one `PREFECT_API_URL` names (the environment is then left as it is), else planwave's own.

    Raises:
        ServerFailed: planwave's own server does not start.
    """
    info = configured_server(environ) or ensure_server(home)
    apply_client_environment(info, home, environ)
    return info


def client_environment(info: ServerInfo, home: Home) -> dict[str, str]:
    """Return the Prefect settings of a process that uses planwave's own server.

    The password is none of them: Prefect reads it in this `PREFECT_HOME`, and environments are seen by others.
    """
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
    login = login_of(home)
    if login is not None:
        # Also here, until Prefect has been imported: a file of settings in the current folder would count more.
        environ["PREFECT_API_AUTH_STRING"] = login
    authority = ServerFiles(home.prefect).authority()
    if authority is not None:
        environ["PREFECT_API_SSL_CERT_FILE"] = str(authority)
    bypass_proxy(environ)


def login_of(home: Home) -> str | None:
    """Return `user:password` of planwave's own server; None: it has none (yet)."""
    return read_login(home.prefect)


def ensure_server(home: Home) -> ServerInfo:
    """Return planwave's own server, started if it does not run; of several callers at once, one starts it.

    A server that asks for no password, as those of older versions do, or for another than this home's, is started
    anew, but never under a run.

    Raises:
        ServerFailed: it does not start, or runs and does not answer.
        KeyboardInterrupt: the caller was interrupted; what it had started of the server is ended.
    """
    files = ServerFiles(home.prefect)
    with files.locked():
        found = server_process.find(files)
        if found is not None:
            found = _wait_until_healthy(files, found, log_start=0)
            if _asks_for_the_password(found, home):
                return found
            if _has_living_runs(home):
                return _put_up_with(found, files)
            _stop(files, found)
        return _start(files)


def restart_server(home: Home, port: int) -> ServerInfo | None:
    """Return planwave's own server on the port that a run knows, started anew when its process is gone.

    None: it was ended on purpose, as `planwave server stop` does.

    Raises:
        ServerFailed: it does not start there.
    """
    files = ServerFiles(home.prefect)
    with files.locked():
        found = server_process.find(files)
        if found is None and files.recall()[0] is None:
            return None
        if found is None and not is_free(port):
            raise ServerFailed(f"is gone, and another program has its port {port}", files.log)
        if found is None:
            info = _start_on(files, [port])
            if info is None:
                raise ServerFailed(f"is gone, and another program takes its port {port}", files.log)
            return info
        if found.port != port:
            raise ServerFailed(f"runs on port {found.port} now, not on {port}", files.log)
        return _wait_until_healthy(files, found, log_start=0)


def server_status(home: Home) -> ServerInfo | None:
    """Return planwave's own server as it runs now; None: it does not run."""
    return server_process.find(ServerFiles(home.prefect))


def stop_server(home: Home) -> ServerInfo | None:
    """End planwave's own server and what it started; its port is remembered. None: it did not run."""
    files = ServerFiles(home.prefect)
    if not files.folder.is_dir():
        return None
    with files.locked():
        found = server_process.find(files)
        if found is not None:
            _stop(files, found)
        return found


def _stop(files: ServerFiles, info: ServerInfo) -> None:
    if info.pid is not None:
        server_process.end(info.pid)
    files.remember(None, info.port)


def _asks_for_the_password(info: ServerInfo, home: Home) -> bool:
    login = login_of(home)
    return login is not None and lets_in(info, login) and not lets_in(info, None)


def _has_living_runs(home: Home) -> bool:
    from deployments.run_files import living_runs  # noqa: PLC0415 - knows git, which most who ask for a server need not

    return bool(living_runs(home))


def _put_up_with(info: ServerInfo, files: ServerFiles) -> ServerInfo:
    if not lets_in(info, None):
        hint = "end the runs that use it (`planwave status`), then `planwave server stop`: the next one gets a new one"
        raise ServerFailed("asks for another password than the one of this home", files.log, hint=hint)
    return replace(info, is_open=True)


def _start(files: ServerFiles) -> ServerInfo:
    _, remembered = files.recall()
    info = _start_on(files, candidates(remembered))
    if info is None:
        raise ServerFailed(f"finds no free port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1}", files.log)
    return info


def _start_on(files: ServerFiles, ports: Iterable[int]) -> ServerInfo | None:
    """Start a server on the first of some ports that is to be had; None: none is."""
    make_login(files.folder)
    for port in ports:
        with reserved(port) as is_ours:
            info = _try_port(files, port) if is_ours else None
        if info is not None:
            offer_login_page(files.pages)
            return info
    return None


def _try_port(files: ServerFiles, port: int) -> ServerInfo | None:
    """Start a server on a port; None: a program that is not planwave took it meanwhile."""
    log_start = files.open_log()
    pid = server_process.spawn(files, port)
    files.remember(pid, port)
    try:
        return _wait_until_healthy(files, own_server(pid, port, started=True), log_start)
    except ServerFailed as error:
        if not error.port_was_taken:
            raise
    except KeyboardInterrupt:
        # It would go on starting, and stay, though nobody wants it any more.
        _stop(files, own_server(pid, port))
        raise
    return None


def _wait_until_healthy(files: ServerFiles, info: ServerInfo, log_start: int) -> ServerInfo:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        answers = is_healthy(info) and server_process.listens(info)
        # Asked second: a server that ended has answered for the last time.
        if not server_process.lives(files, info):
            raise ServerFailed("ended while starting", files.log, tail=files.log_tail(log_start))
        if answers:
            return info
        if time.monotonic() > deadline:
            hint = "end it with `planwave server stop`, then try again"
            raise ServerFailed(f"does not answer for {START_TIMEOUT_S:.0f} s", files.log, hint=hint)
        time.sleep(0.05)
