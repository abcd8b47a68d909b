"""Plans that are disturbed until the strikes are spent, and let get done."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.judge import wrong_after_run, wrong_at_end
from benchmarks.chaos.listener import Listener, Pace
from benchmarks.chaos.record import Ledger, Record, kept
from benchmarks.chaos.site import TARGET, Broken, Commands, Site
from benchmarks.chaos.strikes import Strike, Victims
from tests.repositories import run_git

_MOST_RUNS = 100
"""Of one plan: one that is never done is broken."""


def run_chaos(
    folder: Path, *, kills: int, seed: int, state: Path | None = None, say: Callable[[str], object] = lambda _: None
) -> Record:
    """Kill runs so many times, and let them all get done; give what came of it, and of the slices before.

    Args:
        folder: an empty folder for repositories and planwave's home; planwave's server is stopped at the end.
        kills: how often, in this slice.
        seed: of all that is random; what the machine does between is not.
        state: where the figures of slices are kept; the next slice goes on behind the last strike of this one.
        say: told a line for each plan that is done.
    """
    commands = Commands(folder / "home")
    commands.home.mkdir()
    with kept(state, seed, say) as ledger:
        began, before = time.monotonic(), ledger.record.took_s
        ledger.record.slices += 1
        commands.call("server", "start")
        try:
            calm = Site.make(commands, "calm", random.Random(0))
            pace = _run_calmly(calm)
            tree = run_git(calm.repo, "rev-parse", f"{TARGET}^{{tree}}")
            ledger.record.wrong += (f"calm: {what}" for what in wrong_at_end(calm, tree))
            until = ledger.record.total + kills
            while ledger.record.total < until:
                _storm(commands, ledger, _Goal(pace, tree, until))
                ledger.record.took_s = before + time.monotonic() - began
                ledger.save()
        finally:
            commands.call("server", "stop")
    return ledger.record


@dataclass(frozen=True)
class _Goal:
    """What an undisturbed run gave, and when to strike no more."""

    pace: Pace
    tree: str
    until: int


@dataclass
class _Storm:
    """One plan, disturbed until it is done."""

    site: Site
    ledger: Ledger
    goal: _Goal
    was_ended: bool = False
    """Whether the run before was ended by a strike."""
    wrong: list[str] = field(default_factory=list[str])

    def run(self) -> bool:
        """Carry out one run, hit as the next strike says if one is left; tell whether to go on."""
        record = self.ledger.record
        strike = Strike.draw(record.seed, record.drawn) if record.total < self.goal.until else None
        process = self.site.start(strike.moment.packed() if strike and strike.moment else None)
        record.runs += 1
        listener = Listener(process)
        hit = False
        if strike is not None:
            record.drawn += 1
            hit = strike.carry_out(Victims(process, self.site.commands.home), listener, self.goal.pace)
        code = process.wait()
        said = listener.close()
        if strike is not None and hit:
            record.count(strike.name)
        if self.was_ended and listener.at_work_s is not None:
            record.recovered_s.append(round(listener.at_work_s, 2))
        self.was_ended = hit and code != 0
        self.site.look()
        allowed = {0, *(strike.codes if strike and hit else ())}
        found = [*wrong_after_run(self.site, said, listener)]
        if code not in allowed:
            found.append(f"a run exited with status {code}: {said[-2000:]}")
        self.wrong += (f"after {strike.name if strike and hit else 'no kill'}: {what}" for what in found)
        return code in allowed - {0}


def _storm(commands: Commands, ledger: Ledger, goal: _Goal) -> None:
    record = ledger.record
    name = f"storm{record.plans + 1}"
    record.plans += 1
    storm = _Storm(Site.make(commands, name, random.Random(f"{record.seed}/plan/{record.plans}")), ledger, goal)
    runs, kills = record.runs, record.total
    while storm.run():
        if record.runs - runs > _MOST_RUNS:
            storm.wrong.append(f"not done after {_MOST_RUNS} runs")
            break
    # Of one that was never done there is no more to say.
    storm.wrong = storm.wrong or wrong_at_end(storm.site, goal.tree)
    found = [f"{name}: {what}" for what in storm.wrong]
    record.wrong += found
    ledger.say(f"{name}: {record.runs - runs} runs, {record.total - kills} kills, {len(found)} wrong {found or ''}")


def _run_calmly(site: Site) -> Pace:
    process = site.start()
    listener = Listener(process)
    listener.spoke.wait()
    spoke = time.monotonic()
    code = process.wait()
    said = listener.close()
    if code != 0:
        raise Broken(f"an undisturbed run exited with status {code}: {said[-3000:]}")
    site.look()
    return Pace(spoke - listener.began, time.monotonic() - spoke)
