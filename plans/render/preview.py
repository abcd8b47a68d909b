"""What a run would do, worked out without doing any of it: which jobs, in which order, by whom, and when."""

import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from plans.durations import format_duration
from plans.model import Job, Plan
from plans.render.gantt import cells, fitted
from plans.render.show import length_text, table, wave_traits
from plans.schedule.frontier import Frontier, JobState
from plans.schedule.landing_order import landing_tiers
from plans.schedule.simulate import simulate
from plans.text.plural import counted

_MOST_CELLS = 100
"""Of a command; more of it would fill the screen."""


@dataclass(frozen=True)
class Step:
    """A job that would run, and when, in seconds; where no job has an estimate, each counts as one."""

    job: Job
    wave: str
    start_s: float
    end_s: float
    agent: str
    command: str
    """What would be called, before its placeholders are filled in; for other agents their kind."""


@dataclass(frozen=True)
class Preview:
    """What a run would do.

    Attributes:
        plan: the plan, as it would be run.
        steps: the jobs that would run, in the order in which they would start.
        not_run: every other job, with the reason.
    """

    plan: Plan
    steps: tuple[Step, ...]
    not_run: Mapping[str, str]

    @property
    def is_timed(self) -> bool:
        """Whether times are known; else a job counts as one second."""
        return any(job.estimate for job in self.plan.jobs.values())


def preview(plan: Plan, *, done: Collection[str] = (), left_out: Mapping[str, str] | None = None) -> Preview:
    """Work out what a run would do if every job succeeds and every gate says GO.

    Args:
        plan: the plan, which passed `plans.lint`.
        done: jobs that earlier runs have finished.
        left_out: jobs that the run is not asked for, with the reason.
    """
    frontier = Frontier(plan, done=done, left_out=left_out)
    frontier.start(0.0)
    timeline = simulate(plan, frontier=frontier)
    order = sorted(timeline.starts, key=lambda job: (timeline.starts[job], timeline.ends[job]))
    steps = (
        Step(
            job=plan.jobs[job],
            wave=plan.wave_of[job].id,
            start_s=timeline.starts[job],
            end_s=timeline.ends[job],
            agent="own command" if plan.jobs[job].run is not None else plan.agent_name(plan.jobs[job]),
            command=_command(plan, plan.jobs[job]),
        )
        for job in order
    )
    return Preview(
        plan, tuple(steps), {job: _why_not(frontier, job) for job in plan.jobs if job not in timeline.starts}
    )


def preview_text(shown: Preview) -> str:
    """Return a preview as a person reads it in a terminal."""
    parts = (_head(shown), *_waves(shown), _not_run(shown), _end(shown))
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def preview_json(shown: Preview) -> dict[str, object]:
    """Return a preview as a program reads it; times are in seconds, and null where no job has an estimate."""
    return {
        "plan": shown.plan.name,
        "target": shown.plan.target_branch,
        "jobs": [
            {
                "job": step.job.id,
                "wave": step.wave,
                "track": step.job.lane,
                "agent": step.agent,
                "command": step.command,
                "start_s": step.start_s if shown.is_timed else None,
                "end_s": step.end_s if shown.is_timed else None,
            }
            for step in shown.steps
        ],
        "not_run": dict(shown.not_run),
    }


def _command(plan: Plan, job: Job) -> str:
    if job.run is not None:
        return shlex.join(job.run)
    agent = plan.agents.get(plan.agent_name(job))
    if agent is None:
        return f"(the plan has no agent {plan.agent_name(job)!r}: the job would fail)"
    if agent.run is not None:
        return shlex.join(agent.run)
    return f"({agent.kind})" if agent.model is None else f"({agent.kind}, model {agent.model})"


def _why_not(frontier: Frontier, job: str) -> str:
    if frontier.plan.jobs[job].done:
        return "the plan says it is done"
    return "done before" if frontier.state(job) is JobState.DONE else frontier.reason(job) or "nothing lets it start"


def _head(shown: Preview) -> list[str]:
    plan = shown.plan
    name = f"{plan.title} ({plan.name})" if plan.title else plan.name
    jobs = f"{len(shown.steps)} of {counted(len(plan.jobs), 'job')} would run"
    return [f"{name}: {jobs}, at most {counted(plan.limits.jobs, 'job')} at once; nothing was started"]


def _waves(shown: Preview) -> Iterator[list[str]]:
    columns = ("START" if shown.is_timed else "ROUND", "JOB", "TRACK", "AGENT", "ESTIMATE", "COMMAND")
    # One table for all waves, so that their columns stand below one another.
    head, *rows = table([columns, *(_row(shown, step) for step in shown.steps)])
    for number, wave in enumerate(shown.plan.waves, 1):
        members = [row for step, row in zip(shown.steps, rows, strict=True) if step.wave == wave.id]
        if members:
            title = f"Wave {number}: {wave.name} ({', '.join(wave_traits(wave))})"
            yield [title, f"  {head}", *(f"  {row}" for row in members)]


def _row(shown: Preview, step: Step) -> tuple[str, ...]:
    start = _moment(step.start_s) if shown.is_timed else str(round(step.start_s) + 1)
    command = " ".join(step.command.split())
    return (
        start,
        step.job.id,
        step.job.lane,
        step.agent,
        "" if step.job.estimate is None else str(step.job.estimate),
        command if cells(command) <= _MOST_CELLS else fitted(command, _MOST_CELLS),
    )


def _moment(seconds: float) -> str:
    return format_duration(timedelta(seconds=round(seconds))) if round(seconds) else "0"


def _not_run(shown: Preview) -> list[str]:
    rows = table(list(shown.not_run.items())) if shown.not_run else []
    return ["Would not run", *(f"  {row}" for row in rows)] if rows else []


def _end(shown: Preview) -> list[str]:
    if not shown.steps:
        return []
    plan, tracks = shown.plan, dict.fromkeys(step.job.lane for step in shown.steps)
    order = ", then ".join(" or ".join(tier) for tier in landing_tiers(plan, tracks))
    when = "with each wave" if plan.merge.when == "wave" else "at the end"
    lines = [f"tracks would land {when} on {plan.target_branch}: {order}"]
    end_s, serial_s = max(step.end_s for step in shown.steps), sum(step.end_s - step.start_s for step in shown.steps)
    if shown.is_timed:
        return [*lines, f"about {length_text(end_s)} by the estimates; one after another, {length_text(serial_s)}"]
    return [*lines, f"{counted(round(end_s), 'round')}, if all jobs take as long: there are no estimates"]
