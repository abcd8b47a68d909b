"""The ledger: finished jobs are commits with trailers, so what is done is read from git and nowhere else."""

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

from plans.text.fenced import harmless
from tasks.git.commits import write_commit
from tasks.hub.hub import Hub
from tasks.hub.merge_tree import NothingToMerge, merge_commits
from tasks.ledger.history import LOG_FORMAT, History, Step

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_AGENT_HEADING = "Commits by the agent:"
_LONGEST_BODY = 200_000
REPLAY = "replay"
"""The kind of the refs that keep what is to be made anew on other ground, a job each."""


@dataclass(frozen=True, kw_only=True)
class JobWorkDone:
    """What is known of a job when it is finished, besides its tree."""

    job: str
    digest: str
    """Of the job's definition and of those it needs; another digest means that it must run again."""
    track: str
    wave: str
    attempt: int
    duration_s: float
    agent: str
    run: str
    """The run's name."""
    cost_usd: float | None = None
    tokens: int | None = None
    unchanged: str | None = None
    """Why it changed nothing; None: it changed something."""
    without: tuple[str, ...] = ()
    """Jobs that it needs and did without: as a contingency says, in a mode, or because they were called done."""


@dataclass(frozen=True, kw_only=True)
class JobRecord(JobWorkDone):
    """A finished job, as its commit says."""

    commit: str
    parent: str


@dataclass(frozen=True, kw_only=True)
class MergeRecord:
    """A track's head that landed on the target, as the merge commit says."""

    track: str
    head: str
    commit: str
    wave: str
    run: str


@dataclass(frozen=True)
class Ledger:
    """All that git knows of a plan.

    Attributes:
        jobs: the latest record of every job that was ever finished.
        merges: what landed on the target and is still there, oldest first.
        history: every commit that it was read from.
    """

    jobs: Mapping[str, JobRecord]
    merges: tuple[MergeRecord, ...]
    history: History = field(default_factory=lambda: History({}), repr=False)

    def done(self, digests: Mapping[str, str]) -> frozenset[str]:
        """Return the jobs that are finished as they are defined now.

        Args:
            digests: the digest of every job of the plan.
        """
        return frozenset(job for job, record in self.jobs.items() if digests.get(job) == record.digest)

    @cached_property
    def landed(self) -> Mapping[str, str]:
        """The head of each track that landed last."""
        return {merge.track: merge.head for merge in self.merges}


def commit_job(  # noqa: PLR0913 - by keyword, and each a thing of its own
    hub: Hub,
    work: JobWorkDone,
    *,
    tree: str,
    parent: str,
    expected_tip: str | None,
    title: str,
    handoff: str = "",
    granted: Sequence[str] = (),
    agent_messages: Sequence[str] = (),
) -> JobRecord:
    """Make a finished job's commit and move its track to it, by one update of one ref.

    A job that changed nothing is committed too: the commit is what says that it is done.

    Args:
        hub: the hub.
        work: what the trailers say.
        tree: the job's tree.
        parent: the commit that the job started from, made by `integrate` or the track's tip.
        expected_tip: the track's tip as it was then; None: it had none.
        title: the commit's subject.
        handoff: what the job tells the jobs that need it.
        granted: paths that it does not own and was allowed to change.
        agent_messages: the messages of the agent's own commits.

    Raises:
        GitFailed: the track has moved meanwhile; nothing changed but for an unused commit.
    """
    message = "\n\n".join(part for part in (_subject(title), handoff.strip(), _quoted(agent_messages)) if part)
    trailers = _job_trailers(hub.plan.name, work, granted)
    commit = commit_with_trailers(hub, tree=tree, parents=(parent,), message=message, trailers=trailers)
    hub.move_ref(hub.track_ref(work.track), commit, expected_tip)
    # As it will be read back.
    cost = None if work.cost_usd is None else round(work.cost_usd, 6)
    said = replace(work, duration_s=round(work.duration_s, 3), cost_usd=cost)
    return JobRecord(**vars(said), commit=commit, parent=parent)


def _job_trailers(plan: str, work: JobWorkDone, granted: Sequence[str]) -> Mapping[str, str | None]:
    return {
        "Plan-Id": plan,
        "Plan-Run": work.run,
        "Plan-Wave": work.wave,
        "Plan-Track": work.track,
        "Plan-Job": work.job,
        "Plan-Job-Digest": work.digest,
        "Plan-Agent": work.agent,
        "Plan-Attempt": str(work.attempt),
        "Plan-Duration-S": f"{work.duration_s:.3f}",
        "Plan-Cost-Usd": None if work.cost_usd is None else f"{work.cost_usd:.6f}",
        "Plan-Tokens": None if work.tokens is None else str(work.tokens),
        "Plan-Unchanged": None if work.unchanged is None else " ".join(harmless(work.unchanged).split()),
        "Plan-Without": " ".join(work.without) or None,
        # As JSON, since a path may hold anything.
        "Plan-Granted": json.dumps(list(granted)) if granted else None,
    }


def commit_with_trailers(
    hub: Hub, *, tree: str, parents: Sequence[str], message: str, trailers: Mapping[str, str | None]
) -> str:
    """Make a commit whose last paragraph is these trailers, whatever the message holds; no ref moves."""
    return write_commit(hub.git, tree, parents, with_trailers(message, trailers))


