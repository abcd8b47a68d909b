"""What Prefect's engine throws in place of a state becomes a state, and the wish to stop where it means one."""

import httpx
import pytest
from prefect.exceptions import ObjectNotFound, Pause

from tasks.engine.prefect_engine import outcome_of
from tasks.programs.signals import heeding_requests
from tasks.programs.stop import Cause, StopSignal
from tasks.session.steps import Kind


async def _thrown(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "cause"), [(Pause(), Cause.SUSPEND), (ObjectNotFound(http_exc=Exception()), Cause.DELETED)]
)
async def test_a_step_of_a_run_that_was_suspended_or_deleted_stops_the_run(error: BaseException, cause: Cause) -> None:
    stop = StopSignal()
    with heeding_requests(stop):
        state = await outcome_of(_thrown(error))
    assert state.kind is Kind.CANCELLED
    assert stop.cause is cause


async def test_a_step_that_the_server_could_not_be_told_of_fails_and_the_run_goes_on() -> None:
    stop = StopSignal()
    answer = httpx.Response(500, request=httpx.Request("POST", "http://127.0.0.1/api"))
    with heeding_requests(stop):
        state = await outcome_of(_thrown(httpx.HTTPStatusError("no", request=answer.request, response=answer)))
    assert (state.kind, stop.requested) == (Kind.FAILED, False)
    assert "status 500" in state.message
