"""Plans in documents, carried out by scripted agents on repositories that have the files they name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from plans.model import Job, Plan
from tasks.session.source import load_document
from tests.flows.commands import Ended, Planwave
from tests.repositories import make_repository, run_git

REHEARSAL = ("--agent", "scripted", "--approvals", "auto", "--json")


@dataclass(frozen=True)
class Rehearsal:
    """A run of a document's plan that is over."""

    planwave: Planwave
    repo: Path
    plan: Plan
    ended: Ended

    @property
    def merges(self) -> list[str]:
        """The tracks in the order in which they landed, as the target's first parents tell."""
        return self.trailers("Plan-Merge", "--first-parent")

    @property
    def to_do(self) -> list[Job]:
        """The jobs that the document does not call done."""
        return [job for job in self.plan.jobs.values() if not job.done]

    def trailers(self, key: str, *options: str) -> list[str]:
        """Return what the commits that a run put on the target say under a trailer, oldest first."""
        format_ = f"--format=%(trailers:key={key},valueonly,separator=)"
        shown = self.git("log", format_, "--reverse", *options, f"{self.ref('base')}..{self.ref('target')}")
        return [line for line in shown.splitlines() if line]

    def place(self, event: str, subject: str) -> int:
        """Tell as which event something happened."""
        told = [(one["event"].removeprefix("planwave."), one["subject"]) for one in self.ended.events]
        return told.index((event, subject))

    def ref(self, *parts: str) -> str:
        """Return a ref of the rehearsal, which has its own in planwave's clone."""
        return "/".join((f"refs/planwave/{self.plan.name}--rehearsal", *parts))

    def git(self, *args: str) -> str:
        """Ask git in planwave's clone."""
        return run_git(self.planwave.hub(self.repo), *args)

    def branches(self) -> set[str]:
        """Return the branches of the user's repository."""
        return set(run_git(self.repo, "for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines())

    def show(self, path: str) -> str:
        """Return a file as it landed."""
        return self.git("show", f"{self.ref('target')}:{path}")

    def report(self) -> str:
        """Return the final report."""
        ended = self.planwave.start("report", self.ended.run).end()
        assert ended.code == 0, ended.err
        return ended.out


def rehearse(planwave: Planwave, document: Path, *, others: Iterable[str] = ()) -> Rehearsal:
    """Run a document's plan on a new repository, to its end.

    Args:
        planwave: it stands in a folder of its own, in which the repository is made.
        document: the plan, a file or a folder.
        others: paths that the repository has beside those that the plan modifies or reads.
    """
    plan = load_document(str(document)).plan
    repo = repository_for(planwave.folder, plan, others)
    ended = planwave.start("run", str(document), "--repo", str(repo), *REHEARSAL).end()
    return Rehearsal(planwave, repo, plan, ended)


def repository_for(folder: Path, plan: Plan, others: Iterable[str] = ()) -> Path:
    """Make a checkout on `main` that has the files of a plan."""
    repo = folder / "project"
    paths = sorted({"README.md", *_named(plan), *others})
    make_repository(repo, {path: f"{path}, as it was\n" for path in paths if not _is_folder(path, paths)})
    return repo


def _named(plan: Plan) -> Iterator[str]:
    created = {path for job in plan.jobs.values() for path in plan.owned_by(job).create}
    for job in plan.jobs.values():
        owned = plan.owned_by(job)
        for path in (*owned.modify, *owned.read):
            if path not in created and re.search(r"[*?\[]|/$", path) is None:
                yield path.removeprefix("/")


def _is_folder(path: str, paths: Iterable[str]) -> bool:
    return any(other.startswith(f"{path}/") for other in paths)


def check_course(run: Rehearsal) -> None:
    """Check what holds of every rehearsal: it went wave by wave in the plan's order, and all of it landed."""
    assert run.ended.code == 0, run.ended.err
    assert run.ended.missing == []
    _check_waves(run)
    _check_jobs(run)
    _check_branches(run)


def _check_waves(run: Rehearsal) -> None:
    waves = run.plan.waves
    assert run.ended.subjects("wave.started") == [wave.id for wave in waves]
    assert [one["subject"] for one in run.ended.of("gate.decided")] == [wave.id for wave in waves]
    assert {one["decision"] for one in run.ended.of("gate.decided")} == {"GO"}
    for wave in waves:
        began, ended = run.place("wave.started", wave.id), run.place("gate.decided", wave.id)
        for job in wave.jobs:
            if not job.done:
                assert began < run.place("job.started", job.id) < run.place("job.completed", job.id) < ended
    for before, after in pairwise(waves):
        assert run.place("gate.decided", before.id) < run.place("wave.started", after.id)


def _check_jobs(run: Rehearsal) -> None:
    ids = [job.id for job in run.to_do]
    assert sorted(run.ended.subjects("job.started")) == sorted(ids)
    assert sorted(run.trailers("Plan-Job")) == sorted(ids)
    for job in run.to_do:
        for need in {*job.needs} & {*ids}:
            assert run.place("job.completed", need) < run.place("job.started", job.id)


def _check_branches(run: Rehearsal) -> None:
    lanes = {job.lane for job in run.to_do}
    assert {*run.merges} == lanes
    for lane in lanes:
        run.git("merge-base", "--is-ancestor", run.ref("track", lane), run.ref("target"))
    assert run.branches() == {"main"}
