"""How a run looks in the terminal: a live table, plain lines, or one JSON object a line."""

import json
import os
import sys
from collections.abc import Callable
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from deployments.screen import drawing, is_behind
from plans.render.dashboard import bar, clock_text, left_text, seconds_text
from plans.render.views import JobView, RunView, WaveView, percent_done
from plans.text.fenced import harmless
from tasks.session.events import Event
from tasks.session.sentences import describe

_QUIET = frozenset({"planwave.wave.started", "planwave.run.refused"})
_STYLES = {"done": "green", "failed": "red", "skipped": "yellow", "running": "cyan", "ready": "", "waiting": "dim"}
_MOST_ROWS = 40


class Display(Protocol):
    """What shows a run; told of it on the run's thread, drawn on the main one."""

    def hear(self, event: Event) -> None:
        """Take note of an event."""
        ...

    def see(self, view: RunView) -> None:
        """Take note of how the run stands."""
        ...

    def draw(self) -> None:
        """Bring what is shown up to date."""
        ...

    def close(self) -> None:
        """Show the last of it."""
        ...


class JsonLines:
    """One JSON object a line on standard output: `event`, `subject`, `run`, `at`, and what the event tells."""

    def hear(self, event: Event) -> None:
        """Print the event."""
        told = {"event": event.name, "subject": event.subject, "run": event.run, "at": event.at.isoformat()}
        _print(json.dumps({**told, **event.payload}, ensure_ascii=False))

    def see(self, view: RunView) -> None:
        """Show nothing: events tell all."""

    def draw(self) -> None:
        """Show nothing more."""

    def close(self) -> None:
        """Show nothing more."""


class PlainLines:
    """One line an event on standard output, for logs and pipes."""

    def __init__(self, address: Callable[[str], str]) -> None:
        self._address = address

    def hear(self, event: Event) -> None:
        """Print the event as a sentence."""
        line = self._line(event)
        if line:
            _print(f"{event.at.astimezone():%H:%M:%S} {line}")

    def see(self, view: RunView) -> None:
        """Show nothing: events tell all."""

    def draw(self) -> None:
        """Show nothing more."""

    def close(self) -> None:
        """Show nothing more."""

    def _line(self, event: Event) -> str:
        if event.name in _QUIET:
            return ""
        return describe(event, self._address)


class LiveTable:
    """A table that is drawn over and over, for a terminal."""

    def __init__(self, address: Callable[[str], str]) -> None:
        self._address = address
        self._view: RunView | None = None
        self._asked: dict[str, str] = {}
        self._link = ""
        self._live = Live(console=Console(file=drawing()), auto_refresh=False, transient=True)
        self._live.start()

    def hear(self, event: Event) -> None:
        """Remember what the table has no room for."""
        if event.name == "planwave.run.started":
            self._link = self._address(str(event.payload["flow_run"]))
        elif event.name == "planwave.run.warned":
            self._live.console.print(Text(harmless(describe(event, self._address)), style="yellow"))
        elif event.name == "planwave.gate.asked":
            self._asked[event.subject] = describe(event, self._address)
        elif event.name == "planwave.gate.decided":
            self._asked.pop(event.subject, None)

    def see(self, view: RunView) -> None:
        """Keep the picture for the next drawing."""
        self._view = view

    def draw(self) -> None:
        """Draw the table."""
        if self._view is not None and not is_behind():
            self._live.update(self._drawn(self._view), refresh=True)

    def close(self) -> None:
        """Leave the last table on the screen."""
        self._live.stop()
        if self._view is not None:
            self._live.console.print(self._drawn(self._view))

    def _drawn(self, view: RunView) -> Group:
        done = percent_done(view.jobs)
        head = Text(
            f"{harmless(view.title)}  {bar(done)} {done:.0f} %  {clock_text(view)}{left_text(view)}", style="bold"
        )
        table = Table(box=None, pad_edge=False)
        for column in ("", "job", "track", "agent", "took", "estimate", ""):
            table.add_column(column, overflow="ellipsis", no_wrap=True)
        for wave in view.waves:
            _add_wave(table, wave, most=max(3, _MOST_ROWS // len(view.waves)))
        landed = [landing.track for landing in view.landings if landing.landing == "landed"]
        foot = [f"landed: {', '.join(landed) or '-'}", *self._asked.values(), self._link]
        return Group(head, table, *(Text(harmless(line), style="dim") for line in foot if line))


def _print(line: str) -> None:
    """Print a line at once; when whoever read the output has gone, as `head` does, the run goes on in silence."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _add_wave(table: Table, wave: WaveView, *, most: int) -> None:
    counts = f"{sum(job.standing == 'done' for job in wave.jobs)} of {len(wave.jobs)}"
    table.add_row("", Text(harmless(wave.title), style="bold"), counts, "", "", "", Text(harmless(wave.gate)))
    order = {"running": 0, "failed": 1, "ready": 2, "waiting": 3, "skipped": 4, "done": 5}
    shown = wave.jobs
    if len(shown) > most:
        shown = tuple(sorted(wave.jobs, key=lambda job: order[job.standing]))[:most]
    for job in shown:
        table.add_row(*_job_row(job), style=_STYLES[job.standing])
    if len(shown) < len(wave.jobs):
        table.add_row("", f"and {len(wave.jobs) - len(shown)} more", style="dim")


def _job_row(job: JobView) -> tuple[Text, ...]:
    reason = " ".join(job.reason.split())[:80]
    took = seconds_text(job.duration_s) if job.duration_s is not None else ""
    estimate = seconds_text(job.estimate_s) if job.estimate_s is not None else ""
    shown = (job.mark, job.title, job.track, job.agent, took, estimate, reason)
    return tuple(Text(harmless(cell)) for cell in shown)
