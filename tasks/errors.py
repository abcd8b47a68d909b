"""What can go wrong outside a plan's text, split by who must act and by what a retry would change."""

import errno
import re
from collections.abc import Sequence
from datetime import datetime

from plans.text.plural import counted
from tasks.gist import gist

OF_THE_MACHINE = frozenset({
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO,
    errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM,
})  # fmt: skip
"""What the system refuses for reasons that lie outside planwave."""


class TaskError(Exception):
    """Anything that planwave expects to go wrong; shown in one line, without a traceback."""

    hint: str | None = None
    """What to do about it, where one thing helps."""


class CommandFailed(TaskError):
    """A program ended with a status that means failure.

    Attributes:
        argv: the program and its arguments.
        code: its exit status; negative: the signal that ended it.
        tail: the end of its output.
    """

    def __init__(self, argv: Sequence[str], code: int, tail: str) -> None:
        self.argv, self.code, self.tail = tuple(argv), code, tail
        shown = " ".join(argv[:2])
        super().__init__(f"{shown!r} exited with status {code}" + (f": {gist(tail)}" if tail.strip() else ""))

    @property
    def details(self) -> str:
        """All that is known, for a log; who logs in to a URL, and with what, is left out."""
        known = f"{' '.join(self.argv)!r} exited with status {self.code}:\n{self.tail.strip()}"
        return re.sub(r"//[^/\s]*@", "//", known)


class RepositoryUnusable(TaskError):
    """The target repository is missing, empty, or in a state that must not be touched: the user's to mend."""

    def __init__(self, what: str, hint: str | None = None) -> None:
        self.hint = hint
        super().__init__(what)


class PlanBusy(TaskError):
    """Another run of the same plan on the same repository is alive."""

    def __init__(self, plan: str, repo: str, pid: int | None) -> None:
        self.plan, self.repo, self.pid = plan, repo, pid
        self.hint = f"wait for it, or end it with `planwave cancel {plan}`"
        owner = "" if pid is None else f" (process {pid})"
        super().__init__(f"plan {plan!r} is already running on {repo}{owner}")


class MergeConflict(TaskError):
    """Two lines of work changed the same thing.

    Attributes:
        paths: the paths in conflict, in git's order.
        ours: what was there (the target, or a track).
        theirs: what was to be merged.
        details: what is known besides, in words.
    """

    def __init__(self, ours: str, theirs: str, paths: Sequence[str], details: str = "") -> None:
        self.ours, self.theirs, self.paths, self.details = ours, theirs, tuple(paths), details
        listed = ", ".join(paths[:10]) + (f" and {len(paths) - 10} more" if len(paths) > 10 else "")
        super().__init__(f"{theirs} conflicts with {ours} in {listed}" + (f" ({details})" if details else ""))


class LostWork(TaskError):
    """A merge that git calls clean, and that does not hold what a job left: never landed."""

    def __init__(self, merged: str, paths: Sequence[str]) -> None:
        self.merged, self.paths = merged, tuple(paths)
        super().__init__(f"the merge of {merged} would lose work in {', '.join(paths[:10])}")


class JobFailed(TaskError):
    """An attempt of a job failed. Its class says whether another attempt may help, and in which word it is told."""

    word = "Failed"
    """What a person reads first in the message of the state."""
    may_retry = True

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class AgentFailed(JobFailed):
    """The agent said, or its exit status said, that it did not do the job."""

    word = "AgentFailed"


class AgentTimedOut(JobFailed):
    """The attempt took longer than the job's `timeout`."""

    word = "TimedOut"


class AgentStalled(JobFailed):
    """The attempt gave no output for the job's `stall_timeout`."""

    word = "Stalled"


class OutOfScope(JobFailed):
    """The attempt changed paths that the job does not own."""

    word = "OutOfScope"

    def __init__(self, paths: Sequence[str], notes: Sequence[str] = ()) -> None:
        self.paths, self.notes = tuple(paths), tuple(notes)
        more = f" and {len(paths) - 20} more" if len(paths) > 20 else ""
        what = f"changed {counted(len(paths), 'path')} it does not own: {', '.join(paths[:20])}{more}"
        super().__init__("; ".join((what, *notes)))


class NothingDone(JobFailed):
    """The attempt changed nothing that git sees, though the job is there to create something."""

    word = "Empty"

    def __init__(self, owned: Sequence[str], ignored: Sequence[str]) -> None:
        self.owned, self.ignored = tuple(owned), tuple(ignored)
        hidden = f", and git ignores all that it made ({', '.join(ignored[:5])})" if ignored else ""
        super().__init__(
            f"changed nothing, though it owns paths to create ({', '.join(owned[:5])}){hidden}; where nothing has to "
            "be changed, the agent says why in `no-change.md` of its outbox, or the job has `may_change_nothing: true`"
        )


class CriteriaUnmet(JobFailed):
    """A criterion's check did not pass in the workspace."""

    word = "CriteriaUnmet"


class AgentMissing(JobFailed):
    """No such agent, or its program is not installed."""

    word, may_retry = "AgentMissing", False


class AgentAuth(JobFailed):
    """The agent is not logged in, or its key is refused."""

    word, may_retry = "AgentAuth", False


class QuotaExhausted(JobFailed):
    """The agent can do nothing until `reset_at`; spends no attempt.

    Attributes:
        reset_at: when to try again (aware, UTC); None when the agent did not say.
    """

    word = "QuotaWait"

    def __init__(self, reason: str, reset_at: datetime | None = None) -> None:
        self.reset_at = reset_at
        super().__init__(reason)


class Stopped(TaskError):
    """Somebody asked the run to stop while this was at work; what it left is kept."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"stopped: {reason}")


class MachineFailed(TaskError):
    """The machine gave out: its disk is full, or it has no more processes, files or rights to give."""

    hint = "what was done is kept; put that right and run the plan again"

    def __init__(self, error: OSError) -> None:
        self.errno = error.errno
        named = f"{error.filename}: " if error.filename else ""
        super().__init__(f"{named}{error.strerror or error}")


def machine_error(error: OSError) -> MachineFailed:
    """Return the error that a person should read.

    Raises:
        OSError: it is none of the machine's, but a mistake of planwave's.
    """
    if error.errno not in OF_THE_MACHINE:
        raise error
    return MachineFailed(error)


def word_of(error: TaskError) -> str:
    """Return the word by which a person knows what sort of error it is; empty: of none, it says it all."""
    if isinstance(error, JobFailed):
        return error.word
    return "" if type(error) is TaskError else type(error).__name__


def details_of(error: BaseException | None) -> str:
    """Return what a program said in full that an error, or what led to it, tells in one sentence; often nothing."""
    while error is not None and not isinstance(error, CommandFailed):
        error = error.__cause__
    return "" if error is None else error.details


def in_full(error: TaskError) -> str:
    """Return an error as a log should have it: with all that a program said."""
    details = details_of(error)
    return f"{error}\n{details}" if details else str(error)


def refusal(error: Exception) -> str:
    """Return an error as a person should read it: what is wrong, and its hint on a second line where it has one."""
    hint = error.hint if isinstance(error, TaskError) else None
    return str(error) if hint is None else f"{error}\n    hint: {hint}"
