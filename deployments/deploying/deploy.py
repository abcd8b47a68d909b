"""The deployments with which workers run plans. Import it only when the environment names the server."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import InvalidNameError, ObjectAlreadyExists, ObjectNotFound
from prefect.types.entrypoint import EntrypointType
from pydantic import ValidationError

from deployments.deploying.schedules import TAG, BadSchedule
from deployments.server.settings import CLIENT_SETTINGS
from flows.plan import run_plan
from tasks.errors import TaskError
from tasks.session.settings import RunSettings

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


class NameRefused(TaskError):
    """A deployment cannot be called so, or one of that name is there for something else."""

    def __init__(self, name: str, why: str, hint: str = "give it another `--name`") -> None:
        self.name, self.hint = name, hint
        super().__init__(f"the deployment {name!r} {why}")


@dataclass(frozen=True)
class Times:
    """When a deployment runs: by the clock, or again and again."""

    cron: str | None
    every: timedelta | None
    zone: str


@dataclass(frozen=True)
class Deployed:
    """A deployment as it is now on the server."""

    id: UUID
    name: str
    """With the flow's."""


async def deploy() -> Deployed:
    """Create the work pool, where it is missing, and create or update the deployment that is given its plan later."""
    return await _apply(await _deployment(NAME, {}))


async def deploy_plan(name: str, settings: RunSettings, times: Times | None) -> Deployed:
    """Create or update a deployment that runs one plan on one repository.

    Args:
        name: what to call it.
        settings: what its runs are asked for.
        times: its one schedule from now on; None: it keeps those that it has.

    Raises:
        NameRefused: a deployment of that name runs something else, or there can be none.
        BadSchedule: the schedule cannot be.
    """
    deployment = await _deployment(name, settings.model_dump(mode="json", exclude_defaults=True))
    schedule = None if times is None else _schedule(times)
    async with get_client() as client:
        await _refuse_another(client, deployment, settings)
        deployed = await _apply(deployment)
        if schedule is not None:
            for old in await client.read_deployment_schedules(deployed.id):
                await client.delete_deployment_schedule(deployed.id, old.id)
            await client.create_deployment_schedules(deployed.id, [DeploymentScheduleCreate(schedule=schedule)])
    return deployed


def _schedule(times: Times) -> CronSchedule | IntervalSchedule:
    try:
        if times.cron is not None:
            return CronSchedule(cron=times.cron, timezone=times.zone)
        return IntervalSchedule(interval=times.every or timedelta(), timezone=times.zone)
    except ValidationError as error:
        raise BadSchedule(f"no such schedule: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error


async def _refuse_another(client: PrefectClient, deployment: RunnerDeployment, settings: RunSettings) -> None:
    """See that no deployment loses its plan or its repository to one of another."""
    full = deployment.full_name
    if deployment.name == NAME:
        raise NameRefused(full, "is for any plan")
    try:
        there = await client.read_deployment_by_name(full)
    except ObjectNotFound:
        return
    for what, wanted in (("plan", settings.plan), ("repo", settings.repo)):
        has = there.parameters.get(what)
        if has != wanted:
            delete = f"delete that one: `planwave prefect deployment delete '{full}'`"
            raise NameRefused(full, f"has another {what}: {has}", f"give this one another `--name`, or {delete}")


async def _deployment(name: str, parameters: dict[str, object]) -> RunnerDeployment:
    try:
        deployment = await run_plan.ato_deployment(
            name,
            # A worker imports the installed package; no code is copied from anywhere.
            entrypoint_type=EntrypointType.MODULE_PATH,
            work_pool_name=POOL,
            job_variables=dict(JOB_VARIABLES),
            parameters=parameters,
            tags=[TAG],
        )
    except InvalidNameError as error:
        raise NameRefused(name, f"cannot be: {error}") from error
    # Prefect sets it to nothing, and would then take away the schedules that a deployment has.
    deployment.model_fields_set.discard("schedules")
    return deployment


async def _apply(deployment: RunnerDeployment) -> Deployed:
    async with get_client() as client:
        with suppress(ObjectAlreadyExists):
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    return Deployed(await deployment.aapply(), deployment.full_name)
