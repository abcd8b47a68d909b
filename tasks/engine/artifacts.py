"""Artifacts that are kept up to date in place: one version a run, so that pages stay clean and small."""

import json
import re
from uuid import UUID

from prefect.artifacts import acreate_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate

from tasks.session.run_log import Artifact


class Artifacts:
    """The artifacts of one run on the server, by key; writing one again that has not changed costs nothing."""

    def __init__(self) -> None:
        self._ids: dict[str, UUID] = {}
        self._written: dict[str, str | float] = {}

    async def write(self, artifact: Artifact, flow_run: UUID) -> None:
        """Create the artifact on a flow run's page, or bring it up to date."""
        key, value = _key(artifact.key), _value(artifact)
        if self._written.get(key) == value:
            return
        async with get_client() as client:
            if key in self._ids:
                await client.update_artifact(self._ids[key], ArtifactUpdate(data=value))
            else:
                new = ArtifactCreate(
                    type=artifact.kind, key=key, data=value, description=artifact.description, flow_run_id=flow_run
                )
                self._ids[key] = (await client.create_artifact(new)).id
        self._written[key] = value


async def attach(artifact: Artifact) -> None:
    """Put a text on the page of the flow or task run that the caller is."""
    await acreate_markdown_artifact(str(_value(artifact)), key=_key(artifact.key), description=artifact.description)


def _key(name: str) -> str:
    """Return a name as Prefect takes it for an artifact: lower case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _value(artifact: Artifact) -> str | float:
    return artifact.data if isinstance(artifact.data, str | float | int) else json.dumps(list(artifact.data))
