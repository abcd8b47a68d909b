"""Carries out a plan in this process, for the command line.

The flow runs in a second thread, because Prefect takes SIGTERM for itself in the main one and ends everything as
crashed; the main thread turns signals into the wish to stop. Import this module only when the environment names the
Prefect server: it imports Prefect.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import ExitStack

from prefect.client.schemas.objects import State

from flows.plan import run_plan
from tasks.awaiting import state_of
from tasks.events import Listener, listening
from tasks.report import Viewer, viewing
from tasks.settings import RunSettings

_WAIT_S = 0.2


def run_here(
    settings: RunSettings,
    *,
    dry_run: bool = False,
    listener: Listener,
    viewer: Viewer,
    every: Callable[[], None] = lambda: None,
) -> State[object]:
    """Run a plan to its end and give the flow's last state.

    Args:
        settings: what to run.
        dry_run: only show what would be done.
        listener: hears every event, on the run's thread.
        viewer: is shown the run as it changes, on the run's thread.
        every: called on the calling thread a few times a second.
    """
    ended: list[State[object] | BaseException] = []

    def work() -> None:
        try:
            ended.append(asyncio.run(_flow(settings, dry_run=dry_run)))
        except BaseException as error:  # noqa: BLE001 - it is raised again on the main thread
            ended.append(error)

    with ExitStack() as stack:
        stack.enter_context(listening(listener))
        stack.enter_context(viewing(viewer))
        thread = threading.Thread(target=work, name="planwave-run")
        thread.start()
        while thread.is_alive():
            thread.join(_WAIT_S)
            every()
    end = ended[0]
    if isinstance(end, BaseException):
        raise end
    return end


async def _flow(settings: RunSettings, *, dry_run: bool) -> State[object]:
    return await state_of(
        run_plan(
            settings.plan,
            settings.repo,
            mode=settings.mode,
            agent=settings.agent,
            only=list(settings.only),
            fresh=settings.fresh,
            dry_run=dry_run,
            approvals=settings.approvals,
            return_state=True,
        )
    )
