"""Artifacts that are kept up to date in place: one version a run, so that pages stay clean and small."""

import json
import re
from collections.abc import Sequence
from typing import Literal, Protocol
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate

ArtifactData = str | float | int | Sequence[dict[str, str]]


class Artifacts(Protocol):
    """The artifacts of one run, by key."""

    async def write(
        self,
        kind: Literal["markdown", "table", "progress"],
        key: str,
        data: ArtifactData,
        *,
        flow_run: UUID,
        description: str = "",
    ) -> None:
        """Create the artifact, or bring it up to date.

        Args:
            kind: what the UI draws: Markdown text, a table (a mapping a row), or a bar from 0 to 100.
            key: its name in the UI; turned into lower case letters, digits and dashes.
            data: what it shows.
            flow_run: the flow run whose page it stands on.
            description: Markdown shown beside it.
        """
        ...


def artifact_key(name: str) -> str:
    """Give a name as Prefect takes it for an artifact: lower case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


class PrefectArtifacts:
    """Artifacts on the server; writing one again that has not changed costs nothing."""

    def __init__(self) -> None:
        self._ids: dict[str, UUID] = {}
        self._written: dict[str, str | float] = {}

    async def write(
        self,
        kind: Literal["markdown", "table", "progress"],
        key: str,
        data: ArtifactData,
        *,
        flow_run: UUID,
        description: str = "",
    ) -> None:
        """Create the artifact, or bring it up to date."""
        key = artifact_key(key)
        value = data if isinstance(data, str | float | int) else json.dumps(list(data))
        if self._written.get(key) == value:
            return
        async with get_client() as client:
            if key in self._ids:
                await client.update_artifact(self._ids[key], ArtifactUpdate(data=value))
            else:
                new = ArtifactCreate(type=kind, key=key, data=value, description=description, flow_run_id=flow_run)
                self._ids[key] = (await client.create_artifact(new)).id
        self._written[key] = value
