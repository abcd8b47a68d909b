"""Where the text of a plan comes from: a file, a folder of them, standard input, a URL, or the text itself.

A command, and a run, read a plan once: what was checked is what runs, whatever happens to the file meanwhile.
"""

import io
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from plans.document import Document
from plans.errors import PlanError, Problem
from plans.read import read_plan

MOST_BYTES = 64 * 2**20
URL_TIMEOUT_S = 30.0
URLS = ("http://", "https://")
_SUFFIXES = frozenset({".md", ".markdown", ".yaml", ".yml"})


@dataclass(frozen=True)
class Reading:
    """A plan as it was read.

    Attributes:
        document: what was read.
        data: the bytes of its text; None for a folder.
        digest: SHA-256 of those bytes; of a folder's, of all its texts with their names.
    """

    document: Document
    data: bytes | None
    digest: str


_readings: ContextVar[dict[str, Reading] | None] = ContextVar("planwave_readings", default=None)


@contextmanager
def reading_once() -> Generator[None]:
    """Read no plan twice within this block, nor in contexts made from it: what was read first is given again."""
    token = _readings.set({})
    try:
        yield
    finally:
        _readings.reset(token)


def keep_readings() -> None:
    """Read no plan twice from here on in this context, unless that holds already: for runs, which end with theirs."""
    if _readings.get() is None:
        _readings.set({})


def know_reading(plan: str, reading: Reading) -> None:
    """Let a reading be given for another name of the plan too, where plans are read once."""
    kept = _readings.get()
    if kept is not None:
        kept[plan] = reading


def read_source(plan: str) -> Reading:
    """Read a plan from where it is, or give what was read from there before (`reading_once`).

    Args:
        plan: a path, `-` for standard input, a URL, or the text of the plan.

    Raises:
        PlanError: there is no such text, or it is no plan.
    """
    found = (_readings.get() or {}).get(plan)
    if found is None:
        found = _read(plan)
        know_reading(plan, found)
    return found


def load_document(plan: str) -> Document:
    """Return what is read from a plan; errors as `read_source`."""
    return read_source(plan).document


def _read(plan: str) -> Reading:
    folder = _folder(plan)
    if folder is not None:
        from plans.folder import read_folder  # noqa: PLC0415  # a parser that most plans do without

        files = _files(folder, plan)
        return Reading(read_folder(files, plan), None, _digest_of(files))
    data, name = load_plan_text(plan)
    return Reading(read_plan(data, name), data, sha256(data).hexdigest())


def _digest_of(files: Mapping[str, bytes]) -> str:
    whole = sha256()
    for name, data in sorted(files.items()):
        whole.update(f"{len(name)} {name} {len(data)} ".encode(errors="surrogateescape") + data)
    return whole.hexdigest()


def _folder(plan: str) -> Path | None:
    if "\n" in plan or plan in {"", "-"} or plan.startswith(URLS):
        return None
    try:
        path = Path(plan).expanduser()
        return path if path.is_dir() else None
    except (OSError, ValueError, RuntimeError):
        return None  # told when it is opened


def _files(folder: Path, name: str) -> dict[str, bytes]:
    """Read the texts in a folder, or else in its folders, by their names in it."""
    files, size = dict[str, bytes](), 0
    try:
        paths = _texts_in(folder) or [
            path for inner in sorted(folder.iterdir()) if inner.is_dir() for path in _texts_in(inner)
        ]
        for path in paths:
            with path.open("rb") as file:
                files[path.relative_to(folder).as_posix()] = _limited(file, name)
            size += len(files[path.relative_to(folder).as_posix()])
            if size > MOST_BYTES:
                raise PlanError(
                    name, [Problem(f"holds more than {MOST_BYTES // 2**20} MiB of text", code="unreadable")]
                )
    except OSError as error:
        raise PlanError(name, [Problem(f"cannot be read: {error.strerror or error}", code="unreadable")]) from None
    return files


def _texts_in(folder: Path) -> list[Path]:
    every = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    return [path for path in every if path.is_file() and not path.name.startswith(".")]


def load_plan_text(plan: str) -> tuple[bytes, str]:
    """Return the bytes of a plan and the name that messages call it.

    Args:
        plan: a path, `-` for standard input, a URL, or the text of the plan (anything with a line break in it).

    Raises:
        PlanError: nothing can be read there.
    """
    if "\n" in plan:
        return plan.encode(errors="surrogateescape"), "plan"
    if plan == "-":
        return _limited(sys.stdin.buffer, "<stdin>"), "<stdin>"
    if plan.startswith(URLS):
        return _fetched(plan), plan
    try:
        with Path(plan).expanduser().open("rb") as file:
            return _limited(file, plan), plan
    except IsADirectoryError:
        problem = Problem("is a folder, not a plan", hint="name the file of the plan", code="unreadable")
        raise PlanError(plan, [problem]) from None
    except FileNotFoundError:
        raise PlanError(plan, [Problem("no such file", code="unreadable")]) from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PlanError(plan, [Problem(f"cannot be read: {reason}", code="unreadable")]) from None


def _limited(file: IO[bytes], name: str) -> bytes:
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise PlanError(name, [Problem(f"is longer than {MOST_BYTES // 2**20} MiB: not a plan", code="unreadable")])
    return data


def _fetched(url: str) -> bytes:
    import httpx  # noqa: PLC0415 - costs as much as reading a plan from the disk; most plans are there

    data = io.BytesIO()
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=URL_TIMEOUT_S) as answer:
            answer.raise_for_status()
            for part in answer.iter_bytes():
                data.write(part)
                if data.tell() > MOST_BYTES:
                    break
    except httpx.HTTPStatusError as error:
        status = f"{error.response.status_code} {error.response.reason_phrase}"
        raise PlanError(url, [Problem(f"cannot be fetched: {status}", code="unreadable")]) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = str(error) or type(error).__name__
        raise PlanError(url, [Problem(f"cannot be fetched: {said}", code="unreadable")]) from None
    data.seek(0)
    return _limited(data, url)
