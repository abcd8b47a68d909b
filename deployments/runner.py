"""Carries out a plan in this process, for the command line.

The flow runs in a second thread, because Prefect takes SIGTERM for itself in the main one and ends everything as
crashed; the main thread turns signals into the wish to stop. Import this module only when the environment names the
Prefect server: it imports Prefect.
"""

import asyncio
import gc
import os
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import dataclass

from prefect.client.schemas.objects import State
from prefect.exceptions import Abort, ObjectNotFound
from prefect.states import Cancelled, aget_state_exception

from deployments.screen import write_out
from deployments.server.errors import is_of_server
from deployments.server.keeping import ServerKeeper
from deployments.server.lifecycle import ServerInfo
from flows.plan import run_plan
from tasks.engine.awaiting import state_of
from tasks.engine.watch import DELETED
from tasks.home import Home
from tasks.programs.environment import take_credentials_out
from tasks.programs.signals import requested_s
from tasks.reporting.report import Viewer, viewing
from tasks.session.events import Listener, listening
from tasks.session.settings import RunSettings
from tasks.session.source import read_source

_WAIT_S = 0.2
STOP_LIMIT_S = 30.0
"""A stop ends all agents within 15 s, and telling the server takes a second or two."""
LAST_WORDS_S = 1.0
FAILED, INTERRUPTED = 1, 130
GO_ON = "    hint: what is done is kept: run the plan again, and it goes on where it was"


@dataclass(frozen=True)
class RunEnd:
    """How a run ended.

    Attributes:
        state: the flow's last state.
        error: what ended it that nobody expected, where that is known.
    """

    state: State[object]
    error: BaseException | None = None


def run_here(
    settings: RunSettings,
    server: ServerInfo,
    *,
    listener: Listener,
    viewer: Viewer,
    every: Callable[[], None] = lambda: None,
) -> RunEnd:
    """Run a plan to its end.

    Args:
        settings: what to run.
        server: the server in use, which is looked after meanwhile.
        listener: hears every event, on the run's thread.
        viewer: is shown the run as it changes, on the run's thread.
        every: called on the calling thread a few times a second.
    """
    ended: list[RunEnd | BaseException] = []

    def work() -> None:
        try:
            ended.append(_carry_out(settings, keeper))
        except BaseException as error:  # noqa: BLE001 - it is raised again on the main thread
            ended.append(error)

    # Prefect has read them when it was imported.
    take_credentials_out()
    # What is imported stays: the collector need not look at it, again and again, while jobs wait for their turn.
    gc.freeze()
    with ExitStack() as stack:
        stack.enter_context(listening(listener))
        stack.enter_context(viewing(viewer))
        keeper = stack.enter_context(ServerKeeper(Home.from_environment(), server))
        # In this context: the run is of the plan as it was read here.
        thread = threading.Thread(target=copy_context().run, args=(work,), name="planwave-run")
        thread.start()
        while thread.is_alive():
            thread.join(_WAIT_S)
            every()
            _give_up_late(keeper.lost)
    end = ended[0]
    if isinstance(end, BaseException):
        raise end
    return end


def _carry_out(settings: RunSettings, keeper: ServerKeeper) -> RunEnd:
    """Carry out the run; where the server died before anything could be asked of it, with the one in its place.

    Raises:
        ServerFailed: it does not start again.
    """
    try:
        return asyncio.run(_flow(settings))
    except RuntimeError as error:
        if not is_of_server(error) or not keeper.bring_back():
            raise
    return asyncio.run(_flow(settings))


def _give_up_late(lost: str | None) -> None:
    """End the process when a stop takes too long, as it does while Prefect's client waits for a server that has gone.

    Nothing is lost by that: jobs have ended by then, their work is kept or is found by the next run, and the guardian
    ends whatever is left.
    """
    since = requested_s()
    if since is not None and since > STOP_LIMIT_S:
        told = "stopped, but the Prefect server could not be told: it does not answer"
        sys.stderr.write(f"planwave: {lost or told}\n{GO_ON}\n")
        sys.stderr.flush()
        write_out(LAST_WORDS_S)
        os._exit(INTERRUPTED if lost is None else FAILED)


async def _flow(settings: RunSettings) -> RunEnd:
    try:
        state = await state_of(
            run_plan(
                settings.plan,
                settings.repo,
                mode=settings.mode,
                agent=settings.agent,
                only=list(settings.only),
                fresh=settings.fresh,
                approvals=settings.approvals,
                overlaps=settings.overlaps,
                rebuild_target=settings.rebuild_target,
                redo_later_waves=settings.redo_later_waves,
                keep_base=settings.keep_base,
                ignore_unsupported=list(settings.ignore_unsupported) or None,
                plan_digest=read_source(settings.plan).digest,
                return_state=True,
            )
        )
    except Abort as refused:
        # The server takes no state of the run any more: it was deleted, say.
        return RunEnd(Cancelled(message=str(refused)))
    except ObjectNotFound:
        return RunEnd(Cancelled(message=f"{DELETED}; run it again to go on"))
    return await end_of(state)


async def end_of(state: State[object]) -> RunEnd:
    """Return how a flow ended that gave a state, with the error itself where one ended it."""
    has_error = state.is_failed() or state.is_crashed()
    return RunEnd(state, await aget_state_exception(state) if has_error else None)
