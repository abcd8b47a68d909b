"""What is disturbed: a user's repository, a plan for it, and planwave's real command line."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.repositories import fingerprint, make_repository, run_git

CHECKOUT = Path(__file__).resolve().parents[2]
NAME = "chaos"
TARGET = f"planwave/{NAME}/target"
ORDER = ("a", "b", "d", "c")
WAVES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "first": {"a1": (), "a2": (), "b1": ("a1",), "c1": ()},
    "second": {"b2": (), "c2": (), "d1": (), "d2": ("b2",)},
    "third": {"a3": (), "b3": (), "c3": ("a3",), "d3": ("b3",)},
}
"""Jobs with what they need; the letter is the track."""
JOBS = [job for wave in WAVES.values() for job in wave]
OF_A_JOB = "begun $go"
"""What the command lines of jobs hold, and no other's."""
_MAIN = "from deployments.cli import main; main()"
_STEPPED = "from benchmarks.chaos.steps import main; main()"
_RETRIES = 5
"""More than agents and minders are ever killed in one run."""


class Broken(Exception):
    """A command ended by itself, and not as it should."""


@dataclass(frozen=True)
class Commands:
    """planwave's commands as a user calls them, each in a session of its own."""

    home: Path

    def start(self, *argv: str, step: str | None = None) -> subprocess.Popen[str]:
        """Start one; its standard output is piped, what it says on the other goes there too.

        Args:
            argv: the command.
            step: a step at which it is to be killed, as `benchmarks.chaos.steps` reads it.
        """
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "PLANWAVE_", "GIT_"))}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        main = [_MAIN] if step is None else [_STEPPED, step]
        return subprocess.Popen(
            [sys.executable, "-P", "-c", *main, *argv],
            cwd=self.home.parent,
            env={**kept, "PLANWAVE_HOME": str(self.home), "PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def call(self, *argv: str) -> str:
        """Call one, and give what it said."""
        process = self.start(*argv)
        said, _ = process.communicate()
        if process.returncode != 0:
            raise Broken(f"{argv} exited with status {process.returncode}: {said[-2000:]}")
        return said


@dataclass
class Site:
    """A user's repository and a plan for it, with all that was seen of the plan's refs.

    Attributes:
        notes: the folder in which each job's script notes what it did, outside of all that planwave knows.
        seen: every commit that one of planwave's refs was found to point to.
        done: the jobs that were found done, each with how often it had been begun by then.
    """

    commands: Commands
    repo: Path
    plan: Path
    notes: Path
    before: Mapping[str, str]
    seen: set[str] = field(default_factory=set[str])
    done: dict[str, int] = field(default_factory=dict[str, int])

    @classmethod
    def make(cls, commands: Commands, name: str, rng: random.Random) -> "Site":
        """Make a repository, and a plan whose jobs take some random time."""
        folder = commands.home.parent
        repo, notes, plan = folder / name, folder / f"{name}.notes", folder / f"{name}.yaml"
        make_repository(repo)
        notes.mkdir()
        plan.write_text(json.dumps(_plan(rng, notes)))
        return cls(commands, repo, plan, notes, fingerprint(repo))

    def start(self, step: str | None = None) -> subprocess.Popen[str]:
        """Start a run."""
        return self.commands.start("run", str(self.plan), "--repo", str(self.repo), "--json", step=step)

    @property
    def hub(self) -> Path | None:
        """Where planwave's clone of the repository is, once it is there."""
        found = next(self.commands.home.glob(f"hubs/{self.repo.name}-*.git"), None)
        return found if found is not None and (found / "HEAD").exists() else None

    def look(self) -> None:
        """Take note of what planwave's refs point to, and of the jobs that are done by them."""
        if self.hub is None:
            return
        self.seen.update(lines(self.hub, "for-each-ref", "--format=%(objectname)", "refs/planwave/"))
        tracks = lines(self.hub, "for-each-ref", "--format=%(refname)", f"refs/planwave/{NAME}/track/")
        for job in trailers(self.hub, "Plan-Job", *tracks) if tracks else []:
            self.done.setdefault(job, self.times_begun(job))

    def times_begun(self, job: str) -> int:
        """Return how often a job's program has begun."""
        return len([word for word, _ in self.noted(job) if word == "begun"])

    def noted(self, job: str) -> list[tuple[str, str]]:
        """Return what a job's program noted: a word, and what tells one go of it from another."""
        file = self.notes / job
        text = file.read_text() if file.exists() else ""
        found = (line.split() for line in text.splitlines())
        return [(words[0], words[1]) for words in found if len(words) == 2]


def lines(folder: Path, *argv: str) -> list[str]:
    """Return the lines that git prints."""
    return run_git(folder, *argv).splitlines()


def trailers(repo: Path, trailer: str, *revisions: str) -> list[str]:
    """Return the values of a trailer in the commits of some revisions; options of `git log` may be among these."""
    found = lines(repo, "log", f"--format=%(trailers:key={trailer},valueonly,separator=)", *revisions)
    return [line for line in found if line]


def _plan(rng: random.Random, notes: Path) -> dict[str, object]:
    """Return the plan: what its jobs write is always the same, how long they take is not."""
    waves = [
        {"id": wave, "jobs": [_job(job, needs, rng.uniform(0.05, 0.5), notes) for job, needs in jobs.items()]}
        for wave, jobs in WAVES.items()
    ]
    check = {"check": ["sh", "-c", "test -f README.md && sleep 0.05"]}
    tracks = [{"id": track, "owns": {"create": [f"{track}/**"]}} for track in sorted(ORDER)]
    return {
        "version": 1,
        "name": NAME,
        "limits": {"jobs": 3},
        "defaults": {"retries": _RETRIES, "retry_delay": "0.1s"},
        "tracks": tracks,
        "waves": waves,
        "merge": {"order": list(ORDER), "checks": [check]},
    }


def _job(job: str, needs: tuple[str, ...], seconds: float, notes: Path) -> dict[str, object]:
    """Return a job that leaves something half done while it is at work, and notes how far it came."""
    needed = [f"cat {need[0]}/{need}.txt" for need in needs]
    file, note = f"{job[0]}/{job}.txt", f"{notes}/{job}"
    script = [
        'go="$$-$(date +%s%N)"',
        f'echo "{OF_A_JOB}" >> {note}',
        *needed,
        f"mkdir -p {job[0]}",
        f'echo "half $go" > {file}',
        f'echo "half $go" >> {note}',
        f"sleep {seconds:.2f}",
        f'echo "over $go" >> {note}',
        f"echo {job} > {file}",
    ]
    return {"id": job, "track": job[0], "needs": list(needs), "run": ["sh", "-c", " && ".join(script)]}
