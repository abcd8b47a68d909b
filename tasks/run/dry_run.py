"""What a run would do, shown on the page of a flow run that does none of it."""

import asyncio

from plans.render.preview import preview_text
from plans.text.plural import counted
from tasks.home import Home
from tasks.run.preview import preview_run
from tasks.session.run_log import Artifact, RunLog
from tasks.session.settings import RunSettings
from tasks.session.steps import StepState, completed


async def show_schedule(settings: RunSettings, engine: RunLog) -> StepState:
    """Show what the run would do on the page of the flow run.

    Raises:
        PlanError: the plan cannot be read, or must not be run.
    """
    shown, unknown = await asyncio.to_thread(preview_run, settings, Home.from_environment())
    note = "" if unknown is None else f"\n{unknown}: what earlier runs have done is not known.\n"
    text = f"```text\n{preview_text(shown)}```\n{note}"
    await engine.show(Artifact("markdown", f"{shown.plan.name}-schedule", text, "What the run would do"))
    return completed(f"{counted(len(shown.steps), 'job')} would be carried out; nothing was done", word="DryRun")
