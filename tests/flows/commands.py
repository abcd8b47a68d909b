"""planwave's commands as tests call them: real processes, what they print, how they end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, TypedDict

import httpx

from tasks.home import Home
from tasks.hub.hub import hub_key
from tasks.repository.user_repo import find_repository

CHECKOUT = Path(__file__).resolve().parents[2]
_BUSY = 503
_RECORDED_S = 240.0
"""How long the server may take to record a task that is over; it does so in batches."""
MAIN = "from deployments.cli import main; main()"


class EventDict(TypedDict):
    """A line of `--json`: what every event has, and what some have."""

    event: str
    subject: str
    run: str
    flow_run: str
    jobs: int
    cached: int
    agent: str
    track: str
    attempt: int
    needs: list[str]
    commit: str
    head: str
    reason: str
    delay_s: float
    decision: str
    by: str
    note: str
    question: str
    outcome: str
    message: str
    missing: list[str]
    warning: str
    stopped_by: str | None
    target: str
    at: str


def read_event(line: str) -> EventDict | None:
    """Read a line of what a command prints; None: it is no event."""
    event: EventDict | None = json.loads(line) if line.startswith("{") else None
    return event


@dataclass(frozen=True)
class Ended:
    """A command that is over."""

    code: int
    """Its exit status; negative: the signal that killed it."""
    out: str
    err: str

    @cached_property
    def events(self) -> list[EventDict]:
        """What it told, of `--json`."""
        return [event for line in self.out.splitlines() if (event := read_event(line)) is not None]

    def of(self, name: str, subject: str | None = None) -> list[EventDict]:
        """Return the events of a name (`job.completed`), and of a subject where one is given."""
        wanted = [event for event in self.events if event["event"] == f"planwave.{name}"]
        return [event for event in wanted if subject in {None, event["subject"]}]

    def subjects(self, name: str) -> list[str]:
        """Return what the events of a name are about, in order."""
        return [event["subject"] for event in self.of(name)]

    @property
    def missing(self) -> list[str]:
        """What the run says is missing."""
        return self.of("run.finished")[0]["missing"]

    @property
    def run(self) -> str:
        """The run's name."""
        return self.of("run.started")[0]["subject"]

    @property
    def flow_run(self) -> str:
        """The id of the run on the Prefect server."""
        return self.of("run.started")[0]["flow_run"]


