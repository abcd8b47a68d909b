"""A plan as a person looks at it in a terminal: its waves, its tracks, and how it would go."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import islice

from plans.durations import Estimate, format_duration
from plans.model import Gate, Job, Plan, Start, Track, Wave
from plans.render.gantt import Bar, cells, draw_bars, fitted
from plans.schedule.estimate import PlanEstimate, estimate_plan
from plans.text.plural import counted

WIDTH = 100
MOST_BARS = 200
"""Of more jobs than this, waves are drawn in place of jobs."""
_MOST_CELLS = 40
_HEAD = ("JOB", "TITLE", "TRACK", "AGENT", "ESTIMATE", "")
_QUESTION_WIDTH = 60
_DECIDERS = {"checks": "", "human": "a person", "agent": "an agent"}


def show_text(plan: Plan, width: int = WIDTH) -> str:
    """Return a plan that passed `plans.lint`, with its schedule, in lines of about `width` cells."""
    figures = estimate_plan(plan)
    parts = (_head(plan), *_waves(plan), _tracks(plan), _schedule(plan, figures, width), _figures(figures))
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _head(plan: Plan) -> list[str]:
    name = f"{plan.title} ({plan.name})" if plan.title else plan.name
    goal = [f"goal: {' '.join(plan.goal.split())}"] if plan.goal.strip() else []
    size = ", ".join(
        counted(number, word)
        for number, word in ((len(plan.waves), "wave"), (len(plan.jobs), "job"), (len(plan.lanes), "track"))
    )
    done = sum(job.done for job in plan.jobs.values())
    finished = f" ({counted(done, 'job')} done)" if done else ""
    return [name, *goal, f"{size}{finished}, at most {counted(plan.limits.jobs, 'job')} at once"]


def _waves(plan: Plan) -> Iterator[list[str]]:
    # One table for all waves, so that their columns stand below one another.
    head, *rows = table([_HEAD, *(_job_row(plan, job) for wave in plan.waves for job in wave.jobs)])
    left = iter(rows)
    for number, wave in enumerate(plan.waves, 1):
        title = f"Wave {number}: {wave.name} ({', '.join(wave_traits(wave))})"
        yield [title, f"  {head}", *(f"  {row}" for row in islice(left, len(wave.jobs)))]


def wave_traits(wave: Wave) -> Iterator[str]:
    """Yield what is to be known of a wave beside its jobs, in a few words each."""
    yield counted(len(wave.jobs), "job")
    if wave.mode == "serial":
        yield "one after another"
    elif wave.max_parallel is not None:
        yield f"at most {wave.max_parallel} at once"
    if not wave.barrier:
        yield "no barrier"
    if wave.gate is not None:
        yield _gate(wave.gate)


def _gate(gate: Gate) -> str:
    checks = counted(len(gate.checks), "check") if gate.checks else ""
    decider = _DECIDERS[gate.decide]
    who = " and ".join(part for part in (checks, decider) if part) or "all jobs done"
    question = textwrap.shorten(gate.question, _QUESTION_WIDTH, placeholder=" ...")
    return f"gate: {who}" + (f": {question!r}" if question else "")


def _job_row(plan: Plan, job: Job) -> tuple[str, ...]:
    who = "own command" if job.run is not None else plan.agent_name(job)
    time = "done" if job.done else "" if job.estimate is None else str(job.estimate)
    notes = [f"needs {', '.join(job.needs)}"] if job.needs else []
    notes += [f"starts {start_text(job.start)}"] if job.start is not None else []
    notes += [f"locks {', '.join(job.locks)}"] if job.locks else []
    return (job.id, job.title or "", job.lane, who, time, "; ".join(notes))


def start_text(start: Start) -> str:
    """Return a start condition in words."""
    if start.after is not None:
        return f"after {format_duration(start.after)}"
    if start.progress is not None:
        return f"at {start.percent or 0:g} % of {start.progress}"
    if start.done is not None:
        return f"when {start.done} is done"
    if start.exists is not None:
        return f"when {start.exists} has landed"
    word, members = (" and ", start.all) if start.all is not None else (" or ", start.any or ())
    return word.join(f"({start_text(one)})" if one.all or one.any else start_text(one) for one in members)


def _tracks(plan: Plan) -> list[str]:
    place = _places(plan)
    tracks = sorted(plan.lanes.values(), key=lambda track: place.get(track.id, len(place)))
    jobs = Counter(job.lane for job in plan.jobs.values())
    rows = [
        (
            _numbered(place.get(track.id)),
            track.id,
            plan.branch(track.id),
            counted(jobs[track.id], "job"),
            _notes(track),
        )
        for track in tracks
    ]
    order = "in merge order" if place else "merged as they are listed"
    return [f"Tracks, {order}, onto {plan.target_branch}", *(f"  {row}" for row in table(rows))]


def _places(plan: Plan) -> Mapping[str, int]:
    """Return the place of every track that the merge order names, from 1; members of a tier share theirs."""
    tiers = ((tier,) if isinstance(tier, str) else tier for tier in plan.merge.order)
    return {track: place for place, tier in enumerate(tiers, 1) for track in tier}


def _numbered(place: int | None) -> str:
    return "" if place is None else f"{place}."


def _notes(track: Track) -> str:
    starts = "" if track.start is None else f"starts {start_text(track.start)}"
    return "; ".join(note for note in ("optional" if track.optional else "", starts) if note)


def _schedule(plan: Plan, figures: PlanEstimate, width: int) -> list[str]:
    unit = "by the estimates" if figures.unit == "time" else "in units of one job, for there are no estimates"
    critical = frozenset(figures.critical_path)
    bars = list(_wave_bars(plan, figures) if len(plan.jobs) > MOST_BARS else _job_bars(plan, figures, critical))
    if not bars:
        return []
    lines = draw_bars(bars, width - 2, scale=figures.unit == "time")
    return [f"Schedule {unit}; full bars are the critical path", *(f"  {line}" for line in lines)]


def _job_bars(plan: Plan, figures: PlanEstimate, critical: frozenset[str]) -> Iterator[Bar]:
    timeline = figures.timeline
    for job in sorted(timeline.ends, key=lambda job: (timeline.starts[job], timeline.ends[job])):
        label = f"{job} {plan.jobs[job].title or ''}".rstrip()
        yield Bar(label, timeline.starts[job], timeline.ends[job], strong=job in critical)


def _wave_bars(plan: Plan, figures: PlanEstimate) -> Iterator[Bar]:
    spans = figures.timeline.waves
    return (Bar(wave.name, *spans[wave.id]) for wave in plan.waves if wave.id in spans)


def _figures(figures: PlanEstimate) -> list[str]:
    path = _shortened(figures.critical_path)
    lines = [f"critical path: {' -> '.join(path) or 'nothing is left to do'}"]
    if figures.unit == "time":
        lines[0] += f" ({length_text(figures.critical_s)})" if path else ""
        lines.append(
            f"serial {_span(figures.serial)}, parallel {length_text(figures.makespan_s)}: "
            f"{length_text(max(figures.saved_s, 0.0))} saved, {figures.speedup:.1f} times as fast"
        )
        if figures.unestimated:
            lines.append(
                f"{counted(figures.unestimated, 'job')} without an estimate: taken for the median of the others"
            )
    else:
        rounds = counted(round(figures.makespan_s), "round")
        lines.append(f"{counted(round(figures.serial_s), 'job')} in {rounds}: {figures.speedup:.1f} times as fast")
    return lines


def _shortened(path: tuple[str, ...]) -> tuple[str, ...]:
    return path if len(path) <= 20 else (*path[:10], f"({len(path) - 19} more)", *path[-9:])


def length_text(seconds: float) -> str:
    """Return a length of time; above a minute, seconds are noise."""
    return format_duration(timedelta(seconds=round(seconds) if seconds < 60 else round(seconds / 60) * 60))


def _span(estimate: Estimate) -> str:
    low, high = length_text(estimate.low.total_seconds()), length_text(estimate.high.total_seconds())
    return low if low == high else f"{low} to {high}"


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return rows as aligned columns; columns without any text are left out, long texts but the last one are cut."""
    listed = [tuple(" ".join(cell.split()) for cell in row) for row in rows]
    columns = [column for column in zip(*listed, strict=True) if any(column)]
    widths = [min(max(map(cells, column)), _MOST_CELLS) for column in columns[:-1]]
    lines = zip(*columns, strict=True)
    return [
        "  ".join([*(fitted(cell, width) for cell, width in zip(line, widths, strict=False)), line[-1]]).rstrip()
        for line in lines
    ]
