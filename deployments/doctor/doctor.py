"""What this machine has and lacks for running plans."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from deployments.doctor.disks import mounts, network_disk
from deployments.doctor.findings import Finding
from deployments.doctor.installed import examine_packages
from deployments.doctor.scheduler import examine_schedules
from deployments.runs.find import find_server
from deployments.server.files import ServerFiles
from deployments.server.lifecycle import ServerInfo, configured_server, is_healthy, server_status
from tasks.errors import TaskError
from tasks.home import Home

OLDEST_PYTHON = (3, 11)
OLDEST_GIT = (2, 39)
LEAST_DISK_BYTES = 2 * 10**9
PROGRAM_TIMEOUT_S = 10.0
SERVER_TIMEOUT_S = 10.0

AGENTS: Mapping[str, str] = {
    "claude": "npm install -g @anthropic-ai/claude-code",
    "codex": "npm install -g @openai/codex",
    "gemini": "npm install -g @google/gemini-cli",
    "opencode": "npm install -g opencode-ai",
    "aider": "pipx install aider-chat",
    "mini": "pipx install mini-swe-agent",
}
"""The programs of the coding agents, and how each is installed."""


def examine(home: Home, environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Look at everything that runs need, one finding after another."""
    yield _python(sys.version_info[:3])
    yield _git()
    yield from examine_packages()
    yield _home(home)
    yield _disk(home)
    yield from _network(home)
    yield from _server(home, environ)
    yield from _agents()
    yield _sandbox()


def _python(version: tuple[int, ...]) -> Finding:
    what = f"Python {_dotted(version)}"
    if version >= OLDEST_PYTHON:
        return Finding("ok", what)
    return Finding("missing", f"{what} is too old", f"install Python {_dotted(OLDEST_PYTHON)} or newer")


def _git() -> Finding:
    hint = f"install git {_dotted(OLDEST_GIT)} or newer with the system's package manager"
    program = shutil.which("git")
    if program is None:
        return Finding("missing", "git is not installed", hint)
    said = _said(program, "--version")
    version = numbers(said)
    if not version:
        return Finding("missing", f"git at {program} does not run: {said}", hint)
    if version < OLDEST_GIT:
        return Finding("missing", f"git {_dotted(version)} is too old", hint)
    return Finding("ok", f"git {_dotted(version)}")


def _home(home: Home) -> Finding:
    try:
        home.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home.root):
            return Finding("ok", f"data folder {home.root}")
    except OSError as error:
        hint = "make it writable, or name another folder in PLANWAVE_HOME"
        return Finding("missing", f"the data folder {home.root} cannot be written: {error.strerror}", hint)


def _disk(home: Home) -> Finding:
    folder = next((path for path in (home.root, *home.root.parents) if path.is_dir()), Path("/"))
    free = shutil.disk_usage(folder).free
    what = f"{free / 10**9:.1f} GB free in the data folder"
    if free >= LEAST_DISK_BYTES:
        return Finding("ok", what)
    return Finding("missing", what, "free some space, or name a folder on another disk in PLANWAVE_HOME")


def _network(home: Home) -> Iterator[Finding]:
    kind = network_disk(home.root.resolve(), mounts())
    if kind is not None:
        what = f"the data folder is on a network disk ({kind}): locks and the server's database may fail there"
        yield Finding("note", what, "name a folder on a disk of this machine in PLANWAVE_HOME")


def _server(home: Home, environ: Mapping[str, str]) -> Iterator[Finding]:
    configured = configured_server(environ)
    found = _own(home) if configured is None else _configured(configured)
    yield found
    try:
        server = find_server(home, environ) if found.standing == "ok" else None
    except TaskError as error:
        yield Finding("missing", str(error), error.hint)
        return
    if server is not None:
        with server:
            yield from examine_schedules(server.api, str(ServerFiles(home.prefect).log) if server.info.is_own else None)


def _own(home: Home) -> Finding:
    own = server_status(home)
    if own is None:
        return Finding("ok", "Prefect server: not running; `planwave run` starts it")
    if is_healthy(own):
        return Finding("ok", f"Prefect server: {own.ui_url}")
    hint = "end it with `planwave server stop`; the next run starts it anew"
    return Finding("missing", f"the Prefect server at {own.ui_url} does not answer", hint)


def _configured(server: ServerInfo) -> Finding:
    try:
        with urllib.request.urlopen(f"{server.api_url}/health", timeout=SERVER_TIMEOUT_S):  # noqa: S310 - the user's
            pass
    except urllib.error.HTTPError as error:
        # A server that wants a key says so, and so it is there.
        if error.code >= 500:
            return _unreachable(server, str(error))
    except (OSError, ValueError) as error:
        return _unreachable(server, str(error))
    return Finding("ok", f"Prefect server: {server.api_url}, from PREFECT_API_URL")


def _unreachable(server: ServerInfo, why: str) -> Finding:
    hint = "start that server, or unset PREFECT_API_URL to use planwave's own"
    return Finding("missing", f"the Prefect server {server.api_url} of PREFECT_API_URL does not answer: {why}", hint)


def _agents() -> Iterator[Finding]:
    for program, install in AGENTS.items():
        found = shutil.which(program)
        if found is None:
            yield Finding("note", f"coding agent {program}: not installed", install)
        else:
            yield Finding("ok", f"coding agent {program}: {found}")


def _sandbox() -> Finding:
    found = shutil.which("bwrap")
    if found is not None:
        return Finding("ok", f"bubblewrap: {found}")
    if sys.platform != "linux":
        return Finding("note", "bubblewrap: only for Linux, so `sandbox: true` cannot be used here")
    hint = "install the package `bubblewrap` with the system's package manager"
    return Finding("note", "bubblewrap: not installed; only `sandbox: true` needs it", hint)


def _said(program: str, *arguments: str) -> str:
    try:
        done = subprocess.run(
            [program, *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROGRAM_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (done.stdout or done.stderr).decode(errors="replace").strip()


def numbers(text: str) -> tuple[int, ...]:
    """Return the first version in a text as numbers; nothing, when there is none."""
    found = re.search(r"\d+(?:\.\d+)+", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
