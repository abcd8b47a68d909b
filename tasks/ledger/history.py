"""The commits that the branches of a plan reach and its base does not, with what their trailers say: pure records."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

TAKEN_BACK = "Plan-Take-Back"
"""Trailer of a commit that undoes a job's commit: the id of that commit."""


@dataclass(frozen=True)
class Step:
    """One commit.

    Attributes:
        commit: its id.
        parents: its parents' ids; those outside of the history, too.
        said: its trailers, empty for a commit that is not of the plan.
    """

    commit: str
    parents: tuple[str, ...]
    said: Mapping[str, str]

    @property
    def job(self) -> str | None:
        """The job whose work it is; None: it only joins others."""
        return self.said.get("Plan-Job")

    @property
    def digest(self) -> str:
        """The digest that the job had."""
        return self.said.get("Plan-Job-Digest", "")

    @property
    def takes_back(self) -> str | None:
        """The commit that it undoes."""
        return self.said.get(TAKEN_BACK)


@dataclass(frozen=True)
class History:
    """Commits by id, every one before its parents.

    Attributes:
        steps: the commits.
    """

    steps: Mapping[str, Step]

    @classmethod
    def parse(cls, logged: bytes, plan: str) -> "History":
        """Read what `git log -z` prints in `LOG_FORMAT`; trailers count where `Plan-Id` names the plan."""
        entries = (entry.decode(errors="replace").split("\x1e", 2) for entry in logged.split(b"\0") if entry)
        steps = (Step(commit, tuple(parents.split()), _said(trailers, plan)) for commit, parents, trailers in entries)
        return cls({step.commit: step for step in steps})

    def reached(self, tips: Iterable[str]) -> frozenset[str]:
        """Return the commits that some tips reach, themselves included, as far as the history goes."""
        found: set[str] = set()
        left = [tip for tip in tips if tip in self.steps]
        while left:
            commit = left.pop()
            if commit not in found:
                found.add(commit)
                left.extend(parent for parent in self.steps[commit].parents if parent in self.steps)
        return frozenset(found)

    def standing_on(self, is_bad: Callable[[Step], bool], but: frozenset[str]) -> frozenset[str]:
        """Return the commits that are bad or stand on one that is; those in `but` are sound, whatever they stand on."""
        found: set[str] = set()
        for step in reversed(tuple(self.steps.values())):
            if step.commit not in but and (is_bad(step) or not found.isdisjoint(step.parents)):
                found.add(step.commit)
        return frozenset(found)

    def line(self, tip: str) -> Iterator[Step]:
        """Yield a branch's own line, newest first: its first parents."""
        while tip in self.steps:
            step = self.steps[tip]
            yield step
            tip = step.parents[0] if step.parents else ""

    @cached_property
    def by_job(self) -> Mapping[str, tuple[Step, ...]]:
        """The commits of every job, newest first."""
        found: dict[str, list[Step]] = {}
        for step in self.steps.values():
            if step.job is not None:
                found.setdefault(step.job, []).append(step)
        return {job: tuple(steps) for job, steps in found.items()}

    def taken_back(self, among: frozenset[str]) -> frozenset[str]:
        """Return the commits that others of some commits undo."""
        undone = (self.steps[commit].takes_back for commit in among)
        return frozenset(commit for commit in undone if commit is not None)


LOG_FORMAT = "--format=%H%x1e%P%x1e%(trailers:only,unfold,separator=%x1f)"


def _said(trailers: str, plan: str) -> Mapping[str, str]:
    pairs = (line.partition(": ") for line in trailers.rstrip("\n").split("\x1f"))
    said = {name: value for name, _, value in pairs}
    return said if said.get("Plan-Id") == plan else {}
