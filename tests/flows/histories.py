"""Runs in this process, without a server: the real flows on real git, carried out directly."""

from flows.waves import carry_out_plan
from tasks.direct import DirectEngine
from tasks.reporting.report import Board
from tasks.run.run import open_run
from tasks.session.settings import RunSettings
from tasks.session.steps import StepState


async def run_directly(settings: RunSettings, engine: DirectEngine | None = None) -> StepState:
    """Carry out a run from its beginning to its end; give its last state. What it tells is kept by the engine."""
    engine = engine or DirectEngine()
    async with open_run(settings, engine) as live:
        return await carry_out_plan(live, Board(live.session, engine.flow_run))
