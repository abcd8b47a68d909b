"""What came of each job in one run, written down as it goes: it outlives the process, however that ends.

Git says what is done; this says why the rest is not. Nothing is decided by it: it is read by `planwave status` alone.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

Standing = Literal[
    "started", "again", "later", "done", "failed", "stopped", "skipped", "cut off", "not asked for", "not reached"
]
"""`cut off`: the run was stopped before the job began."""

WAITING = "waiting for an answer"


class Note(BaseModel):
    """A line of a record."""

    model_config = ConfigDict(frozen=True)


class JobNote(Note):
    """How a job stood in a run, last of all; each line of a job replaces the one before."""

    job: str
    state: Standing
    reason: str = ""
    digest: str = ""
    """Of what the job was then."""


class TrackNote(Note):
    """Why a track did not land."""

    track: str
    reason: str


class GateNote(Note):
    """What was heard of a wave's gate last."""

    wave: str
    said: str
    """`waiting for an answer`, `GO`, or `NO-GO: why`."""


class EndNote(Note):
    """How the run ended."""

    outcome: str
    message: str


Notes = JobNote | TrackNote | GateNote | EndNote
_NOTES = TypeAdapter[Notes](Notes)


@dataclass
class RunRecord:
    """What a run left written of itself.

    Attributes:
        jobs: how each job stood last; of a run that was killed only those that it had begun.
        tracks: why tracks did not land.
        gates: what each wave's gate said.
        end: how it ended; None: it has not, or was killed.
    """

    jobs: dict[str, JobNote] = field(default_factory=dict[str, JobNote])
    tracks: dict[str, str] = field(default_factory=dict[str, str])
    gates: dict[str, str] = field(default_factory=dict[str, str])
    end: EndNote | None = None


def record_path(folder: Path, number: int) -> Path:
    """Return where the record of a try is, in the folder of a plan's runs on a repository."""
    return folder / "tries" / str(number) / "record.jsonl"


def read_record(folder: Path, number: int) -> RunRecord:
    """Read the record of a try; empty where there is none. A line that a kill or a full disk cut is passed over."""
    record = RunRecord()
    try:
        text = record_path(folder, number).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return record
    for line in text.splitlines():
        note = _parse(line)
        if isinstance(note, JobNote):
            record.jobs[note.job] = note
        elif isinstance(note, TrackNote):
            record.tracks[note.track] = note.reason
        elif isinstance(note, GateNote):
            record.gates[note.wave] = note.said
        elif isinstance(note, EndNote):
            record.end = note
    return record


def _parse(line: str) -> Notes | None:
    try:
        return _NOTES.validate_json(line)
    except ValidationError:
        return None
