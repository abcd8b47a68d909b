"""What is done, and what becomes of work that is not of today's plan, settled before a run starts.

A job is done when its latest commit is of today (`tasks.ledger.today`), and the target or its own track holds it.
Work that is not of today and has not landed is taken off its track: the track goes back to before it, and the old
commits are kept in the attic. Work of today that stood on it is to be made anew on other ground: its change is
applied there. What has landed stays until its job runs again and takes it back (`tasks.attempt.ground`), or until the
target is rebuilt.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from plans.model import Plan
from plans.transform.digest import built_on
from tasks.hub.hub import Hub
from tasks.ledger.history import History
from tasks.ledger.ledger import REPLAY, JobRecord, Ledger, read_ledger, record_of
from tasks.ledger.today import Today

_REDO = "redo"
"""The kind of the refs that name commits whose jobs are to be done again, a commit each."""


@dataclass(frozen=True)
class Settled:
    """Where a plan stands when a run starts.

    Attributes:
        today: tells what is of today.
        done: the records of the jobs that are done.
        replays: what is of today and has to be made anew on other ground.
        old: the commits of every job that is not done, newest first.
        landed: every commit that the target holds.
        late: the jobs whose latest work, as they are now, did without one that is done by now, each with that one.
    """

    today: Today
    done: Mapping[str, JobRecord]
    replays: Mapping[str, JobRecord]
    old: Mapping[str, tuple[str, ...]]
    landed: frozenset[str]
    late: Mapping[str, str]

    @property
    def again(self) -> tuple[str, ...]:
        """The jobs that were done once and are to be done again, in plan order."""
        return tuple(job for job in self.old if job not in self.replays)


def settle(hub: Hub, today: Today) -> Settled:
    """Settle where the plan stands; done twice, it changes nothing more."""
    for commit in () if hub.has_target() else hub.taken:
        # It was taken away, to be rebuilt: from the base as the run has it by now.
        hub.move_ref(hub.target_ref, commit, None)
    today, ledger = still_counting(hub, today), read_ledger(hub)
    found = look(hub, today, ledger)
    for job, record in found.replays.items():
        # Before the track goes back, so that a kill in between does not cost the work.
        _keep(hub, REPLAY, job, record.commit)
    for lane, tip in _sound_tips(hub, today, ledger.history).items():
        _set_back(hub, lane, tip)
    _forget_replays(hub, {*found.replays, *wait_for_others(hub, today)})
    return found


def still_counting(hub: Hub, today: Today) -> Today:
    """Return the same without the commits whose jobs somebody asked to be done again."""
    return today.without(frozenset(hub.refs(hub.ref_name(_REDO) + "/").values()))


def look(hub: Hub, today: Today, ledger: Ledger) -> Settled:
    """Work out where the plan stands; nothing is changed."""
    history = ledger.history
    landed = history.reached([hub.target_tip()])
    tips = _sound_tips(hub, today, history)
    held = {lane: history.reached([] if tip is None else [tip]) | landed for lane, tip in tips.items()}
    done: dict[str, JobRecord] = {}
    replays: dict[str, JobRecord] = {}
    old: dict[str, tuple[str, ...]] = {}
    latest: dict[str, JobRecord] = {}
    for job in hub.plan.jobs.values():
        steps = history.by_job.get(job.id, ())
        if not steps:
            continue
        if steps[0].digest == today.digests[job.id]:
            latest[job.id] = record_of(steps[0])
        if today.holds(steps[0]) and steps[0].commit in held[job.lane] - history.taken_back(held[job.lane]):
            done[job.id] = record_of(steps[0])
            continue
        old[job.id] = tuple(step.commit for step in steps)
        of_today = next((step for step in steps if today.holds(step)), None)
        if of_today is not None:
            replays[job.id] = record_of(of_today)
    return Settled(today, done, replays, old, landed, did_without({**done, **latest}, today.digests, done))


def behind_first_again(plan: Plan, settled: Settled) -> frozenset[str]:
    """Return the jobs of every wave behind the first one in which something is done again."""
    waves = list(plan.waves)
    first = next((n for n, wave in enumerate(waves) if any(job.id in settled.again for job in wave.jobs)), len(waves))
    return frozenset(job.id for wave in waves[first + 1 :] for job in wave.jobs)


def overtaken(plan: Plan, settled: Settled) -> frozenset[str]:
    """Return the jobs that did without one which is done by now, with those that build on them."""
    late = settled.late.keys() & settled.done.keys()
    return frozenset(job for name in late for job in (name, *built_on(plan, name)))


def redo(hub: Hub, settled: Settled, jobs: Collection[str]) -> Settled:
    """Let those of some jobs that are done be done again."""
    records = {**settled.replays, **settled.done}
    for job in {*jobs} & records.keys():
        _keep(hub, _REDO, records[job].commit, records[job].commit)
    return settle(hub, settled.today) if jobs else settled


def did_without(
    records: Mapping[str, JobRecord], digests: Mapping[str, str], done: Mapping[str, JobRecord] | None = None
) -> Mapping[str, str]:
    """Return the jobs that did without another one that they need and that is done by now, each with that one.

    Args:
        records: the jobs that are asked about.
        digests: of all jobs, as they are now.
        done: the jobs that are done; None: those that are asked about.
    """
    by_now = {job for job, record in (records if done is None else done).items() if record.digest == digests.get(job)}
    pairs = ((job, next((need for need in record.without if need in by_now), None)) for job, record in records.items())
    return {job: need for job, need in pairs if need is not None}


def rebuild(hub: Hub, settled: Settled) -> Settled:
    """Take the target and the tracks away, into the attic; all that is of today is to be made anew from the base."""
    for job, record in {**settled.done, **settled.replays, **_cut_out(hub, settled.today)}.items():
        _keep(hub, REPLAY, job, record.commit)
    hub.start_over()
    return settle(hub, settled.today)


def wait_for_others(hub: Hub, today: Today) -> Mapping[str, str]:
    """Return what is kept, by job, of today's jobs that a mode leaves out: the next run without it makes that anew."""
    prefix = hub.ref_name(REPLAY) + "/"
    kept = {ref.removeprefix(prefix): commit for ref, commit in hub.refs(prefix).items()}
    return {job: commit for job, commit in kept.items() if job in today.digests and job not in hub.plan.jobs}


