"""Workers as a user starts them, and what the server says of the runs that they carry out."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from pydantic import BaseModel, TypeAdapter

from deployments.server.lifecycle import ServerInfo, login_of
from deployments.server.password import basic
from tasks.home import Home

ROOT = Path(__file__).parents[2]
_MAIN = "from deployments.cli import main; main()"
_PATIENCE_S = 200.0
_BUSY = 503
_OVER = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


class State(BaseModel):
    type: str
    message: str | None = None


class Run(BaseModel):
    """A flow run as the server has it."""

    id: str
    name: str
    state: State


_RUNS = TypeAdapter(tuple[Run, ...])


def until(true: Callable[[], object], what: str) -> None:
    """Wait until something is true."""
    deadline, pause = time.monotonic() + _PATIENCE_S, threading.Event()
    while not true():
        assert time.monotonic() < deadline, f"{what}: not in {_PATIENCE_S:.0f} s"
        pause.wait(0.2)


@dataclass(frozen=True)
class Machine:
    """A user's machine: planwave's home with its server, and a folder that has nothing to do with either."""

    home: Home
    api: httpx.Client
    folder: Path
    workers: list[psutil.Popen] = field(default_factory=list[psutil.Popen])

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "GIT_"))}
        return {**kept, "PLANWAVE_HOME": str(self.home.root), "PYTHONPATH": str(ROOT)}

    def call(self, *arguments: str) -> str:
        """Call planwave, and give what it prints on standard output."""
        ended = self.attempt(*arguments)
        assert ended.returncode == 0, ended.stderr + ended.stdout
        return ended.stdout

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Call planwave, whatever comes of it."""
        return subprocess.run(
            [sys.executable, "-P", "-c", _MAIN, *arguments],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )

    def start_worker(self) -> psutil.Popen:
        """Start a worker as planwave says it; it has come as soon as it takes a run."""
        command = [sys.executable, "-P", "-c", _MAIN, "prefect", "worker", "start", "--pool", "planwave"]
        with (self.folder / f"worker-{len(self.workers)}.log").open("wb") as log:
            worker = psutil.Popen(
                command,
                cwd=self.folder,
                env={**self.env, "PREFECT_WORKER_QUERY_SECONDS": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.workers.append(worker)
        return worker

    def start_run(self, deployment: str, **parameters: str) -> str:
        """Ask for a run as a user does, and give its id."""
        given = [word for name, value in parameters.items() for word in ("--param", f"{name}={value}")]
        said = self.call("prefect", "deployment", "run", deployment, *given)
        found = re.search(r"UUID: (\S+)", said)
        assert found is not None, said
        return found[1]

    def post(self, path: str, body: Mapping[str, object]) -> bytes:
        while (answer := self.api.post(path, json=body)).status_code == _BUSY:
            pass
        return answer.raise_for_status().content

    def runs(self, **which: object) -> tuple[Run, ...]:
        """Return the flow runs that a filter lets through, the first first."""
        return _RUNS.validate_json(self.post("/flow_runs/filter", {**which, "sort": "START_TIME_ASC"}))

    def run(self, flow_run: str) -> Run:
        return self.runs(flow_runs={"id": {"any_": [flow_run]}})[0]

    def ended(self, flow_run: str) -> Run:
        """Return a run when it has ended."""
        until(lambda: self.run(flow_run).state.type in _OVER, f"the end of {flow_run}")
        return self.run(flow_run)

    def kept_by_schedule(self, deployment: str) -> tuple[Run, ...]:
        """Return the runs that a deployment's schedule has started and that are over, the first first."""
        return self.runs(deployments={"name": {"any_": [deployment]}}, flow_runs={"state": {"type": {"any_": _OVER}}})

    def own_processes(self, worker: psutil.Popen) -> list[psutil.Process]:
        """Return the processes of a worker that are not those of its runs."""
        return [child for child in worker.children() if "PREFECT__FLOW_RUN_ID" not in child.environ()]

    def process_of(self, flow_run: str) -> psutil.Process:
        """Return the process that carries out a run of some worker."""
        for worker in self.workers:
            for child in worker.children(recursive=True) if worker.is_running() else ():
                if child.environ().get("PREFECT__FLOW_RUN_ID") == flow_run:
                    return child
        raise AssertionError(f"no process of {flow_run}")


@contextmanager
def machine(home: Home, server: ServerInfo, folder: Path) -> Generator[Machine]:
    """Yield a machine whose workers are ended when it is left."""
    folder.mkdir()
    # A kept connection may be closed by the server at the moment of the next request.
    limits = httpx.Limits(max_keepalive_connections=0)
    headers = {"Authorization": basic(login_of(home) or "")}
    with httpx.Client(base_url=server.api_url, headers=headers, trust_env=False, timeout=30, limits=limits) as api:
        given = Machine(home, api, folder)
        try:
            yield given
        finally:
            for worker in given.workers:
                end(worker)


def end(worker: psutil.Popen) -> None:
    """End a worker, if it has not ended yet, and all that it has started."""
    for process in [*worker.children(recursive=True), worker] if worker.is_running() else ():
        with suppress(psutil.NoSuchProcess):
            process.kill()
    worker.wait()
