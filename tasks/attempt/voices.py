"""What jobs print, on the pages of their tasks: the last lines while they work, and the end of it when they failed."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from plans.model import Plan
from plans.render.dashboard import seconds_text
from plans.text.fenced import fenced, plain
from plans.text.masking import Mask
from plans.text.plural import counted
from tasks.attempt.folder import AttemptFolder, attempt_numbers
from tasks.programs.environment import is_passed_to_all
from tasks.session.run_log import Artifact
from tasks.session.session import Session

SILENT_S = 10.0
"""What is over sooner says nothing while it works."""
PACE_S = 5.0
LINES, LONGEST = 5, 200
"""Of one message."""
_KEPT = 4096
"""Of a line, before what must not be seen is hidden in it."""
TAIL_BYTES = 16 * 2**10
TAIL_LINES = 100
MESSAGES_PER_S = 2.0
"""Of all jobs of a run together: a line of log costs the server 5 ms."""


class Turns:
    """Turns at speaking, so that many together say no more than a server takes."""

    def __init__(self, per_s: float = MESSAGES_PER_S) -> None:
        self._gap_s = 1 / per_s
        self._next = 0.0

    def wait_s(self, now: float) -> float:
        """Take the next turn, and give the seconds until it."""
        turn = max(now, self._next)
        self._next = turn + self._gap_s
        return turn - now


class Voice:
    """The lines of one job that have not been told yet: how many, and the last of them."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._lines: deque[str] = deque(maxlen=LINES)
        self._count = 0

    @property
    def has_news(self) -> bool:
        """Whether there is anything to tell."""
        return self._count > 0

    def hear(self, line: str) -> None:
        """Take the next line."""
        self._lines.append(line[:_KEPT])
        self._count += 1

    def told(self) -> str:
        """Return the lines as a message, and forget them."""
        more = f"{counted(self._count - len(self._lines), 'line')} and then\n" if self._count > len(self._lines) else ""
        shown = self._mask.hide(plain("\n".join(self._lines))).split("\n")
        self._lines.clear()
        self._count = 0
        return more + "\n".join(line if len(line) <= LONGEST else f"{line[:LONGEST]} ..." for line in shown)


@asynccontextmanager
async def telling_output(session: Session, turns: Turns, job: str) -> AsyncGenerator[Callable[[str], None]]:
    """Yield what hears each line of a job's output, and tells the last ones in the log of the caller's step.

    All jobs of a run take turns, so that however many there are, they say no more than a server takes.
    """
    voice = Voice(session.mask)
    teller = asyncio.create_task(_tell(session, turns, job, voice))
    try:
        yield voice.hear
    finally:
        teller.cancel()


async def _tell(session: Session, turns: Turns, job: str, voice: Voice) -> None:
    began = session.now()
    await asyncio.sleep(SILENT_S)
    while True:
        if voice.has_news:
            await asyncio.sleep(turns.wait_s(session.now()))
            session.engine.log.info("%s, after %s:\n%s", job, seconds_text(session.now() - began), voice.told())
        await asyncio.sleep(PACE_S)


async def show_failed_output(session: Session, job: str) -> None:
    """Put the end of what a job printed, and of what its checks did, on the page of the caller's step."""
    numbers = attempt_numbers(session.folder, job)
    if not numbers:
        return
    attempt = AttemptFolder(session.folder / "jobs" / job / str(numbers[-1]), numbers[-1])
    parts = [
        f"{what} (all of it: `planwave logs {job}{option}`)\n\n{fenced(tail)}"
        for what, option, path in (("Its output", "", attempt.log), ("Its checks", " --checks", attempt.checks_log))
        if (tail := await asyncio.to_thread(_tail, path, session.mask))
    ]
    if parts:
        text = "\n\n".join([f"The end of what job `{job}` printed, attempt {attempt.number}.", *parts])
        key = f"{session.plan.name}-{job}-output"
        await session.engine.show(Artifact("markdown", key, text, f"What {job} printed last"))


def _tail(path: Path, mask: Mask) -> str:
    """Return the last lines of a log; one that is cut is left out, for it could be half of a secret."""
    try:
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - TAIL_BYTES))
            text = log.read().decode(errors="replace")
    except OSError:
        return ""
    lines = mask.hide(plain(text)).split("\n")
    return "\n".join(lines[1 if size > TAIL_BYTES else 0 :][-TAIL_LINES:]).strip("\n")


def mask_for(plan: Plan, environ: Mapping[str, str]) -> Mask:
    """Return the mask for what the agents of a plan print: the variables that they are passed by name are secrets."""
    names = {name for agent in plan.agents.values() for name in agent.env if not is_passed_to_all(name)}
    return Mask(environ[name] for name in names if name in environ)
