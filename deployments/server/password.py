"""The password of planwave's own server: made once for each home, and kept where Prefect itself reads it.

That is a file of profiles in the server's home, which only its owner may read. Environments would show it to every
program of the user for as long as a process lives, and command lines to everybody.
"""

import base64
import os
import secrets
import tomllib
from pathlib import Path

CLIENTS, SERVER = "planwave", "planwave-server"
"""The profiles: a worker hands all settings of its own to its runs, and those of the server are none of theirs."""
USER = "planwave"
_FILE = "profiles.toml"
_TEXT = f"""\
# Made by planwave: the password of its own Prefect server. Delete this file and stop the server to get another.
active = "{CLIENTS}"

[profiles.{CLIENTS}]
PREFECT_API_AUTH_STRING = "{{login}}"

[profiles.{SERVER}]
PREFECT_SERVER_API_AUTH_STRING = "{{login}}"
"""


def read_login(prefect_home: Path) -> str | None:
    """Return `user:password` of the server that keeps everything in a folder; None: it has none (yet)."""
    try:
        file = (prefect_home / _FILE).read_text(encoding="utf-8")
        login: object = tomllib.loads(file)["profiles"][SERVER]["PREFECT_SERVER_API_AUTH_STRING"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return login if isinstance(login, str) and ":" in login else None


def make_login(prefect_home: Path) -> str:
    """Return `user:password`, made when there is none; a file of profiles that is not planwave's is put aside."""
    path = prefect_home / _FILE
    login = read_login(prefect_home)
    if login is not None:
        path.chmod(0o600)
        return login
    login = f"{USER}:{secrets.token_urlsafe(32)}"
    new = path.with_suffix(f".{os.getpid()}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(_TEXT.format(login=login))
    if path.exists():
        path.replace(path.with_suffix(".before-planwave.toml"))
    new.replace(path)
    return login


def basic(login: str) -> str:
    """Return the header of a request that proves `user:password`, as Prefect makes it."""
    return f"Basic {encoded(login)}"


def encoded(login: str) -> str:
    """Return `user:password` as requests carry it, and as Prefect's pages keep it in the browser."""
    return base64.b64encode(login.encode()).decode("ascii")
