"""What a job starts from, and its own work of before made anew there or taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from plans.model import Job
from tasks.commits import write_commit
from tasks.errors import LostWork, MergeConflict
from tasks.history import LOG_FORMAT, TAKEN_BACK, History
from tasks.hub import Hub
from tasks.ledger import JobRecord, integrate, record_of, with_trailers
from tasks.merge_tree import Sides, apply_change
from tasks.session import Session
from tasks.settle import forget_replay
from tasks.trees import read_object


@dataclass(frozen=True)
class Ground:
    """What a job starts from.

    Attributes:
        tip: its track's tip; None while it has none of its own.
        parent: the commit to start from: the tip, with what the job needs merged in and its old work taken back.
        warnings: what could not be taken back, and why.
    """

    tip: str | None
    parent: str
    warnings: tuple[str, ...] = ()


def find_ground(session: Session, job: Job) -> Ground:
    """Bring together what a job starts from. No ref moves.

    Where work that the job did before it was changed has landed, that is taken back, so that the job starts from what
    it would start from had it never run; where that conflicts with what others did since, the ground says so.

    Raises:
        MergeConflict: what the job needs does not merge.
        LostWork: merging it would lose work.
    """
    hub = session.hub
    old = [commit for commit in session.before.old.get(job.id, ()) if commit in session.before.landed]
    needed = {need: session.records[need].commit for need in job.needs if need in session.records}
    # What landed must be in the ground to be taken back in it.
    start = hub.target_tip() if old else session.wave_starts[session.plan.wave_of[job.id].id]
    tip = hub.track_tip(job.lane)
    names = {commit: f"job {need!r}" for need, commit in needed.items()}
    ground = Ground(tip, integrate(hub, job.lane, list(needed.values()), start=start, names=names))
    return _without(hub, job, ground, old) if old else ground


def _without(hub: Hub, job: Job, ground: Ground, old: Sequence[str]) -> Ground:
    """Take a job's own old commits back, the newest first."""
    reached = hub.git.run("log", "-z", "--date-order", LOG_FORMAT, ground.parent, "--not", hub.base, "--").out
    history = History.parse(reached, hub.plan.name)
    undone = history.taken_back(frozenset(history.steps)) | history.reached(hub.taken)
    for commit in (commit for commit in old if commit in history.steps and commit not in undone):
        try:
            ground = replace(ground, parent=_take_back(hub, job, ground.parent, record_of(history.steps[commit])))
        except (MergeConflict, LostWork) as error:
            said = f"the work of job {job.id!r} from before it was changed ({commit[:10]}) stays on the target: {error}"
            ground = replace(ground, warnings=(*ground.warnings, said))
    return ground


def _take_back(hub: Hub, job: Job, parent: str, old: JobRecord) -> str:
    name = f"taking back {old.commit[:10]}"
    tree = apply_change(hub.git, old.commit, Sides(parent, old.parent, f"track {job.lane!r}", name))
    trailers = {"Plan-Id": hub.plan.name, "Plan-Into": job.lane, TAKEN_BACK: old.commit}
    message = with_trailers(f"Take back what job {job.id} did before it was changed", trailers)
    return write_commit(hub.git, tree, (parent,), message)


def replay(hub: Hub, job: Job, old: JobRecord, ground: Ground) -> JobRecord:
    """Make a job's work of before anew on its ground: a commit with the message and the trailers of the old one.

    The job's track moves to it.

    Raises:
        MergeConflict: it does not go there: the job has to run.
        LostWork: it would lose what is there.
    """
    sides = Sides(ground.parent, old.commit, f"track {job.lane!r}", f"the work of job {job.id!r}")
    tree = apply_change(hub.git, old.parent, sides)
    message = read_object(hub.git, old.commit)[1].decode(errors="replace").partition("\n\n")[2]
    commit = write_commit(hub.git, tree, (ground.parent,), message)
    hub.move_ref(hub.track_ref(job.lane), commit, ground.tip)
    forget_replay(hub, job.id)
    return replace(old, commit=commit, parent=ground.parent)
