"""What a person sees of a run in the Prefect UI, kept up to date while it goes on, and the report at its end."""

import asyncio
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from plans.model import Check, Criterion, Job
from plans.render.dashboard import dashboard, final_report, job_rows, merge_report, waits_for_you
from plans.render.idle import idle_s
from plans.render.views import JobView, LandingView, RunView, Standing, WaveView, percent_done
from plans.schedule.objections import Asked
from plans.schedule.simulate import simulate
from plans.text.fenced import harmless
from tasks.session.listeners import Listeners
from tasks.session.run_log import Artifact
from tasks.session.session import Session

if TYPE_CHECKING:
    from tasks.reporting.plan_document import PlanDocument

PACE_S = 5.0
"""Artifacts are written at most so often: all of them together cost the server as much as a job does."""
_LOOK_S = 1.0
_MOST_OF_THE_LOOP = 0.02
"""The share of the loop's time that looking may take: on a plan of 10,000 jobs a look takes more than half a second."""


Viewer = Callable[[RunView], None]
_viewers = Listeners[RunView](only_latest=True)


def viewing(viewer: Viewer) -> AbstractContextManager[None]:
    """Show `viewer` the picture of the run as it changes for the block, on a thread of its own."""
    return _viewers.listening(viewer)


def view_of(session: Session) -> RunView:
    """Return the picture of a run as it stands."""
    plan, record = session.plan, session.record
    stands = record.gates.stands
    waves = tuple(
        WaveView(wave.id, wave.name, tuple(_job_view(session, job) for job in wave.jobs), stands.get(wave.id))
        for wave in plan.waves
    )
    took = [done.duration_s for job, done in record.jobs.done.items() if job not in session.found.cached]
    return RunView(
        run=session.run,
        title=plan.title or plan.name,
        waves=waves,
        landings=_landing_views(session),
        target=plan.target_branch,
        elapsed_s=session.now(),
        eta_s=None if record.course.is_over else _eta_s(session),
        serial_s=sum(took) if took else None,
        kept=tuple(f"git fetch {session.hub.git.git_dir} {ref}" for ref in record.jobs.rescued.values()),
        warnings=tuple(record.course.warnings),
        criteria=tuple(_criterion_text(criterion) for criterion in plan.criteria),
        waited_s=_waited_s(session),
        is_over=record.course.is_over,
    )


def _waited_s(session: Session) -> float:
    """Return how long the run did nothing but wait for people."""
    now, jobs = session.now(), session.record.jobs
    work = [(start, jobs.ended_at.get(job, now)) for job, start in jobs.started_at.items()]
    return idle_s(session.record.gates.spans(now), work)


