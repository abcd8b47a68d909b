"""What Prefect's engine throws in place of a state becomes a state, and the wish to stop where it means one."""

import logging

import httpx
import pytest
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import Abort, ObjectNotFound, Pause
from prefect.states import Crashed, Failed, Paused, Running

from tasks.engine.awaiting import state_of, tag_later
from tasks.engine.prefect_engine import PrefectEngine, outcome_of
from tasks.engine.states import ShownState, as_prefect, shown
from tasks.engine.terse import terse_logs
from tasks.engine.watch import DELETED
from tasks.programs.signals import heeding_requests
from tasks.programs.stop import Cause, StopSignal
from tasks.session.steps import LONGEST, Kind, StepState, cancelled, completed, failed


async def _thrown(error: BaseException) -> None:
    raise error


async def _given(state: object) -> object:
    return state


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


@pytest.mark.parametrize(
    ("state", "name", "type_"),
    [
        (completed("commit abc"), "Completed", StateType.COMPLETED),
        (completed("a: commit abc", shown_as="Cached"), "Cached", StateType.COMPLETED),
        (completed("said so", word="GO"), "Completed", StateType.COMPLETED),
        (failed("said so", word="NO-GO"), "Failed", StateType.FAILED),
        (cancelled("stopped: SIGINT"), "Cancelled", StateType.CANCELLED),
    ],
)
async def test_a_state_is_shown_by_names_that_filters_know_and_comes_back_as_it_was(
    state: StepState, name: str, type_: StateType
) -> None:
    prefects = as_prefect(state)
    assert (prefects.name, prefects.type, prefects.message) == (name, type_, state.message)
    back = await outcome_of(_given(prefects))
    assert (back.kind, back.message, back.name) == (state.kind, state.message, state.name)
    assert isinstance(back, ShownState)
    assert back.state is prefects, "edges of the graph start from it"


def test_our_word_comes_first_in_a_message_which_is_cut_to_what_pages_show() -> None:
    assert failed("x" * 2 * LONGEST, word="NotLanded").message == ("NotLanded: " + "x" * LONGEST)[:LONGEST]


@pytest.mark.parametrize("state", [Crashed(message="it broke"), Failed(message="it broke"), Running(), Paused()])
def test_what_is_neither_well_nor_stopped_has_failed(state: State[object]) -> None:
    assert shown(state).kind is Kind.FAILED
    assert shown(state).message == (state.message or "")


async def test_the_last_state_of_a_run_is_that_of_its_steps_unless_it_was_suspended_or_deleted() -> None:
    engine, stopped = PrefectEngine(), cancelled("stopped: cancelled")
    assert await engine.conclude(stopped, Cause.CANCEL) is stopped
    assert await engine.conclude(stopped, None) is stopped
    with pytest.raises(Abort, match=DELETED):
        await engine.conclude(cancelled(""), Cause.DELETED)


def test_the_log_of_a_task_run_leaves_out_what_its_state_says_but_not_what_went_wrong() -> None:
    def is_kept(message: str) -> bool:
        return bool(logging.getLogger("prefect.task_runs").filter(logging.makeLogRecord({"msg": message})))

    well, ill = "Finished in state Completed('commit abc')", "Finished in state Failed('no')"
    with terse_logs():
        assert (is_kept(well), is_kept(ill)) == (False, True)
    assert is_kept(well)


async def test_outside_of_a_task_run_there_is_nothing_to_tag() -> None:
    tag_later("plan:x")
    assert (await state_of(_given(Running()))).is_running()


async def test_who_is_not_in_a_run_logs_to_planwave_and_was_not_begun() -> None:
    engine = PrefectEngine()
    assert isinstance(engine.log, logging.Logger)
    assert engine.log.name == "planwave"
    assert not engine.was_begun
