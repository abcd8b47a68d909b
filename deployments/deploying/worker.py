"""A worker whose runs end in order when it is ended: Prefect's own kills them at once, and they stay *Running*."""

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import psutil

GRACE_S = 25.0
"""A run that is asked to stop has ended all its programs, and has said so, within 20 s."""
_POLL_S = 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_worker(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a worker until it ends, and give its exit status.

    Asked to end, it takes no new run; those that it has are asked to stop, then it ends. Asked twice, it ends at once.
    """
    asked: list[int] = []
    for number in _SIGNALS:
        signal.signal(number, lambda number, _: asked.append(number))
    # In a session of its own, so that Ctrl-C in the terminal reaches this process alone.
    worker = psutil.Popen(list(argv), env=dict(env), start_new_session=True)
    while not asked and worker.poll() is None:
        with suppress(psutil.TimeoutExpired):
            worker.wait(_POLL_S)
    if asked:
        _end_in_order(worker, asked)
    return worker.wait()


def _end_in_order(worker: psutil.Popen, asked: Sequence[int]) -> None:
    with suppress(psutil.NoSuchProcess):
        # Runs need it not for their end, and it would take the next ones meanwhile.
        worker.suspend()
        runs = list(_runs_of(worker))
        for run in runs:
            with suppress(psutil.NoSuchProcess):
                run.terminate()
        waited_s = 0.0
        while any(_works(run) for run in runs) and len(asked) == 1 and waited_s < GRACE_S:
            psutil.wait_procs(runs, timeout=_POLL_S)
            waited_s += _POLL_S
        worker.resume()
        worker.terminate()


def _runs_of(worker: psutil.Popen) -> Iterator[psutil.Process]:
    for child in worker.children():
        with suppress(psutil.Error):
            if "PREFECT__FLOW_RUN_ID" in child.environ():
                yield child


def _works(run: psutil.Process) -> bool:
    """Return whether a process has not ended yet; its parent, who is held up, has not heard of it."""
    try:
        return run.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
