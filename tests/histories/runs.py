"""Runs of a site without a server: most of them in this process."""

import asyncio
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from plans.errors import PlanError
from tasks.direct import DirectEngine
from tasks.errors import TaskError, refusal
from tasks.session.events import Event
from tests.flows.histories import run_directly
from tests.histories.drafts import PlanDict
from tests.histories.killing import run_and_kill
from tests.histories.site import Choices, Ended, Site, settings_of
from tests.histories.steps import Kill


@contextmanager
def home_of(site: Site) -> Generator[None]:
    """Let planwave keep what it keeps at the site, for as long as it works in this process."""
    before = os.environ.get("PLANWAVE_HOME")
    os.environ["PLANWAVE_HOME"] = str(site.home)
    try:
        yield
    finally:
        if before is None:
            del os.environ["PLANWAVE_HOME"]
        else:
            os.environ["PLANWAVE_HOME"] = before


def run_here(site: Site, plan: PlanDict, choices: Choices, kill: Kill | None) -> Ended:
    """Carry out a run in this process; one that is to be killed in a process of its own."""
    if kill is not None:
        return run_and_kill(site, plan, choices, kill)
    engine = DirectEngine()
    with home_of(site):
        try:
            state = asyncio.run(run_directly(settings_of(site, plan, choices), engine))
        except (PlanError, TaskError) as error:
            return Ended("Refused", refusal(error), told=tuple(engine.told))
    return Ended(state.name, state.message, missing_of(engine.told), told=tuple(engine.told))


def missing_of(told: Sequence[Event]) -> tuple[str, ...]:
    """Return what a run said is missing, at its end."""
    for event in told:
        if event.name == "planwave.run.finished":
            missing = event.payload.get("missing")
            return tuple(missing) if isinstance(missing, list) else ()
    return ()
