"""Whole runs in this process: the real order of things, real git and real programs; no server, and no Prefect."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.run import carry_out_run
from tasks.direct import DirectEngine
from tasks.session.settings import RunSettings
from tasks.session.steps import StepState
from tests.repositories import make_repository, run_git

FINISHED = "planwave.run.finished"
_LIMIT_S = 60.0

NewLoop = Callable[[], asyncio.AbstractEventLoop]


class CrankedLoop(asyncio.SelectorEventLoop):
    """A loop whose clock goes on as ever, and at once by as much as a hand cranks it: hours pass in no time."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead_s = 0.0

    def time(self) -> float:
        """Return the loop's time, in seconds."""
        return super().time() + self._ahead_s

    def crank(self, seconds: float) -> None:
        """Let so much time be over."""
        self._ahead_s += seconds


@dataclass(frozen=True)
class Site:
    """A user's repository, planwave's home, and a place that jobs share."""

    folder: Path

    @property
    def repo(self) -> Path:
        """The user's repository, on `main` with one commit."""
        return self.folder / "project"

    @property
    def home(self) -> Path:
        """planwave's home."""
        return self.folder / "home"

    def made(self) -> "Site":
        """Make the repository."""
        self.folder.mkdir(parents=True, exist_ok=True)
        make_repository(self.repo)
        return self

    def copied(self, folder: Path) -> "Site":
        """Return another one that is the same as this one is now, but for its place."""
        shutil.copytree(self.repo, folder / "project", symlinks=True)
        return Site(folder)

    def settings(self, what: Mapping[str, object], **choices: object) -> RunSettings:
        """Return the settings of a run of a plan."""
        text = json.dumps({"version": 1, **what}, indent=1)
        return RunSettings.model_validate({"plan": text, "repo": str(self.repo), "approvals": "auto", **choices})

    def enter(self) -> None:
        """Let what follows in this process find the site's own home, and nothing of what git is configured to here."""
        os.environ.update(PLANWAVE_HOME=str(self.home), GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")

    def run(
        self,
        what: Mapping[str, object],
        engine: DirectEngine | None = None,
        *,
        loop: NewLoop | None = None,
        **choices: object,
    ) -> StepState:
        """Carry out a plan to its end, in a loop of its own; give the run's last state."""
        self.enter()
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(carry_out_run(self.settings(what, **choices), engine or DirectEngine()))

    def rescued(self, plan: str, job: str, path: str) -> str:
        """Return a file as the last attempt of a job left it that did not come to its end."""
        [hub] = self.home.glob("hubs/*.git")
        refs = run_git(hub, "for-each-ref", "--format=%(refname)", f"refs/planwave/rescue/{plan}/{job}/").splitlines()
        return run_git(hub, "show", f"{refs[-1]}:{path}")

    def files(self, plan: str) -> Mapping[str, str]:
        """Return what the target of a plan holds as the user has it: every file's content."""
        target = f"planwave/{plan}/target"
        if not run_git(self.repo, "branch", "--list", target):
            return {}
        names = run_git(self.repo, "ls-tree", "-r", "--name-only", target).splitlines()
        return {name: run_git(self.repo, "show", f"{target}:{name}") for name in names}


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that is seen on disk alone."""
    async with asyncio.timeout(_LIMIT_S):
        while not holds():  # noqa: ASYNC110 - what a program leaves on disk wakes nobody
            await asyncio.sleep(0.01)


def outcomes(engine: DirectEngine) -> list[str]:
    """Return how a run said that it ended: once, or not at all where it did not begin."""
    return [str(event.payload["outcome"]) for event in engine.told if event.name == FINISHED]
