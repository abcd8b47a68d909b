"""One attempt of a job, from its request to its report: workspace, agent, judgement, commit."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from plans.model import Job, Plan
from tasks.agents import adapter_for
from tasks.agents.outbox import Outbox, Report
from tasks.agents.protocol import AgentResult, JobWork
from tasks.attempt.folder import AttemptFolder
from tasks.attempt.request import AttemptReport, AttemptRequest, Client, Failure
from tasks.attempt.scope import grant_text, judge_emptiness, judge_scope
from tasks.errors import AgentFailed, AgentMissing, CriteriaUnmet, JobFailed, Stopped, TaskError
from tasks.hub.hub import Hub
from tasks.ledger.ledger import JobRecord, JobWorkDone, commit_job
from tasks.programs.check import run_checks
from tasks.programs.run_program import Exit, Launch, ProgramMissing, run_program
from tasks.programs.stop import StopSignal
from tasks.workspace.rescue import begin_attempt, end_attempt, rescue
from tasks.workspace.snapshot import Snapshot
from tasks.workspace.workspace import Workspace
from tasks.workspace.workspaces import Workspaces


@dataclass(frozen=True)
class _Ready:
    """An attempt whose workspace is ready."""

    request: AttemptRequest
    folder: AttemptFolder
    workspace: Workspace
    work: JobWork
    launch: Launch


@dataclass
class _Known:
    """What is known of an attempt so far."""

    request: AttemptRequest
    log: str = ""
    duration_s: float = 0.0
    result: AgentResult = AgentResult()  # noqa: RUF009 - it is frozen
    rescue: str | None = None
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def report(self, result: JobRecord | Failure) -> AttemptReport:
        return AttemptReport(
            job=self.request.job,
            attempt=self.request.attempt,
            result=result,
            rescue=self.rescue,
            cost_usd=self.result.cost_usd,
            tokens=self.result.tokens,
            duration_s=self.duration_s,
            log=self.log,
            warnings=self.warnings,
            problems=self.problems,
        )


class LocalRunner:
    """Makes attempts on this machine, in workspaces of the hub.

    Args:
        plan: what the jobs are of.
        hub: what they start from, and what their commits go to.
        workspaces: where they are done.
        folder: for logs, prompts and outboxes.
    """

    def __init__(self, plan: Plan, hub: Hub, workspaces: Workspaces, folder: Path) -> None:
        self._plan, self._hub, self._workspaces, self._folder = plan, hub, workspaces, folder
        self._outboxes: dict[str, Outbox] = {}

    async def run(self, request: AttemptRequest, client: Client) -> AttemptReport:
        """Make one attempt; what it left is saved to a rescue ref when it fails or is stopped."""
        known = _Known(request)
        try:
            ready = await asyncio.to_thread(self._make_ready, request)
            end = await self._run_agent(ready, client, known)
            try:
                _judge_end(end, known.result, client)
                return known.report(await self._conclude(ready, client, known))
            except (JobFailed, Stopped):
                known.rescue = await asyncio.to_thread(self._save_leftovers, ready)
                raise
        except (TaskError, OSError) as error:
            return known.report(Failure.of(request.job, error))

    @property
    def at_work(self) -> Collection[str]:
        """The jobs whose agents are at work now."""
        return tuple(self._outboxes)

    def finished_steps(self, job: str) -> int:
        """Return how many lines of progress are in the job's outbox; 0 where its agent is not at work."""
        outbox = self._outboxes.get(job)
        return 0 if outbox is None else len(outbox.progress())

    def _make_ready(self, request: AttemptRequest) -> _Ready:
        """Bring the workspace of the job's track to where the attempt starts, and write its prompt."""
        folder = AttemptFolder.of(self._folder, request.job, request.attempt)
        workspace = self._workspaces.of(request.track)
        begin_attempt(self._hub, workspace, job=request.job, attempt=request.attempt, parent=request.parent)
        work = JobWork(
            job=request.job,
            track=request.track,
            attempt=request.attempt,
            prompt=request.prompt,
            prompt_file=folder.prompt,
            outbox=folder.outbox(),
            workspace=workspace.tree,
            log=folder.log,
            agent=request.agent,
            mark=request.mark,
            run=request.command,
            owns=request.owns,
        )
        return _Ready(request, folder, workspace, work, adapter_for(work.agent.kind).prepare(work))

    async def _run_agent(self, ready: _Ready, client: Client, known: _Known) -> Exit:
        request, work = ready.request, ready.work
        async with client.place(request, work.log) as heard:
            known.log = str(work.log)
            self._outboxes[request.job] = work.outbox
            try:
                end = await run_program(
                    ready.launch,
                    log=work.log,
                    timeout_s=request.timeout_s,
                    stall_timeout_s=request.stall_timeout_s,
                    stop=client.stop,
                    on_line=heard,
                    on_left=ready.workspace.leave_alone,
                )
            except ProgramMissing as error:
                raise AgentMissing(str(error)) from error
            finally:
                self._outboxes.pop(request.job, None)
            known.duration_s = end.duration_s
            known.result = adapter_for(work.agent.kind).read_result(work, end)
            return end

    async def _conclude(self, ready: _Ready, client: Client, known: _Known) -> JobRecord:
        report, job = ready.work.outbox.read(), self._plan.jobs[ready.request.job]
        known.problems = report.problems
        snapshot = await asyncio.to_thread(ready.workspace.snapshot, ready.request.parent)
        if snapshot.problems:
            raise AgentFailed("left what cannot be committed: " + "; ".join(snapshot.problems[:10]))
        changed = [change.path for change in snapshot.changes]
        granted = await asyncio.to_thread(judge_scope, self._plan, job, changed, report)
        unchanged = None if changed else await asyncio.to_thread(self._judge_emptiness, ready, job, report)
        await _judge_checks(ready, client.stop)
        work = _work_done(ready.request, known, unchanged)
        handoff = report.handoff or known.result.summary
        record = await asyncio.to_thread(self._commit, ready, work, snapshot, handoff=handoff, granted=granted)
        known.warnings = (grant_text(job, granted, report),) if granted else ()
        return record

    def _judge_emptiness(self, ready: _Ready, job: Job, report: Report) -> str:
        return judge_emptiness(self._plan, job, report, ready.workspace.ignored())

    def _commit(
        self, ready: _Ready, work: JobWorkDone, snapshot: Snapshot, *, handoff: str, granted: Sequence[str]
    ) -> JobRecord:
        request = ready.request
        record = commit_job(
            self._hub,
            work,
            tree=snapshot.tree,
            parent=request.parent,
            expected_tip=request.tip,
            title=request.title,
            handoff=handoff,
            granted=granted,
            agent_messages=ready.workspace.agent_messages(request.parent),
        )
        with suppress(OSError):
            # It is done; what is written beside the workspace is found out of date by the next start.
            end_attempt(ready.workspace)
        return record

    def _save_leftovers(self, ready: _Ready) -> str | None:
        """Keep what a failed attempt left, and give the ref; the next one starts from the parent again."""
        request = ready.request
        ref = rescue(self._hub, ready.workspace, request.job, request.attempt, request.parent)
        end_attempt(ready.workspace)
        return ref


def _judge_end(end: Exit, result: AgentResult, client: Client) -> None:
    if end.ended_by == "stop":
        raise Stopped(client.stop.reason or "asked to stop")
    if result.error is not None:
        raise result.error


async def _judge_checks(ready: _Ready, stop: StopSignal) -> None:
    checks, work = ready.request.checks, ready.work
    if not checks:
        return
    outcome = await run_checks(
        checks,
        cwd=work.workspace,
        log=ready.folder.checks_log,
        mark=work.mark,
        extra_env={f"PLANWAVE_{name.upper()}": value for name, value in work.placeholders.items()},
        placeholders=work.placeholders,
        stop=stop,
        on_left=ready.workspace.leave_alone,
    )
    if outcome.failed is not None:
        raise CriteriaUnmet(str(outcome.failed))


def _work_done(request: AttemptRequest, known: _Known, unchanged: str | None) -> JobWorkDone:
    return JobWorkDone(
        job=request.job,
        digest=request.digest,
        track=request.track,
        wave=request.wave,
        attempt=request.attempt,
        duration_s=known.duration_s,
        agent=request.agent_label,
        run=request.run,
        cost_usd=known.result.cost_usd,
        tokens=known.result.tokens,
        unchanged=unchanged,
        without=request.without,
    )