@dataclass
class Running:
    """A command that runs; what it prints is read as it comes."""

    pid: int
    out: IO[str]
    err: IO[str]
    status: IO[str]
    """Says the exit status, in a line, at the end."""
    _lines: list[str] = field(default_factory=list[str])
    _errors: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=lambda: self._errors.extend(self.err), daemon=True)
        self._reader.start()

    def wait_for(self, name: str, subject: str | None = None) -> EventDict:
        """Return the next event of a name (`job.started`), and of a subject if one is given, as soon as it is told."""
        for line in self.out:
            self._lines.append(line)
            event = read_event(line)
            if event is not None and event["event"] == f"planwave.{name}" and subject in {None, event["subject"]}:
                return event
        raise AssertionError(f"no {name} {subject or ''} in {''.join(self._lines)}, then {self.end().err}")

    def hear(self, lines: int) -> None:
        """Read so many lines of what it prints, or all where there are fewer."""
        while lines > 0 and (line := self.out.readline()):
            self._lines.append(line)
            lines -= 1

    def send(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to the command, or to its whole process group."""
        (os.killpg if group else os.kill)(self.pid, number)

    def stop_reading(self) -> None:
        """Read nothing more of what it prints, as `head` does."""
        self.out.close()

    def end(self) -> Ended:
        """Wait for the end."""
        if not self.out.closed:
            self._lines.extend(self.out)
        code = int(self.status.readline())
        self._reader.join()
        for file in (self.out, self.err, self.status):
            file.close()
        return Ended(code, "".join(self._lines), "".join(self._errors))


@dataclass(frozen=True)
class Planwave:
    """planwave as its user has it: a home, a server, and commands to call."""

    home: Path
    api: httpx.Client
    """planwave's own server."""
    socket: Path
    """Where a `warm_start` listens."""
    folder: Path
    """The current folder of every command; plans stand here."""
    started: list[Running] = field(default_factory=list[Running])
    """Every command that was not called to its end: a test that fails may leave one running."""

    @property
    def env(self) -> dict[str, str]:
        """The environment of the commands."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "GIT_", "PLANWAVE_"))}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        return {**kept, "PLANWAVE_HOME": str(self.home), "PYTHONPATH": str(CHECKOUT)}

    def hub(self, repo: Path) -> Path:
        """Return planwave's own clone of a repository."""
        return Home(self.home).hubs / f"{hub_key(find_repository(repo))}.git"

    def plan(self, plan: Mapping[str, object]) -> Path:
        """Write a plan into a file, and give the file."""
        path = self.folder / f"{plan['name']}.yaml"
        path.write_text(json.dumps({"version": 1, **plan}, indent=1))
        return path

    def feed(self, text: bytes, *argv: str) -> Ended:
        """Call the real program with something on its standard input, and wait for its end."""
        command = [sys.executable, "-c", MAIN, *argv]
        ended = subprocess.run(command, cwd=self.folder, env=self.env, input=text, capture_output=True, check=False)
        return Ended(ended.returncode, ended.stdout.decode(errors="replace"), ended.stderr.decode(errors="replace"))

    def call(self, *argv: str) -> Ended:
        """Call the real program, from nothing, and wait for its end; whoever asks its standard input waits for ever."""
        command = [sys.executable, "-c", MAIN, *argv]
        silence, writer = os.pipe()
        try:
            ended = subprocess.run(
                command, cwd=self.folder, env=self.env, stdin=silence, capture_output=True, text=True, check=False
            )
        finally:
            os.close(silence)
            os.close(writer)
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def start(self, *argv: str) -> Running:
        """Start a command, in a session of its own."""
        (out, out_end), (err, err_end) = os.pipe(), os.pipe()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.socket))
            request = {"argv": argv, "cwd": str(self.folder), "env": self.env}
            socket.send_fds(connection, [json.dumps(request).encode()], [out_end, err_end])
            status = connection.makefile("r")
        for descriptor in (out_end, err_end):
            os.close(descriptor)
        pid = int(status.readline())
        running = Running(pid, os.fdopen(out, "r", errors="replace"), os.fdopen(err, "r", errors="replace"), status)
        self.started.append(running)
        return running

    def end_all(self) -> None:
        """End what a failed test left running."""
        for running in self.started:
            if not running.status.closed:
                with suppress(ProcessLookupError):
                    running.send(signal.SIGKILL)
                running.end()

    def start_run(self, plan: Mapping[str, object], repo: Path, *options: str) -> Running:
        """Start a run of a plan on a repository."""
        return self.start("run", str(self.plan(plan)), "--repo", str(repo), "--json", *options)

    def run(self, plan: Mapping[str, object], repo: Path, *options: str) -> Ended:
        """Run a plan on a repository, and wait for the end."""
        return self.start_run(plan, repo, *options).end()

    def post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        """Ask the server, again while it says that it is busy, as its own clients do."""
        while (answer := self.api.post(path, json=body)).status_code == _BUSY:
            pass
        return answer.raise_for_status()

    def delete(self, flow_run: str) -> None:
        """Delete a flow run, as its page does."""
        while (answer := self.api.delete(f"/flow_runs/{flow_run}")).status_code == _BUSY:
            pass
        answer.raise_for_status()

    def flow_runs(self, root: str) -> Iterator["Recorded"]:
        """Yield what the server says of a run: itself, then its waves."""
        for which in ({"id": {"any_": [root]}}, {"parent_flow_run_id": {"any_": [root]}}):
            body = {"flow_runs": which, "sort": "START_TIME_ASC"}
            yield from map(Recorded.of, self.post("/flow_runs/filter", body).json())

    def parameters(self, root: str) -> dict[str, object]:
        """Return the parameters of a run, as the server has them."""
        (found,) = self.post("/flow_runs/filter", {"flow_runs": {"id": {"any_": [root]}}}).json()
        parameters: dict[str, object] = found["parameters"]
        return parameters

    def task_runs(self, root: str) -> Iterator["Recorded"]:
        """Yield what the server says of the tasks of a run and its waves, by now: they are recorded a little later."""
        ids = [recorded.id for recorded in self.flow_runs(root)]
        body = {"flow_runs": {"id": {"any_": ids}}, "sort": "EXPECTED_START_TIME_ASC"}
        return map(Recorded.of, self.post("/task_runs/filter", body).json())

    def told(self, flow_run: str, event: str) -> int:
        """Wait until the server has events of a name and a flow run, and give how many."""
        which = {"event": {"name": [event]}, "resource": {"id": [f"prefect.flow-run.{flow_run}"]}}
        deadline, pause = time.monotonic() + _RECORDED_S, threading.Event()
        while not (events := self.post("/events/filter", {"filter": which}).json()["events"]):
            assert time.monotonic() < deadline, f"there is no {event}"
            pause.wait(0.2)
        return len(events)

    def wait_for_state(self, flow_run: str, kind: str) -> None:
        """Wait until a flow run is in a state of a type."""
        deadline, pause = time.monotonic() + _RECORDED_S, threading.Event()
        while (found := next(self.flow_runs(flow_run)).type) != kind:
            assert time.monotonic() < deadline, f"{flow_run} is {found}, not {kind}"
            pause.wait(0.1)

    def recorded_tasks(self, root: str, *names: str) -> list["Recorded"]:
        """Return the tasks of a run and its waves once those of some names are recorded and all are final."""
        final = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
        deadline, pause = time.monotonic() + _RECORDED_S, threading.Event()
        while True:
            found = list(self.task_runs(root))
            if {each.name for each in found} >= set(names) and all(each.type in final for each in found):
                return found
            assert time.monotonic() < deadline, f"{names} or others are not recorded: {found}"
            pause.wait(0.2)


@dataclass(frozen=True)
class Recorded:
    """A flow run or task run as the server has it."""

    id: str
    name: str
    state: str
    """The state's name."""
    type: str
    message: str
    tags: frozenset[str]

    @classmethod
    def of(cls, record: dict[str, object]) -> "Recorded":
        """Read it from the server's answer; a task has no state yet while the server is recording it."""
        state, tags = record["state"] or {"name": "", "type": ""}, record["tags"]
        assert isinstance(state, dict)
        assert isinstance(tags, list)
        said: dict[str, object] = {str(k): v for k, v in state.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
        return cls(
            id=str(record["id"]),
            name=str(record["name"]),
            state=str(said["name"]),
            type=str(said["type"]),
            message=str(said.get("message") or ""),
            tags=frozenset(map(str, tags)),  # pyright: ignore[reportUnknownArgumentType] - JSON
        )
