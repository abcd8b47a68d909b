"""The Markdown document of a run's plan as it reads with the run's progress in it, for the UI."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from plans.document import Document
from plans.errors import PlanError
from plans.markdown.progress import JobProgress, write_progress
from plans.model import Job
from plans.schedule.frontier import JobState
from plans.schedule.simulate import simulate
from plans.text.encoding import exact_encoding_of
from tasks.session.session import Session
from tasks.session.source import read_source


@dataclass(frozen=True)
class PlanDocument:
    """A plan's text, and what was read from it."""

    text: str
    document: Document

    async def shown(self, session: Session) -> str:
        """Return the text with the progress of a run."""
        jobs = _progress(session)
        return await asyncio.to_thread(write_progress, self.text, self.document, jobs)


def load_plan_document(plan: str) -> PlanDocument | None:
    """Return the document of a plan in Markdown, as the run has read it; None for other plans, and folders of them.

    Args:
        plan: where the plan is, as the run was told.
    """
    try:
        reading = read_source(plan)
    except PlanError:
        return None  # it is not there any more, for a run that was not the one to read it
    if reading.data is None or reading.document.form != "markdown":
        return None  # of a folder the dashboard tells the same
    return PlanDocument(reading.data.decode(exact_encoding_of(reading.data)), reading.document)


def _progress(session: Session) -> dict[str, JobProgress]:
    began = datetime.now(UTC).astimezone() - timedelta(seconds=session.now())
    ends: dict[str, float] = {}
    if any(job.estimate for job in session.plan.jobs.values()):
        ends = dict(simulate(session.plan, frontier=session.frontier, now=session.now()).ends)
    return {job.id: _job_progress(session, job, began, ends.get(job.id)) for job in session.plan.jobs.values()}


def _job_progress(session: Session, job: Job, began: datetime, end_s: float | None) -> JobProgress:
    jobs = session.record.jobs
    started, ended = jobs.started_at.get(job.id), jobs.ended_at.get(job.id)
    state = session.frontier.state(job.id)
    is_stuck = state in {JobState.FAILED, JobState.SKIPPED}
    is_done = state is JobState.DONE
    return JobProgress(
        started=None if started is None else began + timedelta(seconds=started),
        finished=began + timedelta(seconds=ended) if is_done and ended is not None else None,
        done=is_done,
        blocker=f"{job.name}: {session.frontier.reason(job.id)}" if is_stuck else "",
        eta=None if end_s is None or is_done or is_stuck else began + timedelta(seconds=end_s),
    )
