"""Who uses planwave's own server: runs that are at work on it keep it from being ended."""

from collections.abc import Sequence
from contextlib import nullcontext

from deployments.run_files import RunFiles, living_runs
from deployments.runs.find import find_server
from deployments.server.lifecycle import server_status
from tasks.errors import TaskError
from tasks.home import Home

OPEN = (
    "the server was started by an older planwave and asks for no password: other programs and web pages can answer "
    "gates; the first command that finds it without a run at work starts it anew"
)


class RunsAtWork(TaskError):
    """The server cannot be ended without ending runs."""

    hint = "wait for it, or end it with `planwave cancel`; --force ends the server all the same, and the run in order"

    def __init__(self, runs: Sequence[RunFiles]) -> None:
        self.runs = tuple(runs)
        names = ", ".join(run.name for run in runs)
        super().__init__(f"a run is at work on the server: {names}" if len(runs) == 1 else f"runs are at work: {names}")


def refuse_under_runs(home: Home) -> None:
    """Let the server be ended only where that ends no run.

    Raises:
        RunsAtWork: runs are alive on this machine, and the server knows them or does not say which it knows.
    """
    alive = living_runs(home) if server_status(home) is not None else []
    known = _known(home) if alive else None
    at_work = [run for run in alive if known is None or (run.hub, run.name) in known]
    if at_work:
        raise RunsAtWork(at_work)


def _known(home: Home) -> set[tuple[str, str]] | None:
    """Return hub and name of the runs that are alive on the server: others use one that `PREFECT_API_URL` names."""
    try:
        with find_server(home, {}) or nullcontext() as server:
            return None if server is None else {(run.tagged("hub"), run.name) for run in server.api.living_runs()}
    except TaskError:
        return None
