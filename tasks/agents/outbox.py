"""What an agent hands back beside its work: a folder outside the work tree, and the few files it may write there."""

import math
import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

MOST_BYTES = 64 * 2**10
_MOST_STEPS = 1000
_MOST_WAIT_S = 24 * 3600.0

_Report = TypeVar("_Report", bound=BaseModel)
_Path = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class _AgentText(BaseModel):
    """What agents write: fields that nobody asked for are no reason to lose the rest."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class ScopeRequest(_AgentText):
    """`scope.json`: paths that the job does not own, and had to change."""

    paths: Annotated[tuple[_Path, ...], Field(min_length=1, max_length=1000)]
    reason: str = ""


class CriterionVerdict(_AgentText):
    """How one criterion was judged."""

    criterion: str
    met: bool
    evidence: str = ""


class Verdict(_AgentText):
    """`verdict.json`: what the validate role found."""

    verdict: Literal["GO", "NO-GO"]
    criteria: tuple[CriterionVerdict, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why not: told to the next attempt."""


@dataclass(frozen=True)
class Report:
    """All that an attempt left in its outbox."""

    handoff: str | None = None
    """What the jobs that need this one should know."""
    progress: tuple[str, ...] = ()
    """The steps that it says are finished, in order."""
    no_change: str | None = None
    """Why nothing had to be changed."""
    scope: ScopeRequest | None = None
    verdict: Verdict | None = None
    retry_after_s: float | None = None
    """How long an agent that can do nothing now wants to be left alone."""
    problems: tuple[str, ...] = ()
    """What could not be read, one line each: for the log and for the next attempt's prompt."""


@dataclass(frozen=True)
class Outbox:
    """The outbox of one attempt. An agent may put anything there: links are not followed, only plain files opened."""

    path: Path

    @classmethod
    def fresh(cls, path: Path) -> "Outbox":
        """Make an empty outbox; what was there before goes."""
        if path.is_symlink():
            path.unlink()
        elif path.exists():
            shutil.rmtree(path)
        path.mkdir(parents=True, mode=0o700)
        return cls(path)

    def progress(self) -> tuple[str, ...]:
        """Return the steps finished so far; may be asked while the agent works."""
        with suppress(_Unreadable):
            lines = (self._text("progress") or "").splitlines()
            return tuple(line.strip()[:500] for line in lines if line.strip())[:_MOST_STEPS]
        return ()

    def read(self) -> Report:
        """Return everything in it; a file that cannot be understood becomes a problem in words."""
        problems: list[str] = []
        handoff = self._checked_text("handoff.md", problems)
        return Report(
            handoff=(handoff or "").strip() or None,
            progress=self.progress(),
            no_change=(self._checked_text("no-change.md", problems) or "").strip() or None,
            scope=self._model("scope.json", ScopeRequest, problems),
            verdict=self._model("verdict.json", Verdict, problems),
            retry_after_s=self._retry_after_s(problems),
            problems=tuple(problems),
        )

    def _model(self, name: str, model: type[_Report], problems: list[str]) -> _Report | None:
        text = self._checked_text(name, problems)
        try:
            return None if text is None else model.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            problems.append(f"{name}: {where + ': ' if where else ''}{first['msg']}")
            return None

    def _retry_after_s(self, problems: list[str]) -> float | None:
        text = self._checked_text("retry-after", problems)
        if text is None:
            return None
        seconds = _number(text)
        if math.isnan(seconds):
            problems.append(f"retry-after: not a number of seconds: {text.strip()[:40]!r}")
            return None
        return min(max(seconds, 0.0), _MOST_WAIT_S)

    def _checked_text(self, name: str, problems: list[str]) -> str | None:
        try:
            return self._text(name)
        except _Unreadable as error:
            problems.append(f"{name}: {error}")
            return None

    def _text(self, name: str) -> str | None:
        """Return the beginning of a file; None when there is none.

        Raises:
            _Unreadable: it is a link, a pipe or a folder, or must not be read.
        """
        if self.path.is_symlink():
            raise _Unreadable("the outbox was replaced by a link")
        try:
            fd = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _Unreadable(error.strerror) from error
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise _Unreadable("not a plain file")
            return os.read(fd, MOST_BYTES).decode(errors="replace")
        finally:
            os.close(fd)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


class _Unreadable(Exception):
    """A file of the outbox is not one to read."""
