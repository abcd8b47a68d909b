"""Which Prefect server is in use, and a few questions to it that need neither Prefect nor httpx."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from deployments.server.password import basic
from deployments.server.settings import HOST
from tasks.home import Home


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
    is_open: bool = False
    """It asks for no password: one of an older planwave, which a run still uses."""

    @property
    def is_own(self) -> bool:
        """Whether planwave started it, now or earlier."""
        return self.pid is not None


def own_server(pid: int, port: int, *, started: bool = False) -> ServerInfo:
    """Return the server that planwave started, by its process and port."""
    base = f"http://{HOST}:{port}"
    return ServerInfo(pid=pid, port=port, api_url=f"{base}/api", ui_url=base, started=started)


def configured_server(environ: Mapping[str, str]) -> ServerInfo | None:
    """Return the server that the environment names, if it names one, and that is not planwave's own.

    Its own is named by what `planwave deploy` says for workers, and by what a run sets for Prefect.
    """
    api_url = environ.get("PREFECT_API_URL", "").rstrip("/")
    of_our_home = environ.get("PREFECT_HOME") == str(Home.from_environment().prefect)
    if not api_url or (of_our_home and urlsplit(api_url).hostname == HOST):
        return None
    parts = urlsplit(api_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    ui_url = environ.get("PREFECT_UI_URL") or api_url.removesuffix("/api")
    return ServerInfo(pid=None, port=port, api_url=api_url, ui_url=ui_url, started=False)


def is_healthy(info: ServerInfo, timeout_s: float = 5.0) -> bool:
    """Return whether the server answers."""
    status, body = _get(info, "health", timeout_s)
    return status == http.client.OK and body.strip() == b"true"


def lets_in(info: ServerInfo, login: str | None, timeout_s: float = 5.0) -> bool:
    """Return whether the server takes `user:password`; None: whether it takes whoever asks."""
    status, _ = _get(info, "admin/version", timeout_s, login)
    return status == http.client.OK


def _get(info: ServerInfo, path: str, timeout_s: float, login: str | None = None) -> tuple[int, bytes]:
    """Return the status and body of what the server answers to a question; status 0 when it does not."""
    url = urlsplit(info.api_url)
    # http.client takes no proxy from the environment, and is imported faster than httpx or urllib.request.
    connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = connect(url.hostname or HOST, info.port, timeout=timeout_s)
    headers = {} if login is None else {"Authorization": basic(login)}
    try:
        connection.request("GET", f"{url.path}/{path}", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
