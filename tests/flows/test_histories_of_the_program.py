"""Histories through the real program: a server, commands of their own, and kills from outside."""

import json
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tasks.session.events import Event
from tests.flows.commands import Planwave
from tests.histories.drafts import PlanDict
from tests.histories.oracle import Tally, replay
from tests.histories.runs import run_here
from tests.histories.site import Choices, Ended, Site
from tests.histories.steps import History, Kill, Run
from tests.histories.strategies import histories

HISTORIES = 12
_LINES = 12
"""A run tells at least about so many things."""


@pytest.mark.timeout(1800)
def test_histories_of_the_program_come_to_what_the_plan_gives_from_scratch(planwave: Planwave) -> None:
    tally = Tally()
    judged = _judge(planwave, tally)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    drawn = settings(
        max_examples=HISTORIES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=checks,
    )
    drawn(given(histories(shared=True).filter(_kills))(judged))()
    assert tally.histories == HISTORIES
    assert tally.killed >= HISTORIES // 2


def _judge(planwave: Planwave, tally: Tally) -> Callable[[History], None]:
    def judge(history: History) -> None:
        folder = Path(mkdtemp(dir=planwave.folder))
        site = Site(folder / "site", Program(planwave, folder), planwave.home)
        replay(history, site, Site(folder / "fresh", run_here), tally)

    return judge


def _kills(history: History) -> bool:
    return any(isinstance(step, Run) and step.kill is not None for step in history.steps)


@dataclass(frozen=True)
class Program:
    """Carries out runs by the real command."""

    planwave: Planwave
    folder: Path

    def __call__(self, site: Site, plan: PlanDict, choices: Choices, kill: Kill | None) -> Ended:
        path = self.folder / "plan.yaml"
        path.write_text(json.dumps(plan, indent=1))
        options = [part for name in choices.only for part in ("--only", name)]
        options += ["--mode", choices.mode] if choices.mode else []
        options += [f"--{option.replace('_', '-')}" for option in choices.options]
        during = site.outside / f"kill-{kill.during if kill else None}"
        running = self.planwave.start("run", str(path), "--repo", str(site.repo), "--json", *options)
        if kill is not None and kill.during is not None:
            during.write_text(str(running.pid))
        elif kill is not None:
            running.hear(kill.step % _LINES)
            with suppress(ProcessLookupError):
                running.send(signal.SIGKILL, group=kill.step % 2 == 0)
        ended = running.end()
        during.unlink(missing_ok=True)
        if ended.code == -signal.SIGKILL:
            return Ended("Killed")
        finished = ended.of("run.finished")
        assert finished, f"the command exited with status {ended.code}: {ended.err[-2000:]}"
        state, message = finished[0]["outcome"], finished[0]["message"]
        assert (ended.code == 0) == (state == "Completed"), f"{state}, with status {ended.code}"
        told = [Event(event["event"], event["subject"], event["run"], _payload(event)) for event in ended.events]
        return Ended(state, message, tuple(ended.missing), told=tuple(told))


def _payload(event: object) -> dict[str, str]:
    assert isinstance(event, dict)
    return {str(name): str(said) for name, said in event.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON
