"""Keeping what a failed or killed attempt left: nothing in a workspace is destroyed before a ref reaches it."""

import logging
from typing import Annotated

from pydantic import BaseModel, StringConstraints, ValidationError

from plans.values import Id
from tasks.gist import gist
from tasks.git.client import GitFailed, disk_errors
from tasks.git.trees import tree_of
from tasks.hub.hub import Hub
from tasks.ledger.ledger import commit_with_trailers
from tasks.programs.folders import Damaged
from tasks.workspace.workspace import Workspace

_log = logging.getLogger(__name__)

_POISONED = (GitFailed, Damaged, OSError)
"""What an agent may leave a workspace in; a full disk is another thing."""


class _Begun(BaseModel):
    """What a workspace is in use for; kept beside it while an attempt is on, so that a killed one can be rescued."""

    job: Id
    attempt: int
    parent: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40,64}$")]


def begin_attempt(hub: Hub, workspace: Workspace, *, job: str, attempt: int, parent: str) -> str | None:
    """Make a workspace ready for an attempt: exactly `parent`, after what a killed attempt left in it is kept.

    A workspace in which that cannot be done is set aside, and the attempt gets another one.

    Returns:
        The ref of what was kept, or None.
    """
    kept = None
    try:
        kept = salvage(hub, workspace)
        workspace.prepare(parent)
    except _POISONED as problem:
        _log.warning("%s", _told_aside(workspace, problem))
        workspace.prepare(parent)
    with disk_errors(str(workspace.folder)):
        workspace.note.write_text(_Begun(job=job, attempt=attempt, parent=parent).model_dump_json())
    return kept


def end_attempt(workspace: Workspace) -> None:
    """Say that the work of the attempt is kept, by the job's commit or by `rescue`."""
    workspace.note.unlink(missing_ok=True)


def salvage_all(hub: Hub) -> list[str]:
    """Keep what killed attempts left in any workspace of the plan, also of jobs and tracks that it has no more.

    A workspace in which that cannot be done is set aside. Only to be called when no attempt of the plan is on.

    Returns:
        What was done, a sentence each.
    """
    told: list[str] = []
    for note in sorted((hub.work / "tracks").glob("*/attempt.json")):
        workspace = Workspace(hub, note.parent.name)
        try:
            ref = salvage(hub, workspace)
        except _POISONED as problem:
            told.append(_told_aside(workspace, problem))
            continue
        if ref is not None:
            told.append(f"what a run that was killed had not saved is kept as {ref}")
    return told


def _told_aside(workspace: Workspace, problem: Exception) -> str:
    aside = workspace.set_aside()
    return f"what an attempt left cannot be read or cleared away ({gist(str(problem))}): it is set aside in {aside}"


def salvage(hub: Hub, workspace: Workspace) -> str | None:
    """Keep what an attempt left that was begun and never ended, because planwave was killed; as `rescue` does.

    Nothing is kept when the job's commit was still made.
    """
    try:
        begun = _Begun.model_validate_json(workspace.note.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    tip = hub.track_tip(hub.plan.jobs[begun.job].lane) if begun.job in hub.plan.jobs else None
    # The hub may have been removed and made anew since.
    parent = begun.parent if hub.ref(f"{begun.parent}^{{commit}}") else hub.base
    ref = None
    if tip is None or not _is_committed(hub, workspace, parent, tip):
        ref = rescue(hub, workspace, begun.job, begun.attempt, parent)
    end_attempt(workspace)
    return ref


def _is_committed(hub: Hub, workspace: Workspace, parent: str, tip: str) -> bool:
    return tree_of(hub.git, tip) == workspace.snapshot(parent).tree


def rescue(hub: Hub, workspace: Workspace, job: str, attempt: int, parent: str) -> str | None:
    """Keep what an attempt left under `refs/planwave/rescue/<plan>/<job>/<n>`, and give the ref.

    `n` is the attempt, or the next free number after it: an older rescue is never overwritten.

    Args:
        hub: the hub.
        workspace: where the attempt was; no process writes there any more.
        job: the job.
        attempt: the attempt's number.
        parent: the commit that it started from.

    Returns:
        The ref, or None when it left nothing.
    """
    snapshot = workspace.snapshot(parent)
    if not snapshot.changes:
        return None
    folder = f"refs/planwave/rescue/{hub.plan.name}/{job}/"
    kept = hub.refs(folder)
    message = "\n\n".join([f"Left by attempt {attempt} of job {job}", *snapshot.problems])
    trailers = {"Plan-Id": hub.plan.name, "Plan-Rescue": job, "Plan-Attempt": str(attempt)}
    commit = commit_with_trailers(hub, tree=snapshot.tree, parents=(parent,), message=message, trailers=trailers)
    number = attempt
    while f"{folder}{number}" in kept:
        number += 1
    hub.move_ref(f"{folder}{number}", commit, None)
    return f"{folder}{number}"
