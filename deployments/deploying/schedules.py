"""Schedules of deployments: how they are given, and whether the server makes runs of them.

A Prefect server says that it is healthy while its scheduler fails in every round. So it is asked for the runs to come.
"""

import re
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from deployments.server.api import Api, Json, ServerUnreachable
from plans.durations import format_duration
from tasks.errors import TaskError

T = TypeVar("T")
TAG = "planwave"
"""What every deployment of planwave's is tagged with, and so are its runs."""
MOST_DEPLOYMENTS = 200
NEW_FOR = timedelta(minutes=2)
"""The scheduler looks at what has changed every 5 s, and at everything once a minute."""
_POLL_S = 0.5
_UNITS: Mapping[str, timedelta] = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_PART = re.compile(r"([0-9]{1,6})\s*(min|[smhdw])\s*")


class BadSchedule(TaskError):
    """A schedule that cannot be."""


def parse_interval(text: str) -> timedelta:
    """Read how often something is to happen; unlike in plans, a day has 24 hours.

    Raises:
        BadSchedule: it is no such text, or no time at all.
    """
    wanted = text.strip().lower()
    parts = list(_PART.finditer(wanted))
    interval = sum((int(part[1]) * _UNITS[part[2]] for part in parts), timedelta())
    if "".join(part[0] for part in parts) != wanted or not interval:
        raise BadSchedule(f"{text!r} does not say how often: write 30m, 1h, 1h30m, 1d or 1w")
    return interval


class Schedule(BaseModel):
    """A schedule of a deployment."""

    active: bool
    updated: datetime
    schedule: Mapping[str, object]
    """`cron`, `interval` or `rrule`, and the time zone."""
    parameters: Mapping[str, object] = {}

    @property
    def is_endless(self) -> bool:
        """Whether there is always a next time."""
        return not re.search(r"UNTIL|COUNT", str(self.schedule.get("rrule", "")), re.IGNORECASE)

    @property
    def text(self) -> str:
        """What it says."""
        every = self.schedule.get("interval")
        if isinstance(every, int | float):
            return f"every {format_duration(timedelta(seconds=every))}"
        return f"{self.schedule.get('cron') or self.schedule.get('rrule')} ({self.schedule.get('timezone') or 'UTC'})"


class _Form(BaseModel):
    required: tuple[str, ...] = ()


class Deployment(BaseModel):
    """A deployment of planwave's flow, as the server has it."""

    id: UUID
    name: str
    paused: bool = False
    schedules: tuple[Schedule, ...] = ()
    parameters: Mapping[str, object] = {}
    parameter_openapi_schema: _Form = _Form()

    @property
    def active(self) -> tuple[Schedule, ...]:
        """The schedules by which it runs now."""
        return () if self.paused else tuple(schedule for schedule in self.schedules if schedule.active)

    def is_new(self, now: datetime) -> bool:
        """Return whether the scheduler may not have come to it yet."""
        return any(now - schedule.updated < NEW_FOR for schedule in self.active)

    def lacks(self) -> tuple[str, ...]:
        """Return the parameters that a run of some schedule would need and not have."""
        given = [self.parameters.keys() | schedule.parameters.keys() for schedule in self.active]
        return tuple(name for name in self.parameter_openapi_schema.required if not all(name in each for each in given))


class _Upcoming(BaseModel):
    expected_start_time: datetime


_DEPLOYMENTS = TypeAdapter(tuple[Deployment, ...])
_UPCOMING = TypeAdapter(tuple[_Upcoming, ...])
_COUNT = TypeAdapter(int)


def scheduled_deployments(api: Api) -> tuple[Deployment, ...]:
    """Return planwave's deployments that have a schedule by which they run now."""
    body = {"deployments": {"tags": {"all_": [TAG]}}, "limit": MOST_DEPLOYMENTS, "offset": 0}
    found = _read(api, _DEPLOYMENTS, "/deployments/filter", body)
    return tuple(deployment for deployment in found if deployment.active)


def next_runs(api: Api, deployment: UUID, most: int = 3) -> tuple[datetime, ...]:
    """Return the times of the next runs that the scheduler has made for a deployment, the first first."""
    which = {
        "deployment_id": {"any_": [str(deployment)]},
        "tags": {"all_": ["auto-scheduled"]},
        "state": {"name": {"any_": ["Scheduled"]}},
    }
    body = {"flow_runs": which, "sort": "NEXT_SCHEDULED_START_TIME_ASC", "limit": most, "offset": 0}
    return tuple(run.expected_start_time for run in _read(api, _UPCOMING, "/flow_runs/filter", body))


def wait_for_next_runs(api: Api, deployment: UUID, patience_s: float) -> tuple[datetime, ...]:
    """Return the same as `next_runs` as soon as there is one; nothing, when there is none for so long."""
    deadline = time.monotonic() + patience_s
    while not (found := next_runs(api, deployment)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return found


def count_late(api: Api) -> int:
    """Count the runs whose time has come and which no worker has taken."""
    which = {"tags": {"all_": [TAG]}, "state": {"name": {"any_": ["Late"]}}}
    return _read(api, _COUNT, "/flow_runs/count", {"flow_runs": which})


def _read(api: Api, kind: TypeAdapter[T], path: str, body: Json) -> T:
    try:
        return kind.validate_json(api.ask(path, body))
    except ValidationError as error:
        raise ServerUnreachable(api.url, "it answers in words of another program") from error
