"""Runs found by the names that people give, on the server in use and on this machine's disk."""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from deployments.run_files import RunFiles, find_files
from deployments.server.api import Api, FlowRun
from deployments.server.info import lets_in
from deployments.server.lifecycle import ServerInfo, configured_server, login_of, server_status
from tasks.errors import TaskError
from tasks.home import Home


class NoSuchRun(TaskError):
    """No run goes by this name."""

    hint = "`planwave status` lists the runs"

    def __init__(self, named: str | None, where: str = "") -> None:
        self.named = named
        super().__init__((f"there is no run {named!r}" if named else "there is no run yet") + where)


class NoServer(TaskError):
    """The command needs the server, and it does not run."""

    hint = "`planwave server start` starts it"

    def __init__(self) -> None:
        super().__init__("planwave's Prefect server is not running")


class PasswordLost(TaskError):
    """planwave's own server asks for a password that is not where it was kept."""

    hint = "end it with `planwave server stop`, under a run with --force; the next start makes a new one"

    def __init__(self, home: Home) -> None:
        super().__init__(f"the password of planwave's Prefect server is not in {home.prefect} any more")


@dataclass(frozen=True)
class Server(AbstractContextManager["Server"]):
    """A server that runs now; its connection is closed at the end of its `with`."""

    info: ServerInfo
    api: Api

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.api.close()

    def page(self, run: FlowRun) -> str:
        """Return the address of a run's page."""
        return f"{self.info.ui_url}/runs/flow-run/{run.id}"


def find_server(home: Home, environ: Mapping[str, str] = os.environ) -> Server | None:
    """Return the server in use, without starting it; None: planwave's own is in use, and does not run.

    Raises:
        PasswordLost: it runs, and lets nobody in who has not its password.
    """
    info = configured_server(environ)
    if info is not None:
        key, user = environ.get("PREFECT_API_KEY"), environ.get("PREFECT_API_AUTH_STRING")
        return Server(info, Api(info.api_url, key=key, user=user))
    own, login = server_status(home), login_of(home)
    if own is None:
        return None
    if login is None and not lets_in(own, None):
        raise PasswordLost(home)
    return Server(own, Api(own.api_url, user=login, proxy=False))


def need_server(home: Home) -> Server:
    """Return the server in use.

    Raises:
        NoServer: it does not run.
    """
    server = find_server(home)
    if server is None:
        raise NoServer
    return server


def as_id(named: str | None) -> UUID | None:
    """Return the id that a name is, if it is one."""
    try:
        return UUID(named)
    except (ValueError, TypeError):
        return None


def find_flow_run(api: Api, named: str | None) -> FlowRun | None:
    """Find a run on the server.

    Args:
        api: the server.
        named: the name of a run, the name of a plan, whose latest run is meant, or an id; None: the latest of all.

    Raises:
        ServerUnreachable: there is no answer.
    """
    flow_run = as_id(named)
    if flow_run is not None:
        return api.run(flow_run)
    if named is None:
        found = api.plan_runs(limit=1)
    else:
        found = api.plan_runs(name=named, limit=1) or api.plan_runs(tags=[f"plan:{named}"], limit=1)
    return next(iter(found), None)


def files_of(home: Home, run: FlowRun) -> RunFiles | None:
    """Return what a run left on this machine; None: nothing, or another home or machine has it."""
    if run.tagged("home") not in {"", home.identity}:
        return None
    found = find_files(home, run.name, hub=run.tagged("hub"))
    return found if found is not None and found.name == run.name else None


def need_files(home: Home, named: str | None) -> RunFiles:
    """Find a run on the disk; the server is asked only where an id names it.

    Raises:
        NoSuchRun: nothing of such a run is on this machine.
    """
    if as_id(named) is None:
        found = find_files(home, named)
    else:
        with need_server(home) as server:
            run = find_flow_run(server.api, named)
        found = None if run is None else files_of(home, run)
    if found is None:
        raise NoSuchRun(named, " on this machine")
    return found
