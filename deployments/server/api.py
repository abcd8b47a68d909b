"""A small client for a running Prefect server: what the commands ask that look at runs and steer them.

It speaks REST over httpx and never imports Prefect, which alone takes longer than these commands may take.
"""

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Literal, Self
from uuid import UUID

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from deployments.server.password import basic
from tasks.errors import TaskError

TIMEOUT_S = 10.0
BUSY = frozenset({429, 503})
"""What a server says whose database is busy: nothing has changed, and it may be asked again."""
REFUSED = frozenset({401, 403})
"""What a server says to those who do not show the right key or password."""
BUSY_DELAYS_S = (0.2, 0.5, 1.0, 2.0)
OVER = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
"""The types of the states that a run ends in."""
PLAN_RUNS: Mapping[str, object] = {"tags": {"all_": ["planwave"]}}
SOON = timedelta(minutes=1)
"""A run that is to start later than that, as a schedule has many of, is none of the latest."""

Json = Mapping[str, object]


class ServerUnreachable(TaskError):
    """The Prefect server does not answer, or not as one."""

    def __init__(self, url: str, why: str, hint: str | None = None) -> None:
        self.url, self.hint = url, hint
        super().__init__(f"the Prefect server at {url} cannot be asked: {re.sub(r'^.Errno -?[0-9]+. ', '', why)}")


class ServerRefuses(ServerUnreachable):
    """The Prefect server asks for a key or a password, and got none, or a wrong one."""

    def __init__(self, url: str, status: int) -> None:
        hint = "set PREFECT_API_AUTH_STRING=user:password, or PREFECT_API_KEY, as the server's owner gave them to you"
        super().__init__(url, f"it lets in only who has its password or key (status {status})", hint)


class Refused(TaskError):
    """The server did not take a change of a run's state."""

    def __init__(self, run: str, why: str) -> None:
        self.run = run
        super().__init__(f"the server refused to change {run!r}: {why}")


class FlowRunState(BaseModel):
    """A state, as the pages show it."""

    class Details(BaseModel):
        """What Prefect keeps with it."""

        run_input_keyset: Mapping[str, str] | None = None
        """Where the form stands that its pause asks to be filled in."""

    type: str
    name: str
    message: str | None = None
    state_details: Details | None = None


