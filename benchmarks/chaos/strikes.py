"""What is done to a run: which process is hit, by which signal, and when. All of it is drawn from a seed."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.chaos.listener import Listener, Pace
from benchmarks.chaos.site import OF_A_JOB
from benchmarks.chaos.steps import STEPS, WHENS, Moment
from tasks.home import Home
from tasks.programs.environment import MARK

_KILL = signal.SIGKILL
_POLL_S = 0.01
_LOADED_S = 0.2
"""By then Python itself has been loaded, which answers Ctrl-C in a way of its own."""
_SPAN = 0.35
"""The share of an undisturbed run's time within which a run is hit: each goes on where the last one ended."""
_EARLY = 0.2
"""The share of strikes before a run's first word."""
_STOPPING_S = 1.5
"""The longest time from a signal to stop until the kill that comes on top of it."""

Hit = Callable[["Victims"], bool]
"""Does it; False: nothing of the kind is alive at the moment."""


@dataclass(frozen=True)
class Kind:
    """A way to disturb a run.

    Attributes:
        name: as it is counted.
        weight: how often it is drawn, as compared with the others.
        hit: does it.
        codes: the statuses with which the run may end by it.
        early: whether it can be done before the run's first word.
    """

    name: str
    weight: int
    hit: Hit
    codes: frozenset[int]
    early: bool = True