def with_trailers(message: str, trailers: Mapping[str, str | None]) -> str:
    """Return a commit message with trailers as its last paragraph; those that are None are left out.

    Raises:
        ValueError: a value has a line's end or another control character, so that it could forge a trailer.
    """
    for name, value in trailers.items():
        if value is not None and _CONTROL.search(value):
            raise ValueError(f"the value of {name} is not one line: {value!r}")
    # `git log` shows all of it raw.
    lines = [f"{name}: {harmless(value)}" for name, value in trailers.items() if value is not None]
    body = harmless(message)[:_LONGEST_BODY].strip()
    return f"{body}\n\n" + "\n".join(lines) + "\n"


def land_message(hub: Hub, *, track: str, head: str, wave: str, run: str) -> str:
    """Return the message of the merge commit that lands a track."""
    trailers = {"Plan-Id": hub.plan.name, "Plan-Run": run, "Plan-Wave": wave}
    return with_trailers(f"Merge track {track}", {**trailers, "Plan-Merge": track, "Plan-Merge-Head": head})


def land(hub: Hub, new: str, expected_old: str) -> None:
    """Move the target from `expected_old`, as `Hub.target_tip` gave it, to `new`.

    Raises:
        GitFailed: the target is somewhere else by now; nothing changed.
    """
    is_first = expected_old == hub.base and not hub.has_target()
    hub.move_ref(hub.target_ref, new, None if is_first else expected_old)


def read_ledger(hub: Hub) -> Ledger:
    """Read what is done: every commit that the target or a track reaches and the base does not, in one command."""
    target = hub.target_tip()
    tips = (*(f"--glob={hub.ref_name(kind)}/*" for kind in ("track", REPLAY)), target)
    logged = hub.git.run("log", "-z", "--date-order", LOG_FORMAT, *tips, "--not", hub.base, "--").out
    history = History.parse(logged, hub.plan.name)
    jobs = {job: record_of(steps[0]) for job, steps in history.by_job.items()}
    return Ledger(jobs, tuple(_merges(history, target)), history)


def handoff_of(hub: Hub, commit: str) -> str:
    """Return what a finished job tells the jobs that need it."""
    body = hub.git.text("show", "-s", "--format=%b", commit)
    told = body.rpartition("\n\n")[0] if "\n\n" in body else ""
    return told.partition(_AGENT_HEADING)[0].strip()


def integrate(
    hub: Hub, track: str, commits: Sequence[str], *, start: str | None = None, names: Mapping[str, str] | None = None
) -> str:
    """Return the commit that a track's next job starts from: its tip, with the target and some commits merged in.

    The track's ref does not move: the job's commit, on top of this one, moves it. The same inputs give the same commit.

    Args:
        hub: the hub.
        track: the track.
        commits: the commits of the jobs that are needed.
        start: the commit of the target to stand on, as it was when the wave began; None: as it is now.
        names: what to call these commits in an error; by default their ids.

    Raises:
        MergeConflict: they do not merge.
        LostWork: a merge would lose work.
    """
    tip = hub.track_tip(track)
    target = start or hub.target_tip()
    named = {**(names or {}), target: "the target"}
    current = tip or target
    for commit in dict.fromkeys((target, *commits)):
        if commit == current:
            continue
        if tip is None and hub.contains(commit, current):
            current = commit
            continue
        name = named.get(commit, commit[:10])
        trailers = {"Plan-Id": hub.plan.name, "Plan-Into": track, "Plan-From": commit}
        message = with_trailers(f"Bring {name} into track {track}", trailers)
        with suppress(NothingToMerge):
            current = merge_commits(hub, current, commit, message, ours_name=f"track {track!r}", theirs_name=name)
    return current


def _subject(title: str) -> str:
    return " ".join(title.split())[:200] or "Job"


def _quoted(messages: Sequence[str]) -> str:
    if not messages:
        return ""
    quoted = (textwrap.indent(message.strip(), "  ").replace("  ", "- ", 1) for message in messages)
    return f"{_AGENT_HEADING}\n\n" + "\n".join(quoted)


def record_of(step: Step) -> JobRecord:
    """Return the record that a job's commit is."""
    said = step.said
    cost, tokens = said.get("Plan-Cost-Usd"), said.get("Plan-Tokens")
    return JobRecord(
        job=said["Plan-Job"],
        digest=said.get("Plan-Job-Digest", ""),
        track=said.get("Plan-Track", ""),
        wave=said.get("Plan-Wave", ""),
        attempt=int(said.get("Plan-Attempt", "1")),
        duration_s=float(said.get("Plan-Duration-S", "0")),
        agent=said.get("Plan-Agent", ""),
        run=said.get("Plan-Run", ""),
        cost_usd=None if cost is None else float(cost),
        tokens=None if tokens is None else int(tokens),
        unchanged=said.get("Plan-Unchanged"),
        without=tuple(said.get("Plan-Without", "").split()),
        commit=step.commit,
        parent=step.parents[0],
    )


def _merges(history: History, tip: str) -> list[MergeRecord]:
    """Walk the target's first parents from its tip and give the landings, oldest first."""
    found = [
        MergeRecord(
            track=step.said["Plan-Merge"],
            head=step.said.get("Plan-Merge-Head", step.parents[-1]),
            commit=step.commit,
            wave=step.said.get("Plan-Wave", ""),
            run=step.said.get("Plan-Run", ""),
        )
        for step in history.line(tip)
        if "Plan-Merge" in step.said
    ]
    return found[::-1]
