"""Agents that are any program: it reads the prompt, changes files, and its exit status says how it went."""

from datetime import UTC, datetime, timedelta

from tasks.agents.outbox import Report
from tasks.agents.protocol import AgentResult, JobWork, cut_short, describe_end
from tasks.errors import AgentFailed, AgentMissing, JobFailed, QuotaExhausted
from tasks.programs.placeholders import fill
from tasks.programs.run_program import Exit, Launch

TRY_LATER = 75
"""The exit status (EX_TEMPFAIL of sysexits.h) of a program that can do nothing now; it spends no attempt."""


class CommandAgent:
    """Runs the job's own command, or its agent's, with the prompt on its stdin and in `PLANWAVE_PROMPT_FILE`.

    Exit 0: done. Exit 75: try later, after the seconds in the outbox's file `retry-after` where there is one.
    """

    def prepare(self, work: JobWork) -> Launch:
        """Return the command with its placeholders filled in."""
        argv = work.run or work.agent.run
        if argv is None:
            raise AgentMissing(f"job {work.job!r} has no command to run")
        work.write_prompt()
        return Launch(
            argv=fill(argv, work.placeholders),
            cwd=work.workspace,
            env=work.environment(),
            stdin=work.prompt.encode(errors="replace"),
        )

    def read_result(self, work: JobWork, end: Exit) -> AgentResult:
        """Judge by the exit status."""
        report = work.outbox.read()
        error = cut_short(end) or _failure(end, report)
        return AgentResult(error=error, summary=report.handoff or end.tail.strip())


def _failure(end: Exit, report: Report) -> JobFailed | None:
    if end.code == 0:
        return None
    if end.code == TRY_LATER:
        return QuotaExhausted("asked to be tried later", _reset_at(report.retry_after_s))
    return AgentFailed(describe_end(end))


def _reset_at(wait_s: float | None) -> datetime | None:
    return None if wait_s is None else datetime.now(UTC) + timedelta(seconds=wait_s)
