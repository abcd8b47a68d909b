"""Cancelling a run and seeing what comes of it."""

import os
import signal
import time
from collections.abc import Sequence

import psutil

from deployments.api import Api, FlowRun
from deployments.run_files import RunFiles
from deployments.run_list import is_dead
from deployments.runs import find_flow_run
from tasks.errors import TaskError

PATIENCE_S = 30.0
_POLL_S = 0.5


class NotCancelled(TaskError):
    """The run is not over, or was over before, or has nobody who could hear of it."""

    def __init__(self, what: str, hint: str | None = None) -> None:
        self.hint = hint
        super().__init__(what)


class ManyAlive(TaskError):
    """Several runs are alive, and nothing says which is meant."""

    hint = "name the one to cancel"

    def __init__(self, runs: Sequence[FlowRun]) -> None:
        self.runs = tuple(runs)
        super().__init__(f"{len(runs)} runs are alive: {', '.join(run.name for run in runs)}")


def find_cancellable(api: Api, named: str | None) -> FlowRun | None:
    """Give the run that a person means: without a name the one that is alive, or the latest; None: there is none.

    Raises:
        ManyAlive: no name was given, and more than one run is alive.
    """
    alive = api.living_runs() if named is None else ()
    if len(alive) > 1:
        raise ManyAlive(alive)
    return alive[0] if alive else find_flow_run(api, named)


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
