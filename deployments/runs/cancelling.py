"""Cancelling a run and seeing what comes of it."""

import os
import signal
import time
from collections.abc import Sequence

import psutil

from deployments.run_files import RunFiles, living_runs
from deployments.runs.find import as_id, files_of, find_flow_run, need_files
from deployments.runs.lines import is_dead
from deployments.server.api import Api, FlowRun
from tasks.errors import TaskError
from tasks.home import Home

PATIENCE_S = 30.0
_MANY = 200
_POLL_S = 0.5


class NotCancelled(TaskError):
    """The run is not over, or was over before, or has nobody who could hear of it."""

    def __init__(self, what: str, hint: str | None = None) -> None:
        self.hint = hint
        super().__init__(what)


class ManyAlive(TaskError):
    """Several runs are alive, and nothing says which is meant."""

    hint = "name the one to cancel"

    def __init__(self, runs: Sequence[str], *, hint: str | None = None) -> None:
        self.runs = tuple(runs)
        self.hint = hint or self.hint
        super().__init__(f"{len(runs)} runs are alive: {', '.join(runs)}")


def find_cancellable(api: Api, home: Home, named: str | None) -> FlowRun | None:
    """Return the run that a person means: of those that go by the name the one that is alive, or else the latest.

    None: there is none. A run whose process is known to be dead is none that is alive.

    Raises:
        ManyAlive: more than one is alive.
    """
    alive = [run for run in _open_runs(api, named) if not is_dead(run, files_of(home, run))]
    if len(alive) > 1:
        same = len({run.name for run in alive}) < len(alive)
        told = [f"{run.name} (on {run.tagged('hub') or 'no repository yet'}, id {run.id})" for run in alive]
        raise ManyAlive(told, hint="name the one to cancel by its id" if same else None)
    return alive[0] if alive else find_flow_run(api, named)


def _open_runs(api: Api, named: str | None) -> Sequence[FlowRun]:
    if named is None:
        return api.living_runs()
    if as_id(named) is not None:
        return ()
    found = api.plan_runs(name=named, limit=_MANY) or api.plan_runs(tags=[f"plan:{named}"], limit=_MANY)
    return [run for run in found if not run.is_over]


def find_cancellable_here(home: Home, named: str | None) -> RunFiles:
    """Return the run on this machine that a person means, as `find_cancellable` does where there is no server.

    Raises:
        ManyAlive: more than one is alive.
        NoSuchRun: nothing of such a run is on this machine.
    """
    living = living_runs(home)
    alive = [run for run in living if named in {None, run.name}] or [run for run in living if named == run.plan]
    if len(alive) > 1:
        same = len({run.name for run in alive}) < len(alive)
        hint = "`planwave server start`: then this lists them with their ids, and takes one of those"
        raise ManyAlive(
            [f"{run.name} (on {run.hub}, process {run.owner})" for run in alive], hint=hint if same else None
        )
    return alive[0] if alive else need_files(home, named)


def cancel_on_server(api: Api, run: FlowRun, files: RunFiles | None) -> FlowRun:
    """Ask for a run to be cancelled and give it as it is when it is over.

    Args:
        api: the server.
        run: the run.
        files: what it left on this machine, where that is anything.

    Raises:
        NotCancelled: it was over before, its process is dead, or it is not over after `PATIENCE_S`.
        Refused: the server does not take the wish.
    """
    if run.is_over:
        raise NotCancelled(f"{run.name} is over: {run.state_name}")
    if is_dead(run, files):
        hint = "the next `planwave run` of the plan goes on where it was, and puts the record right"
        raise NotCancelled(f"the process of {run.name} is dead: there is nothing to cancel", hint)
    api.cancel(run)
    deadline = time.monotonic() + PATIENCE_S
    while not (run := api.run(run.id) or run).is_over:
        if time.monotonic() > deadline:
            hint = "`planwave status` says when it is over"
            raise NotCancelled(f"{run.name} is still {run.state_name} after {PATIENCE_S:.0f} s", hint)
        time.sleep(_POLL_S)
    return run


def cancel_by_signal(files: RunFiles) -> None:
    """Ask a run's process to stop, for when the server cannot be asked, and wait for its end.

    Raises:
        NotCancelled: the run has no process, or it does not end in `PATIENCE_S`.
    """
    if files.owner is None:
        raise NotCancelled(f"{files.name} is over: {files.outcome}")
    try:
        process = psutil.Process(files.owner)
        os.kill(files.owner, signal.SIGTERM)
        process.wait(PATIENCE_S)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired as error:
        what = f"process {files.owner} of {files.name} has not ended after {PATIENCE_S:.0f} s"
        raise NotCancelled(what, "it may be waiting for the server: `planwave server start`") from error
