"""Runs in a line each, from the server or, when that does not run, from what they left on the disk."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from deployments.run_files import RunFiles
from deployments.runs.find import Server, files_of
from deployments.server.api import FlowRun
from plans.render.dashboard import seconds_text
from tasks.home import Home


@dataclass(frozen=True)
class RunLine:
    """What is told of a run in one line."""

    name: str
    plan: str
    hub: str
    """The name of the repository's hub."""
    state: str
    message: str = ""
    began: datetime | None = None
    took_s: float | None = None
    process: int | None = None
    """What runs it, on this machine."""
    page: str = ""
    """Its address in the UI."""
    report: str = ""
    """The file of its final report."""
    asks: bool = False
    """Whether it waits for an answer."""

    @property
    def json(self) -> dict[str, object]:
        """The same for `--json`."""
        began = None if self.began is None else self.began.isoformat()
        return {**asdict(self), "began": began}

    @property
    def cells(self) -> tuple[str, ...]:
        """The same for a table."""
        began = "-" if self.began is None else f"{self.began.astimezone():%Y-%m-%d %H:%M}"
        return self.name, self.state, began, seconds_text(self.took_s), self.page or self.report


HEADS = ("run", "state", "started", "took", "")


def line_of(server: Server, home: Home, run: FlowRun) -> RunLine:
    """Tell of a run what the server knows, and whether its process is alive where that can be known."""
    files = files_of(home, run)
    dead = is_dead(run, files)
    return RunLine(
        name=run.name,
        plan=run.tagged("plan"),
        hub=run.tagged("hub"),
        state=f"{run.state_name} (its process is dead)" if dead else run.state_name,
        message=(run.state.message or "") if run.state else "",
        began=run.start_time,
        took_s=run.estimated_run_time if run.start_time and not dead else None,
        process=files.owner if files else None,
        page=server.page(run),
        report=str(files.report) if files and files.ended else "",
        asks=run.asks,
    )


def line_of_files(files: RunFiles) -> RunLine:
    """Tell of a run what the disk knows."""
    end = files.ended or (datetime.now(UTC) if files.owner else None)
    return RunLine(
        name=files.name,
        plan=files.plan,
        hub=files.hub,
        state=files.outcome,
        began=files.began,
        took_s=None if end is None else (end - files.began).total_seconds(),
        process=files.owner,
        report=str(files.report) if files.ended else "",
    )


def is_dead(run: FlowRun, files: RunFiles | None) -> bool:
    """Return whether a run that looks alive has lost its process: only known where that was on this machine."""
    return files is not None and not run.is_over and files.ended is None and files.owner is None


def in_columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows as lines whose cells stand below one another."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))] if rows else []
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
