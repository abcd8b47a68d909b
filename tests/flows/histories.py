"""Runs in this process, without a server: the real flows on real git, carried out directly."""

from prefect.client.schemas.objects import State

from flows.plan import carry_out_plan
from tasks.direct import DirectEngine
from tasks.report import Board
from tasks.run import open_run
from tasks.settings import RunSettings


async def run_directly(settings: RunSettings, engine: DirectEngine | None = None) -> State[None]:
    """Carry out a run from its beginning to its end; give its last state. What it tells is kept by the engine."""
    engine = engine or DirectEngine()
    async with open_run(settings, engine) as session:
        return await carry_out_plan(session, Board(session, engine.flow_run))