class FlowRun(BaseModel):
    """A run of a plan, or of one of its waves."""

    id: UUID
    name: str
    tags: tuple[str, ...] = ()
    parameters: Mapping[str, object] = {}
    state: FlowRunState | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    estimated_run_time: float = 0.0
    """Seconds that it has run, the present state's included."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.state is not None and self.state.type in OVER

    @property
    def asks(self) -> bool:
        """Whether it waits for an answer, as a gate does; one that somebody paused or suspended does not."""
        details = None if self.state is None or self.state.type != "PAUSED" else self.state.state_details
        return details is not None and bool(details.run_input_keyset)

    @property
    def state_name(self) -> str:
        """The name of its state; `Pending` where it has none."""
        return "Pending" if self.state is None else self.state.name

    def tagged(self, kind: str) -> str:
        """Return the word after `kind:` in its tags, or nothing."""
        return next((tag.removeprefix(f"{kind}:") for tag in self.tags if tag.startswith(f"{kind}:")), "")


class _Change(BaseModel):
    """What the server says to a wish for another state."""

    class Details(BaseModel):
        reason: str | None = None

    status: Literal["ACCEPT", "REJECT", "ABORT", "WAIT"]
    state: FlowRunState | None = None
    """What it is in now; of a run that nobody has begun, the server itself makes `CANCELLING` into `CANCELLED`."""
    details: Details | None = None

    @property
    def is_taken(self) -> bool:
        return self.status == "ACCEPT" or (self.state is not None and self.state.type == "CANCELLED")


def _unchanged(request: httpx.Request) -> httpx.Request:
    return request


_FLOW_RUNS = TypeAdapter(tuple[FlowRun, ...])


class Api(AbstractContextManager["Api"]):
    """A connection to a Prefect server; closed at the end of its `with`.

    Every method raises `ServerUnreachable` when there is no answer, or one that a Prefect server does not give.
    """

    def __init__(self, url: str, *, key: str | None = None, user: str | None = None, proxy: bool = True) -> None:
        """Name the server.

        Args:
            url: the address of its API.
            key: a bearer token, as `PREFECT_API_KEY`.
            user: `name:password`, as `PREFECT_API_AUTH_STRING`; it counts more than a key.
            proxy: heed the proxies that the environment names.
        """
        self.url = url
        authorization = basic(user) if user else f"Bearer {key}" if key else None
        self._client = httpx.Client(
            base_url=url,
            timeout=TIMEOUT_S,
            # The server closes a connection that is idle for 5 s, perhaps just as it is used again.
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=proxy,
            headers={} if authorization is None else {"Authorization": authorization},
            # Not what a .netrc may have for the host.
            auth=_unchanged if authorization else None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def plan_runs(self, *, tags: Sequence[str] = (), name: str | None = None, limit: int = 10) -> tuple[FlowRun, ...]:
        """Return the latest runs of plans, the latest first, without those that a schedule has made for later.

        Args:
            tags: only those with all of these tags.
            name: only those of this name, also for later.
            limit: at most so many.
        """
        which: dict[str, object] = {"tags": {"all_": ["planwave", *tags]}}
        if name is None:
            which["expected_start_time"] = {"before_": (datetime.now(UTC) + SOON).isoformat()}
        else:
            which["name"] = {"any_": [name]}
        return self._flow_runs(which, limit)

    def living_runs(self) -> tuple[FlowRun, ...]:
        """Return the runs of plans that have begun and are not over, the latest first."""
        alive = {"type": {"any_": ["RUNNING", "PAUSED", "CANCELLING"]}}
        return self._flow_runs({**PLAN_RUNS, "state": alive}, 200)

    def run(self, flow_run: UUID) -> FlowRun | None:
        """Return one run; None: there is none with this id."""
        found = self._flow_runs({"id": {"any_": [str(flow_run)]}}, 1)
        return found[0] if found else None

    def waves(self, flow_run: UUID) -> tuple[FlowRun, ...]:
        """Return the runs of a run's waves, the first first."""
        return self._flow_runs({"parent_flow_run_id": {"any_": [str(flow_run)]}}, 200)[::-1]

    def answer(self, run: FlowRun, decision: Literal["GO", "NO-GO"], note: str) -> None:
        """Answer the question that a paused run asks.

        Raises:
            Refused: it asks nothing (any more).
        """
        self._change(run, "resume", {"run_input": {"decision": decision, "note": note}})

    def cancel(self, run: FlowRun) -> None:
        """Ask for a run to be cancelled; it ends a while later, when its process has heard of it.

        Raises:
            Refused: it is over.
        """
        self._change(run, "set_state", {"state": {"type": "CANCELLING"}})

    def ask(self, path: str, body: Json) -> bytes:
        """Return the answer to a question that changes nothing."""
        return self._post(path, body).content

    def _change(self, run: FlowRun, how: str, body: Json) -> None:
        answer = self._post(f"/flow_runs/{run.id}/{how}", body)
        try:
            change = _Change.model_validate_json(answer.content)
        except ValidationError as error:
            raise ServerUnreachable(self.url, "it answers in words of another program") from error
        if not change.is_taken:
            why = change.details.reason if change.details else None
            raise Refused(run.name, why or change.status)

    def _flow_runs(self, which: Json, limit: int) -> tuple[FlowRun, ...]:
        body = {"flow_runs": which, "sort": "START_TIME_DESC", "limit": limit, "offset": 0}
        answer = self._post("/flow_runs/filter", body)
        try:
            return _FLOW_RUNS.validate_json(answer.content)
        except ValidationError as error:
            raise ServerUnreachable(self.url, "it answers in words of another program") from error

    def _post(self, path: str, body: Json) -> httpx.Response:
        try:
            answer = self._client.post(path, json=body)
            for delay_s in BUSY_DELAYS_S:
                if answer.status_code not in BUSY:
                    break
                time.sleep(delay_s)
                answer = self._client.post(path, json=body)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            if status in REFUSED:
                raise ServerRefuses(self.url, status) from error
            raise ServerUnreachable(self.url, f"status {status}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnreachable(self.url, str(error) or type(error).__name__) from error
        return answer
