"""Checks on the tree of a commit: before it lands, at a gate, and of work that was made anew."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack

from plans.model import Check
from tasks.programs.check import CheckOutcome, run_checks
from tasks.session.session import Session


async def run_on_commit(session: Session, checks: Sequence[Check], commit: str, name: str) -> CheckOutcome:
    """Run checks on a commit's tree, in a workspace from the pool; their log is `<runs>/checks/<name>.log`.

    Raises:
        Stopped: the run was stopped meanwhile.
    """
    if not checks:
        return CheckOutcome()
    with ExitStack() as stack:
        workspace = await asyncio.to_thread(stack.enter_context, session.workspaces.pool.lease(commit))
        return await run_checks(
            checks,
            cwd=workspace.tree,
            log=session.folder / "checks" / f"{name}.log",
            mark=f"{session.mark}/{name}",
            extra_env={"PLANWAVE_WORKSPACE": str(workspace.tree)},
            placeholders={"workspace": str(workspace.tree)},
            stop=session.stop,
            on_left=workspace.leave_alone,
        )