def forget_replay(hub: Hub, job: str) -> None:
    """Say that a job's work is made anew, or done again."""
    hub.remove_ref(hub.ref_name(REPLAY, job))


def _keep(hub: Hub, kind: str, name: str, commit: str) -> None:
    name = hub.ref_name(kind, name)
    known = hub.ref(name)
    if known != commit:
        hub.move_ref(name, commit, known)


def _cut_out(hub: Hub, today: Today) -> Mapping[str, JobRecord]:
    """Return what is of today of the jobs that the run's mode leaves out."""
    steps = {job: steps for job, steps in read_ledger(hub).history.by_job.items() if job not in hub.plan.jobs}
    of_today = {job: next((step for step in own if today.holds(step)), None) for job, own in steps.items()}
    return {job: record_of(step) for job, step in of_today.items() if step is not None}


def _forget_replays(hub: Hub, wanted: Collection[str]) -> None:
    prefix = hub.ref_name(REPLAY) + "/"
    for ref in hub.refs(prefix):
        if ref.removeprefix(prefix) not in wanted:
            hub.remove_ref(ref)


def _sound_tips(hub: Hub, today: Today, history: History) -> Mapping[str, str | None]:
    """Return for every track its last commit that is of today and stands on nothing else, or has landed."""
    landed = history.reached([hub.target_tip()])
    unsound = history.standing_on(today.is_stale, but=landed)
    found: dict[str, str | None] = {}
    for lane in hub.plan.lanes:
        tip = found[lane] = hub.track_tip(lane)
        if tip in unsound:
            whole = (step.commit for step in history.line(tip) if step.job is not None or step.commit in landed)
            found[lane] = next((commit for commit in whole if commit not in unsound), None)
    return found


def _set_back(hub: Hub, lane: str, tip: str | None) -> None:
    old = hub.track_tip(lane)
    if tip is None:
        hub.drop_ref(hub.track_ref(lane))
    elif old is not None:
        hub.set_back(hub.track_ref(lane), tip, old)
