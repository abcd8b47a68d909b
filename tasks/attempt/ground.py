"""What a job starts from, and its own work of before made anew there or taken back."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from plans.model import Job
from plans.ownership.scope import out_of_scope
from plans.transform.digest import built_on
from tasks.errors import LostWork, MergeConflict, TaskError
from tasks.git.commits import write_commit
from tasks.git.trees import diff_trees, read_object, show_path
from tasks.hub.hub import Hub
from tasks.hub.merge_tree import Sides, apply_change
from tasks.ledger.history import LOG_FORMAT, TAKEN_BACK, History, Step
from tasks.ledger.ledger import JobRecord, integrate, record_of, with_trailers
from tasks.ledger.settle import forget_replay
from tasks.session.session import Session


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
    hub, before, done = session.hub, session.found.before, session.record.jobs.done
    old = [commit for commit in before.old.get(job.id, ()) if commit in before.landed]
    needed = {need: done[need].commit for need in job.needs if need in done}
    # What landed must be in the ground to be taken back in it.
    start = hub.target_tip() if old else session.record.course.wave_starts[session.plan.wave_of[job.id].id]
    tip = hub.track_tip(job.lane)
    names = {commit: f"job {need!r}" for need, commit in needed.items()}
    ground = Ground(tip, integrate(hub, job.lane, list(needed.values()), start=start, names=names))
    return _without(session, job, ground, old) if old else ground


def _without(session: Session, job: Job, ground: Ground, old: Sequence[str]) -> Ground:
    """Take a job's own old commits back, the newest first.

    What other jobs had built on them may stand in the way. These jobs run again too, so that their old work goes first
    where that helps.
    """
    hub = session.hub
    reached = hub.git.run("log", "-z", "--date-order", LOG_FORMAT, ground.parent, "--not", hub.base, "--").out
    history = History.parse(reached, hub.plan.name)
    undone = history.taken_back(frozenset(history.steps)) | history.reached(hub.taken)
    left = [commit for commit in old if commit in history.steps and commit not in undone]
    try:
        return _all_taken_back(session, job, ground, [history.steps[commit] for commit in left])
    except (MergeConflict, LostWork) as error:
        followers = built_on(session.plan, job.id)
        before = session.found.before
        upon = {c for name in followers for c in before.old.get(name, ()) if c in before.landed}
        with suppress(MergeConflict, LostWork):
            both = [step for c, step in history.steps.items() if c in {*left, *upon} and c not in undone]
            return _all_taken_back(session, job, ground, both)
        said = f"the work of job {job.id!r} from before it was changed stays on the target: {error}"
        return replace(ground, warnings=(*ground.warnings, said))


def _all_taken_back(session: Session, job: Job, ground: Ground, steps: Iterable[Step]) -> Ground:
    for step in steps:
        ground = replace(ground, parent=_take_back(session.hub, job, ground.parent, record_of(step)))
    return ground


def _take_back(hub: Hub, job: Job, parent: str, old: JobRecord) -> str:
    name = f"taking back {old.commit[:10]}"
    tree = apply_change(hub.git, old.commit, Sides(parent, old.parent, f"track {job.lane!r}", name))
    trailers = {"Plan-Id": hub.plan.name, "Plan-Into": job.lane, TAKEN_BACK: old.commit}
    message = with_trailers(f"Take back what job {old.job} did before it was changed", trailers)
    return write_commit(hub.git, tree, (parent,), message)


class StoodOnOld(TaskError):
    """A job's work was done where work that is not of today's plan already was."""

    def __init__(self, job: str, paths: Sequence[str]) -> None:
        self.job, self.paths = job, tuple(paths)
        more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
        super().__init__(f"it was done where work that is not of today's plan had changed {', '.join(paths[:5])}{more}")


class NotMadeAnew(TaskError):
    """A job's work of before does not fit what it stands on now, and the job is not to run."""

    hint = "ask for the job too, or take its `done` away, to have it done again"

    def __init__(self, job: str, reason: str) -> None:
        self.job, self.reason = job, reason
        super().__init__(f"the work of job {job!r} from before does not fit what it stands on now: {reason}")


def require_own_work(session: Session, job: Job, old: JobRecord) -> None:
    """Make sure that what a job's commit changed is all that the job did there.

    Where it stood on work that is not of today's plan, and that had changed what is the job's to write, it may have
    left as it was what it would else have written: its change alone does not say what it did.

    Raises:
        StoodOnOld: it is not.
    """
    hub = session.hub
    reached = hub.git.run("log", "-z", "--date-order", LOG_FORMAT, old.commit, "--not", hub.base, "--").out
    history = History.parse(reached, hub.plan.name)
    stale = session.found.before.today.left_over(history, old.commit, history.reached(hub.taken))
    differences = [diff_trees(hub.git, step.parents[0], step.commit) for step in stale]
    changed = {show_path(path): None for difference in differences for path in difference}
    others = frozenset(out_of_scope(session.plan, job, changed))
    own = [path for path in changed if path not in others]
    if own:
        raise StoodOnOld(job.id, own)


def replayed(hub: Hub, job: Job, old: JobRecord, ground: Ground) -> JobRecord:
    """Make a job's work of before anew on its ground: a commit with the message and the trailers of the old one.

    No ref moves: `keep_replayed` does that.

    Raises:
        MergeConflict: it does not go there: the job has to run.
        LostWork: it would lose what is there.
    """
    sides = Sides(ground.parent, old.commit, f"track {job.lane!r}", f"the work of job {job.id!r}")
    tree = apply_change(hub.git, old.parent, sides)
    message = read_object(hub.git, old.commit)[1].decode(errors="replace").partition("\n\n")[2]
    commit = write_commit(hub.git, tree, (ground.parent,), message)
    return replace(old, commit=commit, parent=ground.parent)


def keep_replayed(hub: Hub, job: Job, record: JobRecord, ground: Ground) -> None:
    """Move the job's track to work that was made anew."""
    hub.move_ref(hub.track_ref(job.lane), record.commit, ground.tip)
    forget_replay(hub, job.id)
