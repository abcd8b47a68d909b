"""What people read of a run: the Markdown of the dashboard, the merge report and the final report."""

from collections import Counter
from collections.abc import Iterable, Sequence

from plans.render.views import JobView, LandingView, RunView, Standing, percent_done
from plans.schedule.objections import Asked
from plans.text.one_line import one_line

BAR_WIDTH = 20
RESUME = "*Resume* on that page; in the UI under `/v2`, *Resume* in its menu"
"""Where Prefect puts the form of a run that is paused."""


def bar(percent: float, width: int = BAR_WIDTH) -> str:
    """Draw a bar of `width` characters."""
    filled = round(width * max(0.0, min(100.0, percent)) / 100)
    return "█" * filled + "░" * (width - filled)


def seconds_text(seconds: float | None) -> str:
    """Return a length of time as people read it: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min`; a dash for None."""
    if seconds is None:
        return "-"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def dashboard(view: RunView) -> str:
    """Return the Markdown that a person watches while the run goes on."""
    lines = [f"# {view.title}", "", *_waiting(view), f"Run `{view.run}`, target `{view.target}`. {_clock(view)}", ""]
    lines += ["| wave | | jobs | gate |", "|---|---|---|---|"]
    lines += [
        f"| {_cell(w.title)} | `{bar(w.percent)}` {w.percent:.0f} % | {_counts(w.jobs)} | {_cell(w.gate) or '-'} |"
        for w in view.waves
    ]
    lines += _section("At work", [f"- ▶ **{j.title}** ({j.agent}, track `{j.track}`)" for j in _with(view, "running")])
    lines += _section("Blockers", _blockers(view))
    lines += _section("Tracks", _track_lines(view))
    return "\n".join(lines) + "\n"


def job_rows(view: RunView) -> list[dict[str, str]]:
    """Return the table of jobs, a row each."""
    return [
        {
            "job": job.id,
            "title": job.title,
            "wave": job.wave,
            "track": job.track,
            "agent": job.agent,
            "state": f"{job.mark} {job.standing}" + (f" ({job.reason})" if job.reason else ""),
            "attempts": str(job.attempts),
            "took": seconds_text(job.duration_s),
            "estimate": seconds_text(job.estimate_s),
            "cost": "-" if job.cost_usd is None else f"${job.cost_usd:.2f}",
            "commit": (job.commit or "-")[:10],
        }
        for job in view.jobs
    ]


def merge_report(view: RunView) -> str:
    """Return the Markdown table of what landed, in landing order, and what did not."""
    rows = [_landing_row(landing) for landing in view.landings]
    return "\n".join(["| after | branch | state | merge | why |", "|---|---|---|---|---|", *rows])


def final_report(view: RunView, outcome: str, next_steps: Sequence[str] = ()) -> str:
    """Return the Markdown of the report at the end.

    Args:
        view: the run as it ended.
        outcome: how, in a word.
        next_steps: what to do about it, a line of Markdown each.
    """
    lines = [f"# {view.title}: {outcome}", "", f"Run `{view.run}`, target `{view.target}`.", ""]
    lines += [f"- jobs: {_counts(view.jobs)}"]
    lines += [f"- landings: {sum(v.landing == 'landed' for v in view.landings)} of {len(view.landings)}"]
    lines += [f"- time: {_saved(view)}"]
    lines += _section("Blockers", _blockers(view))
    lines += _section("What to do next", [f"- {step}" for step in next_steps])
    lines += ["", "## Merges", "", merge_report(view)]
    lines += ["", "## Jobs", "", *_job_table(view)]
    lines += _section("What failed attempts left", [f"- `{command}`" for command in view.kept])
    lines += _section("Gates", [f"- {w.title}: {w.gate or 'not reached'}" for w in view.waves])
    lines += _section("Criteria of the plan", [f"- {text}" for text in view.criteria])
    lines += _section("Warnings", [f"- {text}" for text in view.warnings])
    return "\n".join(lines) + "\n"


