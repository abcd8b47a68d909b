"""What of the work that git holds is work of today's plan: its jobs as they are defined now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tasks.ledger.history import History, Step


@dataclass(frozen=True)
class Today:
    """Tells work of today's plan from work of an earlier one.

    Attributes:
        digests: the digest of every job of the whole document, whatever a run chooses from it.
        said_done: the jobs that the document calls done: whatever work of theirs there is stays.
        redo: commits that count no more, because somebody asked for their jobs to be done again.
    """

    digests: Mapping[str, str]
    said_done: frozenset[str] = frozenset()
    redo: frozenset[str] = field(default=frozenset(), repr=False)

    def without(self, redo: frozenset[str]) -> "Today":
        """Return the same where some commits count no more."""
        return replace(self, redo=self.redo | redo)

    def holds(self, step: Step) -> bool:
        """Return whether a job's commit is work of a job as it is now."""
        if step.job in self.said_done:
            return True
        return self.digests.get(step.job or "") == step.digest and step.commit not in self.redo

    def is_stale(self, step: Step) -> bool:
        """Return whether a commit is the work of a job that is another now, or none."""
        return step.job is not None and not self.holds(step)

    def left_over(self, history: History, target: str, allowed: frozenset[str]) -> tuple[Step, ...]:
        """Return the stale commits that the target holds and that nothing on it takes back, newest first.

        Args:
            history: what git knows of the plan.
            target: the target's tip.
            allowed: commits that came in from the base: what the user took over is the user's.
        """
        held = history.reached([target]) - allowed
        left = held - history.taken_back(held)
        return tuple(step for commit, step in history.steps.items() if commit in left and self.is_stale(step))


def foreign(history: History, target: str, allowed: frozenset[str]) -> tuple[Step, ...]:
    """Return the commits that the target holds and that neither the plan made nor the base brought, newest first."""
    held = history.reached([target]) - allowed
    return tuple(step for commit, step in history.steps.items() if commit in held and not step.said)
