"""What a run would do, shown without doing it."""

import asyncio

from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from plans.show import show_text
from tasks.settings import RunSettings, read_plan_for


async def show_schedule(settings: RunSettings) -> State[None]:
    """Show the plan's schedule as an artifact of the flow run.

    Raises:
        PlanError: the plan cannot be read, or must not be run.
    """
    plan = await asyncio.to_thread(read_plan_for, settings)
    text = f"```text\n{show_text(plan)}\n```\n"
    await acreate_markdown_artifact(text, key=f"{plan.name}-schedule", description="What the run would do")
    return Completed(name="DryRun", message=f"{len(plan.jobs)} job(s) would be carried out; nothing was done")