def _landing_row(landing: LandingView) -> str:
    merge = f"`{landing.commit[:10]}`" if landing.commit else "-"
    cells = (_cell(landing.wave) or "the end", f"`{landing.branch}`", landing.landing, merge)
    return f"| {' | '.join(cells)} | {_cell(landing.reason) or '-'} |"


def _saved(view: RunView) -> str:
    wall = f"{clock_text(view)} by the clock"
    at_work_s = view.elapsed_s - view.waited_s
    if not view.serial_s or at_work_s <= 0:
        return wall
    serial = f"{seconds_text(view.serial_s)} for the jobs one after another"
    ratio = view.serial_s / at_work_s
    return f"{wall}, {serial}" + (f": {ratio:.1f} times as fast" if ratio > 1 else "")


def clock_text(view: RunView) -> str:
    """Return how long a run has taken, the time in which it only waited for people told apart."""
    took = seconds_text(view.elapsed_s - view.waited_s)
    return took if view.waited_s < 1 else f"{took} (and {seconds_text(view.waited_s)} of waiting for answers)"


def left_text(view: RunView) -> str:
    """Return how much longer a run takes, behind a comma; nothing where that is unknown, or nothing more will come."""
    return "" if view.eta_s is None or view.is_over else f", about {seconds_text(view.eta_s)} left"


def _clock(view: RunView) -> str:
    over = "Over: " if view.is_over else ""
    return f"{over}{percent_done(view.jobs):.0f} % done after {clock_text(view)}{left_text(view)}."


def _counts(jobs: Iterable[JobView]) -> str:
    counts = Counter(job.standing for job in jobs)
    total = sum(counts.values())
    parts = [f"{counts[s]} {s}" for s in ("running", "failed", "skipped") if counts[s]]
    return ", ".join([f"{counts['done']} of {total} done", *parts])


def _with(view: RunView, standing: Standing) -> list[JobView]:
    return [job for job in view.jobs if job.standing == standing]


def _blockers(view: RunView) -> list[str]:
    failed = [f"- ✘ **{job.title}**: {one_line(job.reason)}" for job in _with(view, "failed")]
    skipped = [f"- ⊘ {job.title}: {one_line(job.reason)}" for job in _with(view, "skipped")]
    stuck = [f"- `{v.branch}` did not land: {one_line(v.reason)}" for v in view.landings if v.reason]
    gates = [
        f"- gate of {w.title}: {one_line(w.gate)}" for w in view.waves if w.stand is not None and w.stand.said != "GO"
    ]
    return [*failed, *skipped, *stuck, *gates]


def _track_lines(view: RunView) -> list[str]:
    jobs: dict[str, list[JobView]] = {}
    for job in view.jobs:
        jobs.setdefault(job.track, []).append(job)
    landing = {v.track: v.landing for v in view.landings}
    return [
        f"- `{track}` `{bar(percent_done(listed), 10)}` {' '.join(job.mark for job in listed)} {landing.get(track, '')}"
        for track, listed in jobs.items()
    ]


def _job_table(view: RunView) -> list[str]:
    columns = ("title", "track", "agent", "state", "attempts", "took", "estimate", "cost", "commit")
    head = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return head + [f"| {' | '.join(_cell(row[c]) for c in columns)} |" for row in job_rows(view)]


def waits_for_you(view: RunView) -> list[str]:
    """Say what the run waits for a person to answer: a sentence of Markdown for each gate, with a link to its form."""
    return [_question(view, wave.title, wave.asked) for wave in view.waves if wave.asked is not None]


def _question(view: RunView, wave: str, asked: Asked) -> str:
    form = f"[open the form]({asked.page}) ({RESUME}), or " if asked.page else ""
    how = f"{form}type `planwave approve {view.run}` or `planwave reject {view.run}`."
    return f"**Waits for you**, {one_line(wave)}: {one_line(asked.question)} — {how} {asked.deadline}".rstrip()


def _waiting(view: RunView) -> list[str]:
    return [line for said in waits_for_you(view) for line in (f"> {said}", "")]


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", f"## {title}", "", *lines] if lines else []


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")