@dataclass(frozen=True)
class Victims:
    """The processes of a run, looked for at the moment."""

    process: "subprocess.Popen[str]"
    home: Path

    def run(self, number: signal.Signals = _KILL) -> bool:
        """Signal planwave's process."""
        self.process.send_signal(number)
        return True

    def group(self) -> bool:
        """Kill its process group, as a terminal or a supervisor may."""
        os.killpg(self.process.pid, _KILL)
        return True

    def guardian(self) -> bool:
        """Kill the guardian of the run."""
        return _kill([p for p in self._children() if _has(p, "guardian.py")])

    def minder(self) -> bool:
        """Kill the minder of a job's program."""
        return _kill(self._of_jobs()[:1])

    def agent(self) -> bool:
        """Kill one job's program, with its group."""
        for minder in self._of_jobs():
            with suppress(psutil.Error, OSError):
                for child in minder.children():
                    os.killpg(child.pid, _KILL)
                    return True
        return False

    def server(self) -> bool:
        """Kill planwave's own Prefect server."""
        return _kill(server_of(self.home))

    def all_but_agents(self) -> bool:
        """Kill the run, its guardian and its minders, which are no longer below it once it is gone."""
        minders = self._minders()
        return bool(minders) and self.guardian() and self.run() and _kill(minders)

    def _of_jobs(self) -> list[psutil.Process]:
        """Return the minders of jobs; a check that is killed has failed, and so may the whole run."""
        return [p for p in self._minders() if any(_has(child, OF_A_JOB) for child in _below(p))]

    def _children(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            return psutil.Process(self.process.pid).children()
        return []

    def _minders(self) -> list[psutil.Process]:
        return [p for p in self._children() if _has(p, "minder")]


def _and_run(hit: Hit) -> Hit:
    """Kill something, if it is there, and the run with it."""
    return lambda victims: hit(victims) and victims.run()


def _stopped_and_killed(victims: Victims) -> bool:
    victims.run(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        # Where in the stop it is killed is as random as the machine.
        victims.process.wait(random.Random(victims.process.pid).uniform(0, _STOPPING_S))
    return victims.run()


_UNANSWERED = frozenset({-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})
_KILLED, _STOPPED, _DONE = frozenset({-_KILL}), frozenset({130}), frozenset({0})
KINDS = (
    Kind("process", 6, Victims.run, _KILLED),
    Kind("process group", 3, Victims.group, _KILLED),
    Kind("process and guardian", 3, _and_run(Victims.guardian), _KILLED, early=False),
    Kind("process, guardian and minders", 3, Victims.all_but_agents, _KILLED, early=False),
    Kind("server", 2, Victims.server, _DONE),
    Kind("server and process", 2, _and_run(Victims.server), _KILLED),
    Kind("agent", 3, Victims.agent, _DONE, early=False),
    Kind("minder", 3, Victims.minder, _DONE, early=False),
    Kind("guardian", 2, Victims.guardian, _DONE, early=False),
    Kind("SIGTERM", 2, lambda victims: victims.run(signal.SIGTERM), _STOPPED),
    Kind("SIGINT", 2, lambda victims: victims.run(signal.SIGINT), _STOPPED),
    Kind("SIGHUP", 2, lambda victims: victims.run(signal.SIGHUP), _STOPPED),
    Kind("SIGTERM, then SIGKILL", 2, _stopped_and_killed, _KILLED | _STOPPED),
)
_AT_STEPS = 15
"""How often a kill at a named step is drawn, as compared with the kinds."""
_MOST = {"any git command": 150, "something is told": 25, "the hub is made": 1, "the base is recorded": 1}
"""The last one of its kind at which a run is killed, where two are too many or too few."""
_STEP_CODES = frozenset({-signal.SIGKILL, -signal.SIGALRM})


@dataclass(frozen=True)
class Strike:
    """What is done to one run.

    Attributes:
        kind: in which way; None: at a named step, by `benchmarks.chaos.steps`.
        early: whether before its first word.
        share: how far into the time that there is.
        moment: the named step.
    """

    kind: Kind | None
    early: bool = False
    share: float = 0.0
    moment: Moment | None = None

    @classmethod
    def draw(cls, seed: int, number: int) -> "Strike":
        """Return the strike of a number: for a seed it is always the same."""
        rng = random.Random(f"{seed}/strike/{number}")
        kind = rng.choices((*KINDS, None), [*(kind.weight for kind in KINDS), _AT_STEPS])[0]
        if kind is not None:
            return cls(kind, kind.early and rng.random() < _EARLY, rng.random())
        step = rng.choice(sorted(STEPS))
        return cls(None, moment=Moment(step, rng.choice(WHENS), rng.randint(1, _MOST.get(step, 2))))

    @property
    def name(self) -> str:
        """What it is counted as."""
        if self.moment is not None:
            return f"at a step: {self.moment.when} {self.moment.step!r}"
        assert self.kind is not None
        return f"{self.kind.name}{', early' if self.early else ''}"

    @property
    def codes(self) -> frozenset[int]:
        """The statuses with which a run that was hit may end, besides that of a plan that is done."""
        if self.kind is None:
            return _STEP_CODES
        # Until planwave itself answers signals, they end the process as they end any.
        return self.kind.codes | _UNANSWERED if self.early else self.kind.codes

    def carry_out(self, victims: Victims, listener: Listener, pace: Pace) -> bool:
        """Hit a run that was started, unless it ends before; tell whether it was hit.

        At a named step it hits itself, and this waits for that.
        """
        process = victims.process
        if self.kind is None:
            return process.wait() in _STEP_CODES
        if self.early:
            delay_s = _LOADED_S + self.share * max(0.0, pace.silence_s - _LOADED_S)
        else:
            listener.spoke.wait()
            delay_s = self.share * pace.work_s * _SPAN
        with suppress(subprocess.TimeoutExpired):
            process.wait(delay_s)
        while process.poll() is None:
            if self.kind.hit(victims):
                return True
            time.sleep(_POLL_S)
        return False


def server_of(home: Path) -> list[psutil.Process]:
    """Return the process of a home's own server, if it is alive."""
    with suppress(OSError, ValueError, psutil.Error):
        pid = int((home / "prefect/planwave-server.state").read_text().split()[0])
        found = psutil.Process(pid)
        return [found] if pid and found.status() != psutil.STATUS_ZOMBIE else []
    return []


def left_over(home: Path) -> Mapping[int, str]:
    """Return the processes that belong to a home and are not its server: jobs, minders, guardians, git, runs."""
    servers = [p for server in server_of(home) for p in (server, *_below(server))]
    spared = {os.getpid(), *(p.pid for p in servers)}
    found = {pid: _belongs(pid, home) for pid in psutil.pids() if pid not in spared}
    return {pid: what for pid, what in found.items() if what}


def _below(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return process.children(recursive=True)
    return []


def _belongs(pid: int, home: Path) -> str:
    with suppress(psutil.Error, OSError):
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return ""
        env = process.environ()
        marked = env.get(MARK, "").startswith(f"{Home(home).identity}/")
        if marked or env.get("PLANWAVE_HOME") == str(home) or env.get("GIT_DIR", "").startswith(f"{home}/"):
            return " ".join(process.cmdline())[:120]
    return ""


def _has(process: psutil.Process, word: str) -> bool:
    with suppress(psutil.Error):
        return any(word in part for part in process.cmdline()[:6])
    return False


def _kill(processes: list[psutil.Process]) -> bool:
    hit = False
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
            hit = True
    return hit
