"""How a plan stands on a repository, as git says: read without locks, also beside a living run; nothing is changed."""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psutil

from plans.model import Plan
from plans.transform.digest import job_digests
from tasks.git.client import Git
from tasks.git.file_lock import opened
from tasks.home import Home
from tasks.hub.guard import guarded
from tasks.hub.hub import Hub, hub_key
from tasks.ledger.ledger import JobRecord, read_ledger
from tasks.ledger.settle import look, still_counting
from tasks.ledger.today import Today
from tasks.ledger.wave_marks import gate_digest, gate_passed
from tasks.repository.clones import clone_of
from tasks.repository.user_repo import find_repository


@dataclass(frozen=True)
class JobStanding:
    """What git says of one job."""

    state: Literal["done", "changed", "open"]
    """`changed`: it was done, and was edited since, or what it needs was, or was asked for again: it runs again."""
    record: JobRecord | None = None
    """Its latest commit; None also when the plan's own text says that it is done."""
    landed: bool = False
    """Whether that commit is on the target."""
    finished: datetime | None = None
    """When that commit was made, by this machine's clock."""


@dataclass(frozen=True)
class PlanStanding:
    """What git says of a plan on a repository.

    Attributes:
        hub_key: the name of the repository's hub, which may not be there yet.
        jobs: by job, in plan order.
        passed: the waves whose gates said GO to what they are now.
        base: the commit where the plan started; None: it never ran here.
        target_tip: where the target stands; None as for `base`.
        owner: the process of the run that is alive on this machine.
    """

    hub_key: str
    jobs: Mapping[str, JobStanding]
    passed: frozenset[str]
    base: str | None
    target_tip: str | None
    owner: int | None


def peek(repo: str | Path, plan: Plan, home: Home, digests: Mapping[str, str] | None = None) -> PlanStanding:
    """Read how a plan stands on a repository.

    Args:
        repo: the user's repository.
        plan: the plan, as it would be run.
        home: where planwave keeps what it keeps.
        digests: those of the jobs as the document has them; None: as the plan has them.

    Raises:
        RepositoryUnusable: there is no such repository, or it has no commit.
    """
    hub = _look_in(repo, plan, home)
    base = hub.ref(hub.ref_name("base")) if (home.hubs / f"{hub.key}.git").is_dir() else None
    if base is None:
        jobs = {job.id: JobStanding("done" if job.done else "open") for job in plan.jobs.values()}
        return PlanStanding(hub.key, jobs, frozenset(), None, None, None)
    hub.base = base
    digests = job_digests(plan) if digests is None else digests
    tip, ledger = hub.target_tip(), read_ledger(hub)
    said_done = frozenset(job.id for job in plan.jobs.values() if job.done)
    settled = look(hub, still_counting(hub, Today(digests, said_done)), ledger)
    kept = {*said_done, *settled.done, *settled.replays}
    records = {**ledger.jobs, **settled.replays, **settled.done}
    landed = settled.landed - ledger.history.taken_back(settled.landed)
    ends = _commit_times(hub, [record.commit for record in records.values()])
    return PlanStanding(
        hub_key=hub.key,
        jobs={job: _standing(job, records.get(job), kept, landed, ends) for job in plan.jobs},
        passed=frozenset(wave.id for wave in plan.waves if gate_passed(hub, wave, gate_digest(wave, digests))),
        base=base,
        target_tip=tip,
        owner=living_owner(home.plan_lock(hub.key, plan.name)),
    )


def living_owner(lock: Path) -> int | None:
    """Return the process that holds a plan's lock, on this machine; None: no run of the plan is alive.

    A number alone proves nothing, since it may belong to another process by now: the owner has the file open.
    """
    if not lock.is_file():
        return None
    real = lock.resolve()
    with opened(real) as looked_at:
        pid = looked_at.owner()
    try:
        held = pid is not None and any(file.path == str(real) for file in psutil.Process(pid).open_files())
    except psutil.Error:
        return None
    return pid if held else None


def _look_in(repo: str | Path, plan: Plan, home: Home) -> Hub:
    user = find_repository(clone_of(str(repo), home))
    start, key = user.start(plan.base), hub_key(user)
    return Hub(key, guarded(Git(home.hubs / f"{key}.git")), user, plan, home, start)


def _commit_times(hub: Hub, commits: Collection[str]) -> Mapping[str, datetime]:
    if not commits:
        return {}
    told = hub.git.text("log", "--no-walk=unsorted", "--stdin", "--format=%H %ct", stdin="\n".join(commits).encode())
    pairs = (line.split() for line in told.splitlines())
    return {commit: datetime.fromtimestamp(int(seconds), UTC).astimezone() for commit, seconds in pairs}


def _standing(
    job: str, record: JobRecord | None, kept: Container[str], landed: Container[str], ends: Mapping[str, datetime]
) -> JobStanding:
    if record is None:
        return JobStanding("done" if job in kept else "open")
    state: Literal["done", "changed"] = "done" if job in kept else "changed"
    return JobStanding(state, record, record.commit in landed, ends.get(record.commit))
