"""What every agent adapter does: turn a job into a program to run, and its end into a result."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from plans.agent import Agent as AgentSettings
from plans.durations import format_duration
from plans.model import Owns
from plans.text.fenced import last_lines
from tasks.agents.outbox import Outbox
from tasks.errors import AgentFailed, AgentStalled, AgentTimedOut, JobFailed
from tasks.programs.environment import child_environment
from tasks.programs.run_program import Exit, Launch


@dataclass(frozen=True, kw_only=True)
class JobWork:
    """One attempt of a job, as an agent needs to know it."""

    job: str
    track: str
    attempt: int
    """From 1."""
    prompt: str
    prompt_file: Path
    """Where the prompt stands for programs that read it from a file; written by the adapter, outside the workspace."""
    outbox: Outbox
    workspace: Path
    """Where the agent stands and works."""
    log: Path
    agent: AgentSettings
    mark: str
    """By which everything that the attempt starts is found: `hub/plan/run/job/attempt`."""
    run: tuple[str, ...] | None = None
    """The job's own command, in place of the agent's."""
    owns: Owns = field(default_factory=Owns)
    session_id: str | None = None
    """The agent's session in the attempt before, where it may be taken up again."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables to add: secrets that the plan names."""

    @property
    def placeholders(self) -> Mapping[str, str]:
        """What `{job}` and its like stand for in an argument list."""
        return {
            "job": self.job,
            "track": self.track,
            "attempt": str(self.attempt),
            "prompt_file": str(self.prompt_file),
            "outbox": str(self.outbox.path),
            "workspace": str(self.workspace),
        }

    def environment(self) -> dict[str, str]:
        """Return the whole environment of the attempt's programs, with each placeholder as `PLANWAVE_JOB` and so on."""
        ours = {f"PLANWAVE_{name.upper()}": value for name, value in self.placeholders.items()}
        return child_environment(mark=self.mark, passed=self.agent.env, extra={**self.env, **ours})

    def write_prompt(self) -> None:
        """Put the prompt into its file."""
        self.prompt_file.parent.mkdir(parents=True, exist_ok=True)
        self.prompt_file.write_text(self.prompt, encoding="utf-8", errors="replace")


@dataclass(frozen=True, kw_only=True)
class AgentResult:
    """What came of an attempt, as far as the agent can tell: what it changed is for the workspace to say."""

    error: JobFailed | None = None
    summary: str = ""
    """What it says it did: its handoff, or the end of its output."""
    cost_usd: float | None = None
    tokens: int | None = None
    session_id: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it did the job."""
        return self.error is None


class Agent(Protocol):
    """A way of having a job done.

    An adapter decides nothing but what to run and how to read the end of it: the program is run by
    `tasks.programs.run_program.run_program`, and whether its work is taken is decided by what is in the workspace.
    """

    def prepare(self, work: JobWork) -> Launch:
        """Return the program that does the job, and write the files that it reads.

        Raises:
            JobFailed: it cannot be run, by what the settings or this machine say.
        """
        ...

    def read_result(self, work: JobWork, end: Exit) -> AgentResult:
        """Say what came of it, from how the program ended, its log and its outbox; the exit status may lie."""
        ...


def cut_short(end: Exit) -> JobFailed | None:
    """Return the failure of an attempt that planwave ended; None when it ended by itself."""
    took = format_duration(timedelta(seconds=round(end.duration_s)))
    match end.ended_by:
        case "exit":
            return None
        case "timeout":
            return AgentTimedOut(f"still at work after {took}, the longest it may take")
        case "stall":
            return AgentStalled(f"no output for too long; ended after {took}")
        case "stop":
            return AgentFailed(f"stopped after {took}")


def describe_end(end: Exit) -> str:
    """Say how a program ended, with the last of its output."""
    how = f"exited with status {end.code}" if end.code >= 0 else f"was killed by {_signal_name(-end.code)}"
    tail = end.tail.strip()
    return f"{how}:\n{last_lines(tail, 2000)}" if tail else f"{how} and printed nothing"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
