"""What one run is asked for: the plan, the repository, and the choices made for it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from plans.deferred import unsupported_problems
from plans.errors import PlanError
from plans.lint import lint_plan
from plans.lint.mend import with_clashes_ordered
from plans.model import Plan
from plans.transform.absolute_paths import within
from plans.transform.digest import job_digests
from plans.transform.select import as_rehearsal, choose_mode, is_rehearsal, with_agent
from tasks.session.source import load_document

Approvals = Literal["ask", "auto"]
Overlaps = Literal["refuse", "order"]


class RunSettings(BaseModel):
    """What one run was asked for, beyond the plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: str
    """Path or URL of the plan, or its text."""
    repo: str = "."
    """Path or URL of the repository."""
    mode: str | None = None
    """One of the plan's modes."""
    agent: str | None = None
    """An agent of the plan, or a kind of agent, that does every job."""
    fresh: bool = False
    """Start over."""
    approvals: Approvals = "ask"
    """`auto`: a gate that asks a person says GO when its checks pass."""
    only: tuple[str, ...] = ()
    """Only these waves, tracks or jobs."""
    rebuild_target: bool = False
    """Land today's jobs anew from the base, without the work of jobs that are not in the plan any more."""
    redo_later_waves: bool = False
    """Where a finished job is done again, do the finished jobs of all later waves again too."""
    keep_base: bool = False
    """Stay on the base that the first run started from, though it has moved."""
    overlaps: Overlaps = "refuse"
    """`order`: of two jobs that may write the same path at the same time, the later one waits for the other."""
    ignore_unsupported: tuple[str, ...] = ()
    """Fields and kinds of agents that may stand in the plan though this version does not act on them."""


def read_with_digests(settings: RunSettings) -> tuple[Plan, Mapping[str, str]]:
    """Read and check the plan of a run, with the run's choices made in it.

    Returns:
        The plan, and the digests of its jobs as the document has them: another agent or mode for what is left must not
        have what is done done again.

    Raises:
        PlanError: it cannot be read, or must not be run.
    """
    document = load_document(settings.plan)
    asked = with_clashes_ordered(document) if settings.overlaps == "order" else document
    plan = asked.plan if settings.agent is None else with_agent(asked.plan, settings.agent)
    problems = (*lint_plan(asked), *unsupported_problems(document, plan, settings.ignore_unsupported))
    if any(problem.severity == "error" for problem in problems):
        raise PlanError(document.name, problems)
    if is_rehearsal(plan, settings.agent):
        plan = as_rehearsal(plan)
    plan = within(plan, str(Path(settings.repo).expanduser().resolve()))
    # Digests take a plan without errors: before they are worked out, the plan is checked.
    return (plan if settings.mode is None else choose_mode(plan, settings.mode)), job_digests(document.plan)
