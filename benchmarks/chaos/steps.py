"""Moments of a run that have a name: planwave's command line, killed exactly there.

What is timed at random seldom falls between two effects that follow one another within a millisecond. This starts the
same command line in the same way, and lets the process be killed by a real signal at a git command, or when something
is told. All else goes as it does without.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Literal

from tasks.git.client import Git
from tasks.session import events
from tasks.session.events import Event, Listener

When = Literal["before", "during", "after"]
WHENS: tuple[When, ...] = ("before", "during", "after")
_SHORTLY_S = 0.002
"""Git is at work by then."""
_OTHERS = "refs/planwave/chaos/"

STEPS: Mapping[str, tuple[str, ...]] = {
    "any git command": (),
    "the hub is made": ("clone",),
    "the base is recorded": ("update-ref", f"{_OTHERS}base"),
    "a wave's start is recorded": ("update-ref", f"{_OTHERS}wave/"),
    "a gate's GO is recorded": ("update-ref", f"{_OTHERS}gate/"),
    "a commit is written": ("hash-object",),
    "a workspace is brought to a commit": ("read-tree", "-u"),
    "a track's ref moves": ("update-ref", f"{_OTHERS}track/"),
    "tracks are merged": ("merge-tree",),
    "the target's ref moves": ("update-ref", f"{_OTHERS}target"),
    "work is kept": ("update-ref", "refs/planwave/rescue/"),
    "branches are published": ("fetch", ":refs/heads/planwave/"),
    "publishing is recorded": ("update-ref", f"{_OTHERS}published/"),
    "waves and gates are published": ("fetch", f":{_OTHERS}wave/"),
    "something is told": (),
    "a job's end is told": ("planwave.job.completed",),
    "a landing is told": ("planwave.merge.landed",),
    "the run's end is told": ("planwave.run.finished",),
}
"""The steps, each with what its git command, its input included, or its event holds."""
_TOLD = frozenset(name for name in STEPS if name.endswith("told"))


@dataclass(frozen=True)
class Moment:
    """A step of a run at which it is killed: which one of its kind, and before, during or after it."""

    step: str
    when: When
    nth: int

    def packed(self) -> str:
        """Return it as one word of a command line."""
        return json.dumps(asdict(self))


class _Fuse:
    """Kills this process at one moment."""

    def __init__(self, moment: Moment) -> None:
        self._moment, self._signs = moment, STEPS[moment.step]
        self._left, self._lock = moment.nth, Lock()

    def around(self, what: str, step: Callable[[], object]) -> object:
        """Take a step, which the process does not outlive if it is the one."""
        if not all(sign in what for sign in self._signs) or not self._is_it():
            return step()
        if self._moment.when == "during":
            # Nobody handles the alarm, so it ends the process as SIGKILL does.
            signal.setitimer(signal.ITIMER_REAL, _SHORTLY_S)
        elif self._moment.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = step()
        if self._moment.when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    def _is_it(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left == 0


def _kill_at_git(fuse: _Fuse) -> None:
    def burning(command: Callable[..., object], data: str) -> Callable[..., object]:
        def call(git: Git, *args: str, **options: object) -> object:
            read = options.get(data)
            what = " ".join(args) + (read.decode(errors="replace") if isinstance(read, bytes) else "")
            return fuse.around(what, lambda: command(git, *args, **options))

        return call

    setattr(Git, "run", burning(Git.run, "stdin"))  # noqa: B010 - the types say that nobody does this
    setattr(Git, "ask", burning(Git.ask, "request"))  # noqa: B010


def _kill_at_events(fuse: _Fuse) -> None:
    listening = events.listening

    def burning(listener: Listener) -> Listener:
        def hear(event: Event) -> None:
            fuse.around(event.name, lambda: listener(event))

        return hear

    events.listening = lambda listener: listening(burning(listener))


def main() -> None:
    """Be planwave's command line, with the moment as the first argument."""
    moment = Moment(**json.loads(sys.argv.pop(1)))
    (_kill_at_events if moment.step in _TOLD else _kill_at_git)(_Fuse(moment))
    # Imported only now, with what is above in its place.
    from deployments.cli import main as planwave  # noqa: PLC0415

    planwave()