class Board:
    """The artifacts of one run: dashboard, jobs, merges, a bar for the plan and each wave, and the plan's document."""

    def __init__(self, session: Session, flow_run: UUID) -> None:
        self._session, self._flow_run = session, flow_run
        self._writing = asyncio.Lock()
        self._asked: list[Asked] = []
        self._questions = 0
        self._document: PlanDocument | None = None
        self._is_loaded = False
        self._look_took_s = 0.0

    async def keep(self) -> None:
        """Show the run to viewers every second, and in the artifacts every `PACE_S`; runs until it is cancelled.

        The first ones wait too: the first jobs go first.
        """
        written = look_at = self._session.now()
        while True:
            await asyncio.sleep(_LOOK_S)
            now = self._session.now()
            if self._questions < len(self._session.record.gates.asked):
                self._say_what_waits()
            elif now < look_at:
                continue
            elif now < written + PACE_S:
                with self._looking() as view:
                    _viewers.tell(view)
                look_at = self._next_look()
                continue
            await self.write()
            written, look_at = self._session.now(), self._next_look()

    @contextmanager
    def _looking(self) -> Generator[RunView]:
        """Yield the picture of the run, and take note of how long making it and what is made of it took."""
        began = time.perf_counter()
        yield view_of(self._session)
        self._look_took_s = time.perf_counter() - began

    def _next_look(self) -> float:
        return self._session.now() + self._look_took_s / _MOST_OF_THE_LOOP - _LOOK_S

    def _say_what_waits(self) -> None:
        """Say in the log of the plan's run, and from now on in an artifact of its own, what waits for a person."""
        self._questions = len(self._session.record.gates.asked)
        for wave in self._session.record.gates.stands.values():
            if wave.asked is not None and wave.asked not in self._asked:
                self._asked.append(wave.asked)
                self._session.engine.log.info("waits for you: %s %s", wave.asked.question, wave.asked.page)

    async def write(self) -> None:
        """Bring the artifacts up to date once; one at a time, so that what is older is never written last."""
        async with self._writing:
            await self._write()

    async def _write(self) -> None:
        with self._looking() as view:
            _viewers.tell(view)
            artifacts = self._artifacts(view)
        await asyncio.gather(*map(self._put, artifacts), self._write_document())

    def _artifacts(self, view: RunView) -> list[Artifact]:
        name = self._session.plan.name
        artifacts = [
            Artifact("progress", f"{name}-progress", percent_done(view.jobs), "The whole plan"),
            Artifact("markdown", f"{name}-dashboard", dashboard(view), "How the run stands"),
            Artifact("table", f"{name}-jobs", job_rows(view), "Every job"),
            *(Artifact("progress", f"{name}-wave-{wave.id}", wave.percent, wave.title) for wave in view.waves),
        ]
        if self._asked:
            waiting = "\n\n".join(waits_for_you(view)) or "Nothing waits for you now."
            artifacts.append(Artifact("markdown", f"{name}-waits-for-you", waiting, "What this run waits for"))
        if any(landing.commit or landing.reason for landing in view.landings):
            artifacts.append(
                Artifact("markdown", f"{name}-merges", merge_report(view), "What landed, and what did not")
            )
        return artifacts

    async def _write_document(self) -> None:
        document = await self._plan_document()
        if document is not None:
            text = await document.shown(self._session)
            key = f"{self._session.plan.name}-plan-document"
            await self._put(Artifact("markdown", key, text, "The plan's own document, with the progress in it"))

    async def _plan_document(self) -> "PlanDocument | None":
        if not self._is_loaded:
            from tasks.reporting.plan_document import load_plan_document  # noqa: PLC0415 - imports a parser, after the first jobs

            self._document = await asyncio.to_thread(load_plan_document, self._session.settings.plan)
            self._is_loaded = True
        return self._document

    async def finish(self, outcome: str, next_steps: Sequence[str] = ()) -> str:
        """Write the final report, behind the last `write`; give its text."""
        # People read the file with other programs than ours.
        text = harmless(final_report(view_of(self._session), outcome, next_steps))
        await self._put(Artifact("markdown", f"{self._session.plan.name}-report", text, "The final report"))
        path = self._session.folder / f"report-{self._session.run}.md"
        try:
            await asyncio.to_thread(_save, path, text)
        except OSError as error:
            # The report is in the UI too, and what it tells of is in git: a full disk must not change the run's end.
            self._session.engine.log.warning("the report could not be written to %s: %s", path, error)
        return text

    async def _put(self, artifact: Artifact) -> None:
        await self._session.engine.show(artifact, on=self._flow_run)


def _save(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _job_view(session: Session, job: Job) -> JobView:
    jobs, frontier = session.record.jobs, session.frontier
    record = jobs.done.get(job.id)
    started, ended = jobs.started_at.get(job.id), jobs.ended_at.get(job.id)
    running_s = None if started is None else (session.now() if ended is None else ended) - started
    cached = "done before" if job.id in session.found.cached or job.done else ""
    unchanged = "" if record is None or record.unchanged is None else f"changed nothing: {record.unchanged}"
    standing: Standing = frontier.state(job.id).value
    return JobView(
        id=job.id,
        title=job.name,
        wave=session.plan.wave_of[job.id].id,
        track=job.lane,
        agent=session.agent_label(job),
        standing=standing,
        reason="; ".join(part for part in (frontier.reason(job.id), cached, unchanged) if part),
        attempts=jobs.attempts.get(job.id, 0),
        estimate_s=job.estimate.middle.total_seconds() if job.estimate else None,
        duration_s=record.duration_s if record else running_s,
        cost_usd=record.cost_usd if record else None,
        tokens=record.tokens if record else None,
        commit=record.commit if record else None,
    )


def _eta_s(session: Session) -> float | None:
    """Return the seconds that are left, as the simulation of what is not done says; None without any estimate."""
    if not any(job.estimate for job in session.plan.jobs.values()):
        return None
    return simulate(session.plan, frontier=session.frontier, now=session.now()).makespan_s


def _landing_views(session: Session) -> tuple[LandingView, ...]:
    return tuple(
        LandingView(wave or "", track, session.plan.branch(track), landed.landing.value, landed.commit, landed.reason)
        for (wave, track), landed in session.record.landings.tracks.items()
    )


def _criterion_text(criterion: Criterion) -> str:
    return f"`{' '.join(criterion.check)}`" if isinstance(criterion, Check) else criterion
