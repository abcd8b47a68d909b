"""Chaos: runs killed at random instants, and started again until they are done. Nothing may be lost.

`python -m benchmarks.chaos --kills 1000` kills a plan's runs so many times with SIGKILL, the whole process group or
only the Python process, and prints how it went; the exit status is 1 when anything was lost, doubled, out of order or
left alive. Plans that get done are followed by new ones until the kills are spent.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psutil

from tests.repositories import fingerprint, make_repository, run_git

CHECKOUT = Path(__file__).resolve().parents[1]
_MAIN = "from deployments.cli import main; main()"
_NAME = "chaos"
_TARGET = f"planwave/{_NAME}/target"
_ORDER = ("a", "b", "d", "c")
_WAVES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "first": {"a1": (), "a2": (), "b1": ("a1",), "c1": ()},
    "second": {"b2": (), "c2": (), "d1": (), "d2": ("b2",)},
    "third": {"a3": (), "b3": (), "c3": ("a3",), "d3": ("b3",)},
}
"""Jobs with what they need; the letter is the track."""
_EARLY = 0.2
"""The share of kills before a run's first word."""
_SPAN = 0.35
"""The share of an undisturbed run's time within which a run is killed: each goes on where the last one was killed."""


class Broken(Exception):
    """A run ended by itself, and not as it should."""


@dataclass(frozen=True)
class Commands:
    """planwave's commands as a user calls them, each in a session of its own."""

    home: Path

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """Start one; its standard output is piped, what it says on the other goes there too."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "PLANWAVE_", "GIT_"))}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        return subprocess.Popen(
            [sys.executable, "-c", _MAIN, *argv],
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
            raise Broken(f"{argv} ended with status {process.returncode}: {said[-2000:]}")
        return said


@dataclass
class Site:
    """A user's repository and a plan for it, with all that was seen of the plan's refs."""

    commands: Commands
    repo: Path
    plan: Path
    before: Mapping[str, str]
    seen: set[str] = field(default_factory=set[str])
    """Every commit that one of planwave's refs was found to point to."""

    @classmethod
    def make(cls, commands: Commands, name: str, rng: random.Random) -> "Site":
        """Make a repository, and a plan whose jobs take some random time."""
        folder = commands.home.parent
        repo = folder / name
        make_repository(repo)
        plan = folder / f"{name}.yaml"
        plan.write_text(json.dumps(plan_of(rng)))
        return cls(commands, repo, plan, fingerprint(repo))

    def start(self) -> subprocess.Popen[str]:
        """Start a run."""
        return self.commands.start("run", str(self.plan), "--repo", str(self.repo), "--json")

    @property
    def hub(self) -> Path | None:
        """Where planwave's clone of the repository is, once it is there."""
        return next(self.commands.home.glob(f"hubs/{self.repo.name}-*.git"), None)

    def look(self) -> None:
        """Take note of what planwave's refs point to."""
        if self.hub is not None and (self.hub / "HEAD").exists():
            self.seen.update(_lines(self.hub, "for-each-ref", "--format=%(objectname)", "refs/planwave/"))


@dataclass
class Tally:
    """What came of it."""

    kills: Counter[str] = field(default_factory=Counter[str])
    """By what was killed, and when."""
    plans: int = 0
    runs: int = 0
    took_s: float = 0.0
    violations: list[str] = field(default_factory=list[str])


