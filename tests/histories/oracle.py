"""What a history must come to: the target holds what the plan of today gives, or the run says truly what differs."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields

from plans.model import Plan
from plans.transform.digest import job_digests
from tests.histories.drafts import NAME, Draft, PlanDict, closed, written
from tests.histories.site import TARGET, Choices, Ended, Site
from tests.histories.steps import Break, BreakGate, BreakMerge, Desk, History, LoseHome, MoveBase, Run, Step
from tests.repositories import run_git

_KEYS = ("Plan-Id", "Plan-Job", "Plan-Job-Digest", "Plan-Take-Back")
_FORMAT = "--format=%H" + "".join(f"|%(trailers:key={key},valueonly,separator=%x2C)" for key in _KEYS) + "|"
_REFS = f"refs/planwave/{NAME}"
_PLAINLY = Run()


class Wrong(AssertionError):
    """A history that came to something else."""


@dataclass
class Tally:
    """What came of histories."""

    histories: int = 0
    runs: int = 0
    killed: int = 0
    left_over: int = 0
    """Histories whose last run did not complete, since the target held work of jobs that are in the plan no more."""
    stuck: int = 0
    """The same, where the jobs are in the plan, and what they had done before could not be taken back."""
    said_no: int = 0
    """Histories whose last run ended as not completed for another reason; but for gates that put the target back."""
    wrong: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Return what came of both."""
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True)
class Commit:
    """A commit of a plan, as its trailers say."""

    id: str
    plan: str
    job: str
    digest: str
    taken_back: tuple[str, ...]


@dataclass
class Replay:
    """A history while it is carried out."""

    site: Site
    desk: Desk
    fresh: Site
    """Where the same plan is run from scratch."""
    tally: Tally = field(default_factory=Tally)
    log: list[str] = field(default_factory=list[str])
    """What was run, and how that ended, a line each."""

    def carry_out(self, history: History) -> Ended:
        """Do every step, mend everything, run to the end, and judge what came of it; give the last run."""
        self.do(*history.steps)
        return self.end()

    def do(self, *steps: Step) -> None:
        """Do some steps."""
        for step in steps:
            match step:
                case Run():
                    self.run(step)
                case Break(job):
                    mark = self.site.outside / f"break-{self.desk.pick(job).key}"
                    mark.unlink() if mark.exists() else mark.touch()
                case BreakMerge():
                    (self.site.outside / "no-merge").touch()
                case BreakGate():
                    (self.site.outside / "no-go").touch()
                case MoveBase(text):
                    self.site.move_base(f"text {text}\n")
                case LoseHome():
                    shutil.rmtree(self.site.home, ignore_errors=True)
                case _:
                    self.desk.edit(step)

    def end(self) -> Ended:
        """Mend everything, run to the end, and judge what came of it; give that run."""
        for mark in (mark for kind in ("break-*", "no-*") for mark in self.site.outside.glob(kind)):
            mark.unlink()
        ended = self.run()
        self.judge(ended)
        return ended

    def run(self, step: Run = _PLAINLY) -> Ended:
        """Run the plan as it is."""
        draft, site = self.desk.draft, self.site
        chosen = tuple(dict.fromkeys(self.desk.pick(job).lane for job in step.tracks))
        mode = closed(draft, chosen) if chosen else None
        plan = written(draft, site.outside, mode=mode)
        waves = sorted({work.wave for work in draft.works})
        only = [self.desk.pick(job).id for job in step.only]
        only += [f"w{waves[wave % len(waves)]}" for wave in step.only_waves]
        choices = Choices(tuple(dict.fromkeys(only)), "some" if mode else None, (step.option,) if step.option else ())
        done = finished(site, plan)
        ended = site.run(plan, choices, step.kill)
        self.tally.runs += 1
        self.tally.killed += ended.state == "Killed"
        self.log.append(f"{step}: {ended.state} {ended.message}; ran {dict(ended.ran)}")
        if step.option not in {"fresh", "redo_later_waves"}:
            self.spared(ended, done)
        if ended.state == "Refused":
            raise Wrong(f"a run was refused: {ended.message}")
        return ended

    def judge(self, ended: Ended) -> None:
        """See whether the last run is right."""
        plan, draft = written(self.desk.draft, self.site.outside), self.desk.draft
        self.tally.histories += 1
        if ended.completed:
            self._equal(plan, "the run")
            return
        left, missing = left_over(self.site, plan), not_landed(self.site, plan)
        self.tally.left_over += not left.keys() <= set(draft.ids)
        self.tally.stuck += not left.keys().isdisjoint(draft.ids)
        self.tally.said_no += not left and draft.no_go != "rollback"
        untrue(ended, draft, left, missing)
        again = self.run(Run(option="rebuild_target"))
        if not again.completed:
            raise Wrong(f"--rebuild-target ended as {again.state}: {again.message}")
        self._equal(plan, "--rebuild-target")

    def _equal(self, plan: PlanDict, who: str) -> None:
        run_git(self.fresh.repo, "fetch", "-q", str(self.site.repo), "main")
        run_git(self.fresh.repo, "reset", "-q", "--hard", "FETCH_HEAD")
        scratch = self.fresh.run(written(self.desk.draft, self.fresh.outside), Choices())
        if not scratch.completed:
            raise Wrong(f"from scratch the plan ends as {scratch.state}: {scratch.message}")
        run_git(self.site.repo, "fetch", "-q", str(self.fresh.repo), f"+refs/heads/{TARGET}:refs/scratch")
        ours, theirs = self.site.tree(), run_git(self.site.repo, "rev-parse", "refs/scratch^{tree}")
        if ours != theirs:
            raise Wrong(f"{who} says Completed; -target +from scratch:\n{self.site.differences(ours, theirs)}")
        for problem in wrong_ledger(self.site, plan):
            raise Wrong(f"{who} says Completed; {problem}")

    def spared(self, ended: Ended, done: Mapping[str, str]) -> None:
        """What was finished as it is defined now is not done again, unless the run says why."""
        warned = [str(event.payload["warning"]) for event in ended.told if event.name == "planwave.run.warned"]
        for job in done.keys() & ended.ran.keys():
            if not any(f"job {job!r} runs again" in text for text in warned) and ended.state != "Killed":
                raise Wrong(f"job {job!r} was finished in commit {done[job][:10]}, and ran again")


