"""A plan's progress written back into the document that it was read from."""

import os
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from plans.document import Document
from plans.markdown.progress import JobProgress, write_progress
from plans.text.encoding import exact_encoding_of
from tasks.errors import TaskError
from tasks.ledger.standing import JobStanding, PlanStanding
from tasks.session.source import read_source


class NotWritten(TaskError):
    """A document into which progress cannot be written; it is as it was."""

    def __init__(self, document: str, why: str, hint: str | None = None) -> None:
        self.document, self.hint = document, hint
        super().__init__(f"nothing was written to {document}: {why}")


def read_writable(plan: str) -> tuple[bytes, Document]:
    """Read a plan into whose document progress can be written.

    Raises:
        PlanError: it is no plan.
        NotWritten: it is not a file in Markdown.
    """
    path = Path(plan).expanduser()
    if not path.is_file():
        raise NotWritten(plan, "it is not a file", "name the Markdown file of the plan")
    reading = read_source(plan)
    data, document = reading.data or b"", reading.document
    if document.form != "markdown":
        raise NotWritten(plan, "it is YAML, which has no place for progress", "`planwave status PLAN` shows it")
    return data, document


def write_back(plan: str, data: bytes, document: Document, standing: PlanStanding) -> bool:
    """Write how a plan stands into its document, all at once; every byte that says nothing of progress stays.

    A job counts as finished when its work is on the target: what the document calls done is never run again.

    Args:
        plan: the file.
        data: what it held when `document` was read.
        document: what was read.
        standing: how the plan stands.

    Returns:
        Whether something was new.

    Raises:
        NotWritten: the file has changed meanwhile, or cannot be written.
    """
    encoding = exact_encoding_of(data)
    text = write_progress(data.decode(encoding), document, _progress(standing.jobs)).encode(encoding)
    if text == data:
        return False
    try:
        _replace(Path(plan).expanduser().resolve(), data, text)
    except OSError as error:
        raise NotWritten(plan, error.strerror or str(error)) from error
    return True


def _progress(jobs: Mapping[str, JobStanding]) -> Mapping[str, JobProgress]:
    return {job: _job_progress(standing) for job, standing in jobs.items()}


def _job_progress(standing: JobStanding) -> JobProgress:
    record, ended = standing.record, standing.finished
    if record is None or ended is None:
        return JobProgress(done=standing.state == "done")
    started = ended - timedelta(seconds=record.duration_s)
    is_final = standing.state == "done" and standing.landed
    return JobProgress(started=started, finished=ended if is_final else None)


def _replace(path: Path, old: bytes, new: bytes) -> None:
    """Put a file's new content in its place in one step, with its permissions."""
    mode = path.stat().st_mode
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), mode & 0o7777)
        if path.read_bytes() != old:
            raise NotWritten(str(path), "it was edited in the meantime", "ask again")
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