def run_chaos(folder: Path, *, kills: int, seed: int, say: Callable[[str], object] = lambda _: None) -> Tally:
    """Kill runs so many times, and let them all get done.

    Args:
        folder: an empty folder for repositories and planwave's home; planwave's server is stopped at the end.
        kills: how often.
        seed: of all that is random; what the machine does between is not.
        say: told a line for each plan that is done.
    """
    rng, tally, began = random.Random(seed), Tally(), time.monotonic()
    commands = Commands(folder / "home")
    commands.home.mkdir()
    commands.call("server", "start")
    try:
        calm = Site.make(commands, "calm", random.Random(0))
        pace = _run_calmly(calm)
        tree = run_git(calm.repo, "rev-parse", f"{_TARGET}^{{tree}}")
        tally.violations += (f"calm: {what}" for what in violations(calm, tree))
        for number in count(1):
            site = Site.make(commands, f"storm{number}", rng)
            wrong = _disturb(site, kills, rng, pace, tally) or violations(site, tree)
            found = [f"{site.repo.name}: {what}" for what in wrong]
            tally.plans, tally.violations = tally.plans + 1, tally.violations + found
            say(f"plan {number}: {tally.runs} runs, {tally.kills.total()} kills, {len(found)} violations {found}")
            if tally.kills.total() >= kills:
                break
    finally:
        commands.call("server", "stop")
        tally.took_s = time.monotonic() - began
    return tally


def plan_of(rng: random.Random) -> dict[str, object]:
    """Give the plan: what its jobs write is always the same, how long they take is not."""
    waves = [
        {"id": wave, "jobs": [_job(job, needs, rng.uniform(0.05, 0.5)) for job, needs in jobs.items()]}
        for wave, jobs in _WAVES.items()
    ]
    check = {"check": ["sh", "-c", "test -f README.md && sleep 0.05"]}
    tracks = [{"id": track, "owns": {"create": [f"{track}/**"]}} for track in sorted(_ORDER)]
    return {
        "version": 1,
        "name": _NAME,
        "limits": {"jobs": 3},
        "tracks": tracks,
        "waves": waves,
        "merge": {"order": list(_ORDER), "checks": [check]},
    }


def violations(site: Site, tree: str) -> list[str]:
    """Give all that is wrong with a plan that is done; nothing alive, lost, doubled or out of order."""
    return [*_wrong_history(site, tree), *_wrong_storage(site), *_wrong_surroundings(site)]


@dataclass(frozen=True)
class _Pace:
    """How long an undisturbed run takes, in seconds."""

    silence_s: float
    """To its first word."""
    work_s: float
    """From there to its end."""