def replay(history: History, site: Site, fresh: Site, tally: Tally | None = None) -> Ended:
    """Carry out a history at a site, then its last plan from scratch at a fresh one.

    Raises:
        Wrong: the target holds something else, and nobody said so.
    """
    doing = Replay(site, Desk([history.draft]), fresh, tally or Tally())
    try:
        return doing.carry_out(history)
    except Exception as error:
        said = "\n".join(doing.log)
        error.add_note(f"{history}\n\n{said}\n\n{graph(site)}")
        raise


def commits(site: Site, *tips: str) -> list[Commit]:
    """Return the plan's own commits that some refs of the hub reach and the user's base does not, newest first."""
    lines = site.git_in_hub(
        "log", "--topo-order", _FORMAT, *tips, "--not", f"{_REFS}/user-base", f"{_REFS}/base", "--"
    ).splitlines()
    split = (line.split("|") for line in lines)
    return [Commit(c, plan, job, digest, tuple(back.split(","))) for c, plan, job, digest, back, _ in split]


def today(plan: PlanDict) -> Mapping[str, str]:
    """Return the digests of a plan's jobs."""
    return job_digests(Plan.model_validate(plan))


def finished(site: Site, plan: PlanDict) -> Mapping[str, str]:
    """Return the jobs that every commit of theirs says are finished as they are now, each with one of these."""
    if not site.git_in_hub("for-each-ref", f"{_REFS}/base"):
        return {}
    digests = today(plan)
    refs = site.git_in_hub("for-each-ref", "--format=%(refname)", f"{_REFS}/target", f"{_REFS}/track/").split()
    known = commits(site, *refs) if refs else []
    back = {commit for taker in known for commit in taker.taken_back}
    valid = [commit for commit in known if commit.job and commit.id not in back]
    stale = {commit.job for commit in valid if digests.get(commit.job) != commit.digest}
    return {commit.job: commit.id for commit in valid if commit.job not in stale}


def left_over(site: Site, plan: PlanDict) -> Mapping[str, str]:
    """Return the jobs whose work the target holds though it is none of today's, each with a commit."""
    digests, known = today(plan), _of_target(site)
    back = {commit for taker in known for commit in taker.taken_back}
    return {c.job: c.id for c in known if c.job and c.id not in back and digests.get(c.job) != c.digest}


def not_landed(site: Site, plan: PlanDict) -> frozenset[str]:
    """Return the jobs of today whose work the target does not hold."""
    known = _of_target(site)
    back = {commit for taker in known for commit in taker.taken_back}
    held = {(c.job, c.digest) for c in known if c.id not in back}
    return frozenset(job for job, digest in today(plan).items() if (job, digest) not in held)


def wrong_ledger(site: Site, plan: PlanDict) -> Iterator[str]:
    """Ask git alone whether the target holds every job of today, and nothing else."""
    yield from (f"job {job!r} is not on the target" for job in not_landed(site, plan))
    yield from (f"the target holds {commit[:10]} of {job!r}" for job, commit in left_over(site, plan).items())
    yield from (f"the target holds {c.id[:10]}, which is not of the plan" for c in _of_target(site) if c.plan != NAME)
    if site.published() != site.git_in_hub("rev-parse", f"{_REFS}/target"):
        yield "the user's branch is not what the hub's target is"


def untrue(ended: Ended, draft: Draft, left: Mapping[str, str], missing: frozenset[str]) -> None:
    """See whether what a run says is missing or left over is so.

    Raises:
        Wrong: it names nothing that is, or something that is not.
    """
    said = "; ".join(ended.missing) or ended.message
    lanes = {work.lane for work in draft.works if work.id in missing}
    true = [*left, *missing, *lanes]
    if not any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) for name in true):
        raise Wrong(f"the run says {said!r}; missing {sorted(missing)}, left over {dict(left)}")
    named = re.findall(r"left over on the target: the work of job '([^']*)'", said)
    if set(named) - left.keys():
        raise Wrong(f"the run says {said!r}; left over is {dict(left)}")


def graph(site: Site) -> str:
    """Draw what the hub holds."""
    return site.git_in_hub("log", "--graph", "--oneline", "--all", "-n80")


def _of_target(site: Site) -> list[Commit]:
    return commits(site, f"{_REFS}/target") if site.git_in_hub("for-each-ref", f"{_REFS}/target") else []
