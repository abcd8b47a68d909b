"""What a run would do, shown on the page of a flow run that does none of it."""

import asyncio

from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State

from plans.preview import preview_text
from tasks.home import Home
from tasks.preview import preview_run
from tasks.settings import RunSettings
from tasks.states import completed


async def show_schedule(settings: RunSettings) -> State[None]:
    """Show what the run would do as an artifact of the flow run.

    Raises:
        PlanError: the plan cannot be read, or must not be run.
    """
    shown, unknown = await asyncio.to_thread(preview_run, settings, Home.from_environment())
    note = "" if unknown is None else f"\n{unknown}: what earlier runs have done is not known.\n"
    text = f"```text\n{preview_text(shown)}```\n{note}"
    await acreate_markdown_artifact(text, key=f"{shown.plan.name}-schedule", description="What the run would do")
    return completed("DryRun", f"{len(shown.steps)} job(s) would be carried out; nothing was done")