class _Listener:
    """Reads what a run prints, so that it never waits for its reader."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.spoke = threading.Event()
        """Set at its first word, and at its end."""
        self.lines: list[str] = []
        self._process = process
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line)
            self.spoke.set()
        self.spoke.set()

    def close(self) -> str:
        """Wait for the end of what it prints, and give that."""
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return "".join(self.lines)


def _run_calmly(site: Site) -> _Pace:
    began = time.monotonic()
    process = site.start()
    listener = _Listener(process)
    listener.spoke.wait()
    spoke = time.monotonic()
    code = process.wait()
    said = listener.close()
    if code != 0:
        raise Broken(f"an undisturbed run ended with status {code}: {said[-3000:]}")
    site.look()
    return _Pace(spoke - began, time.monotonic() - spoke)


def _disturb(site: Site, kills: int, rng: random.Random, pace: _Pace, tally: Tally) -> list[str]:
    """Run a plan until it is done, killed as often as there are kills left and as it is not yet done.

    Returns:
        Why it never got done; nothing when it did.
    """
    while True:
        process = site.start()
        tally.runs += 1
        listener = _Listener(process)
        if tally.kills.total() < kills:
            _kill(process, listener, rng, pace, tally)
        code = process.wait()
        said = listener.close()
        site.look()
        if code == 0:
            return []
        if code != -signal.SIGKILL:
            return [f"a run ended with status {code}: {said[-2000:]}"]


def _kill(process: subprocess.Popen[str], listener: _Listener, rng: random.Random, pace: _Pace, tally: Tally) -> None:
    """Kill a run, or all of its process group, at a random instant, unless it is over before."""
    early, whole = rng.random() < _EARLY, rng.random() < 0.5
    if early:
        delay_s = rng.uniform(0, pace.silence_s)
    else:
        listener.spoke.wait()
        delay_s = rng.uniform(0, pace.work_s * _SPAN)
    try:
        process.wait(delay_s)
    except subprocess.TimeoutExpired:
        (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
        tally.kills[f"{'group' if whole else 'process'}{', early' if early else ''}"] += 1


def _wrong_history(site: Site, tree: str) -> Iterator[str]:
    repo, jobs = site.repo, [job for wave in _WAVES.values() for job in wave]
    done = _values(repo, "Plan-Job", _TARGET)
    if sorted(done) != sorted(jobs):
        yield f"jobs on the target: {done}"
    for track in _ORDER:
        on_track = [job for job in jobs if job[0] == track]
        found = _values(repo, "Plan-Job", f"planwave/{_NAME}/track/{track}", "--first-parent", "--reverse")
        if [job for job in found if job[0] == track] != on_track:
            yield f"jobs on track {track}: {found}"
    expected = [track for wave in _WAVES.values() for track in _ORDER if any(job[0] == track for job in wave)]
    merges = _values(repo, "Plan-Merge", _TARGET, "--first-parent", "--reverse")
    if merges != expected:
        yield f"merges in the order {merges}, not {expected}"
    if run_git(repo, "rev-parse", f"{_TARGET}^{{tree}}") != tree:
        yield "another tree than that of an undisturbed run"


def _wrong_storage(site: Site) -> Iterator[str]:
    assert site.hub is not None
    for folder in (site.hub, site.repo):
        checked = subprocess.run(
            ["git", "fsck", "--strict", "--no-dangling"], cwd=folder, capture_output=True, text=True, check=False
        )
        if checked.returncode != 0:
            yield f"git fsck of {folder.name}: {checked.stderr[-500:]}"
    lost = site.seen - set(_lines(site.hub, "rev-list", "--all"))
    if lost:
        yield f"commits that no ref reaches any more: {sorted(lost)}"


def _wrong_surroundings(site: Site) -> Iterator[str]:
    assert site.hub is not None
    alive = [pid for pid in psutil.pids() if _mark(pid).startswith(f"{site.hub.stem}/")]
    if alive:
        yield f"processes of jobs are alive: {alive}"
    if fingerprint(site.repo) != site.before:
        yield "the user's repository has changed"


def _mark(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        mark = "" if process.status() == psutil.STATUS_ZOMBIE else process.environ().get("PLANWAVE_MARK", "")
        return mark.partition("/")[2]  # what comes first is the home
    except (psutil.Error, OSError):
        return ""


def _job(job: str, needs: tuple[str, ...], seconds: float) -> dict[str, object]:
    """Give a job that leaves something half done while it is at work."""
    needed = "".join(f"cat {need[0]}/{need}.txt && " for need in needs)
    file = f"{job[0]}/{job}.txt"
    script = f"{needed}mkdir -p {job[0]} && echo half > {file} && sleep {seconds:.2f} && echo {job} > {file}"
    return {"id": job, "track": job[0], "needs": list(needs), "run": ["sh", "-c", script]}


def _values(repo: Path, trailer: str, branch: str, *options: str) -> list[str]:
    found = _lines(repo, "log", f"--format=%(trailers:key={trailer},valueonly,separator=)", *options, branch)
    return [line for line in found if line]


def _lines(folder: Path, *argv: str) -> list[str]:
    return run_git(folder, *argv).splitlines()


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="planwave-chaos-") as folder:
        tally = run_chaos(Path(folder), kills=asked.kills, seed=asked.seed, say=print)
    each = ", ".join(f"{number} x {what}" for what, number in sorted(tally.kills.items()))
    print(f"{tally.kills.total()} kills ({each}), {tally.runs} runs, {tally.plans} plans, {tally.took_s:.0f} s")
    print("\n".join(tally.violations) or "nothing was lost, doubled, out of order or left alive")
    sys.exit(1 if tally.violations else 0)


if __name__ == "__main__":
    main()
