"""What a run would do on a repository: read from the plan and from what earlier runs left; nothing is changed."""

from collections.abc import Mapping
from pathlib import Path

from plans.errors import PlanError
from plans.model import Plan
from plans.render.preview import Preview, preview
from plans.transform.select import is_rehearsal, left_out, require_agents
from tasks.errors import TaskError
from tasks.home import Home
from tasks.ledger.standing import peek
from tasks.repository.clones import clone_of, is_url
from tasks.run.opening import require_usable
from tasks.session.settings import RunSettings, read_with_digests


def preview_run(settings: RunSettings, home: Home) -> tuple[Preview, str | None]:
    """Work out what a run would do.

    Returns:
        The preview; and why it does not know what earlier runs have done, where it does not.

    Raises:
        PlanError: the plan cannot be read, or must not be run, or a name among the choices means nothing in it.
        RepositoryUnusable: the repository must not be worked on.
    """
    plan, digests = read_with_digests(settings)
    omitted = left_out(plan, settings.only)
    folder = clone_of(settings.repo, home)
    # What a URL names is known when a run has cloned it.
    if not is_url(settings.repo) or Path(folder).is_dir():
        rehearsal = is_rehearsal(plan, settings.agent)
        require_usable(folder, plan, home, fresh=settings.fresh, publishes=not rehearsal)
    if settings.fresh:
        return preview(plan, left_out=omitted), None
    try:
        jobs = peek(settings.repo, plan, home, digests).jobs
    except TaskError as error:
        return preview(plan, left_out=omitted), str(error)
    return preview(plan, done=[job for job, found in jobs.items() if found.state == "done"], left_out=omitted), None


def require_agents_of(settings: RunSettings, plan: Plan, digests: Mapping[str, str], home: Home) -> None:
    """Make sure, before a run is opened, that the names among its choices mean something and its agents can be run.

    Jobs that earlier runs have done need no agent.

    Args:
        settings: what was asked for.
        plan: the plan, with the choices made in it.
        digests: those of its jobs.
        home: where planwave keeps what it keeps.

    Raises:
        PlanError: a name means nothing in the plan, or an agent is not there or cannot be run.
    """
    omitted = left_out(plan, settings.only)
    asked = [job.id for job in plan.jobs.values() if not job.done and job.id not in omitted]
    try:
        require_agents(plan, asked)
    except PlanError:
        if settings.fresh:
            raise
        jobs = peek(settings.repo, plan, home, digests).jobs
        require_agents(plan, [job for job in asked if jobs[job].state != "done"])
