"""A run from its opening to its end, whatever carries out and shows its steps."""

from flows.waves import carry_out_plan
from plans.errors import PlanError
from tasks.errors import TaskError, machine_error
from tasks.run.background import kept
from tasks.run.closing import refuse_run
from tasks.run.dry_run import show_schedule
from tasks.run.run import open_run
from tasks.session.run_log import RunLog
from tasks.session.settings import RunSettings
from tasks.session.steps import StepState


async def carry_out_run(
    settings: RunSettings, engine: RunLog, *, dry_run: bool = False, resumed: bool = False
) -> StepState:
    """Open a run, carry it out and close it; give its last state, also where it is refused.

    Args:
        settings: what to run.
        engine: what carries out and shows the steps.
        dry_run: show what would be done, and do nothing.
        resumed: the run was suspended, and goes on in another process.
    """
    try:
        if dry_run:
            return await show_schedule(settings, engine)
        async with open_run(settings, engine, resumed=resumed) as live, kept(live) as board:
            state = await carry_out_plan(live, board)
            return await engine.conclude(state, live.session.stop.cause)
    except (PlanError, TaskError) as error:
        return refuse_run(engine, settings, error)
    except OSError as error:
        return refuse_run(engine, settings, machine_error(error))
