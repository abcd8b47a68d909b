"""The deployment with which workers run plans. Import it only when the environment names the server."""

from collections.abc import Mapping
from contextlib import suppress

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists
from prefect.types.entrypoint import EntrypointType

from deployments.server_settings import CLIENT_SETTINGS
from flows.plan import run_plan

POOL = "planwave"
NAME = "on-demand"
JOB_VARIABLES: Mapping[str, object] = {
    "env": {
        # Without it, a `tasks.py` or a folder `flows` where a worker starts a run would be taken for planwave's.
        "PYTHONSAFEPATH": "1",
        **CLIENT_SETTINGS,
    },
    # A run that writes to its worker's pipe dies at the next line when the worker is killed; its log reaches the
    # server without it.
    "stream_output": False,
}


async def deploy() -> str:
    """Create the work pool, where it is missing, and create or update the deployment; give the deployment's name."""
    async with get_client() as client:
        with suppress(ObjectAlreadyExists):
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    deployment = await run_plan.ato_deployment(
        NAME,
        # A worker imports the installed package; no code is copied from anywhere.
        entrypoint_type=EntrypointType.MODULE_PATH,
        work_pool_name=POOL,
        job_variables=dict(JOB_VARIABLES),
        tags=["planwave"],
    )
    await deployment.aapply()
    return f"{run_plan.name}/{NAME}"
