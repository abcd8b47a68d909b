"""What planwave keeps on a Prefect server for a run: artifacts, limits, runs that were killed, answers to questions.

Run by `test_engine.py`, in a process of its own.
"""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings
from prefect.states import Running

from deployments.runner import end_of
from deployments.server.errors import is_of_server
from deployments.server.lifecycle import login_of
from plans.model import Wave
from tasks.attempt.limits import LimitsBusy
from tasks.engine import mend
from tasks.engine.artifacts import Artifacts
from tasks.engine.asking import ask_on_page
from tasks.engine.awaiting import state_of
from tasks.engine.limits import create_limits, shared_slots
from tasks.engine.prefect_engine import PrefectEngine
from tasks.engine.states import as_prefect
from tasks.home import Home
from tasks.programs.stop import Cause, StopSignal
from tasks.session.run_log import Answer, Artifact, Question
from tasks.session.steps import Kind, Step, StepState, completed, failed
from tests.flows.commands import Planwave


@pytest.fixture
def server(shared_planwave: Planwave) -> Iterator[Planwave]:
    """Let Prefect in this process speak to the server of the tests."""
    login = login_of(Home(shared_planwave.home)) or ""
    address = str(shared_planwave.api.base_url).rstrip("/")
    with temporary_settings({PREFECT_API_URL: address, PREFECT_API_AUTH_STRING: login}):
        yield shared_planwave


async def new_run(*tags: str) -> UUID:
    """Make a flow run that looks alive."""

    @flow(name="recorded")
    async def nothing() -> None:
        """Do nothing."""

    async with get_client() as client:
        return (await client.create_flow_run(nothing, tags=tags, state=Running())).id


async def test_an_artifact_is_brought_up_to_date_in_place(server: Planwave) -> None:
    artifacts, run = Artifacts(), await new_run()
    for text in ("first", "second", "second"):
        await artifacts.write(Artifact("markdown", "My Plan: Dashboard", text, "How it stands"), run)
    which = {"artifacts": {"flow_run_id": {"any_": [str(run)]}}}
    found = server.post("/artifacts/filter", which).json()
    assert [(each["key"], each["data"]) for each in found] == [("my-plan-dashboard", "second")]


async def test_what_cannot_be_shown_is_logged_and_ends_nothing(
    server: Planwave, caplog: pytest.LogCaptureFixture
) -> None:
    engine, run = PrefectEngine(), await new_run()
    await engine.show(Artifact("markdown", "taken-away", "first", "How it stands"), on=run)
    [artifact] = server.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [str(run)]}}}).json()
    server.api.delete(f"/artifacts/{artifact['id']}").raise_for_status()
    await engine.show(Artifact("markdown", "taken-away", "second", "How it stands"), on=run)
    assert "taken-away could not be written" in caplog.text


async def test_a_limit_holds_all_names_or_none(server: Planwave) -> None:
    await create_limits({"test:one": 1, "test:two": 2})
    async with shared_slots(["test:one"]):
        with pytest.raises(LimitsBusy):
            async with shared_slots(["test:two", "test:one"]):
                pass
        async with shared_slots(["test:two"]), shared_slots(["test:two"]):
            pass
    async with shared_slots(["test:two", "test:one"]):
        pass


async def test_a_run_that_looks_alive_is_mended_by_who_knows_that_it_is_not(
    server: Planwave, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale, own, other = await new_run("test:mend"), await new_run("test:mend"), await new_run("test:other")
    assert await mend.mend_stale_runs([["test:mend"]], own) == 1
    shown = {run: next(iter(server.flow_runs(str(run)))).type for run in (stale, own, other)}
    assert list(shown.values()) == ["CRASHED", "RUNNING", "RUNNING"]
    for run in (own, other):
        server.post(f"/flow_runs/{run}/set_state", {"state": {"type": "COMPLETED"}, "force": True})


async def test_a_run_that_somebody_cancels_is_asked_to_stop(server: Planwave) -> None:
    run, stop = await new_run(), StopSignal()
    watching = asyncio.create_task(PrefectEngine().watch([run], stop))
    server.post(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}, "force": True})
    await asyncio.wait_for(watching, 60)
    assert stop.cause is Cause.CANCEL
    server.post(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLED"}, "force": True})


async def test_steps_and_waves_are_tasks_and_flows_with_their_names_tags_and_retries(server: Planwave) -> None:
    engine, tries = PrefectEngine(), list[int]()

    async def again() -> StepState:
        tries.append(1)
        return completed("third time") if len(tries) == 3 else failed("not yet")

    async def one_wave() -> StepState:
        first = await engine.step(Step("job", "Try {it}", again, tags=["track:t"], retries=5, may_retry=lambda: True))
        broken = await engine.step(Step("merge", "merge t", broken_step, after=[first]))
        assert (first.kind, broken.kind, len(tries)) == (Kind.COMPLETED, Kind.FAILED, 3)
        assert "it broke" in broken.message
        return completed("all of it", word="GO")

    async def broken_step() -> StepState:
        raise RuntimeError("it broke")

    wave = Wave.model_validate({"id": "one", "title": "The {first}", "jobs": [{"id": "a"}]})
    roots: list[UUID] = []

    @flow(name="test-run", persist_result=False)
    async def run() -> object:
        roots.append(engine.flow_run)
        await engine.tag("test:steps", name="renamed")
        assert engine.page(engine.flow_run).endswith(f"/{engine.flow_run}")
        return as_prefect(await engine.wave(wave, one_wave))

    state = await state_of(run(return_state=True))
    assert (state.name, state.message) == ("Completed", "GO: all of it")
    root, one = server.flow_runs(str(roots[0]))
    assert (root.name, root.tags >= {"test:steps"}, one.name) == ("renamed", True, "The {first}")
    shown = {each.name: each for each in server.recorded_tasks(root.id, "Try {it}", "merge t")}
    assert (shown["Try {it}"].state, shown["Try {it}"].tags) == ("Completed", frozenset({"track:t"}))
    assert shown["merge t"].state == "Failed"


async def test_the_error_that_ended_a_flow_is_known_by_what_it_is(server: Planwave) -> None:
    request = httpx.Request("POST", "http://127.0.0.1/api")

    @flow(name="test-broken", persist_result=False)
    async def broken(error: str) -> object:
        if error == "server":
            raise httpx.HTTPStatusError("no", request=request, response=httpx.Response(500, request=request))
        if error == "bug":
            raise KeyError("Server error '500")
        return as_prefect(failed("said so", word="Incomplete"))

    ends = [await end_of(await state_of(broken(error, return_state=True))) for error in ("server", "bug", "")]
    assert [is_of_server(end.error) for end in ends] == [True, False, False]
    assert [end.state.is_failed() for end in ends] == [True, True, True]
    assert isinstance(ends[1].error, KeyError)


@pytest.mark.parametrize("patience_s", [0.5, 600.0])
async def test_a_question_is_answered_by_a_person_or_by_the_deadline(server: Planwave, patience_s: float) -> None:
    late = Answer("NO-GO", "nobody answered", by="deadline")
    question = Question("gate-one", "## Is it good?", patience_s, otherwise=late)
    engine, given = PrefectEngine(), list[Answer]()

    async def answer(run: UUID) -> None:
        body = {"run_input": {"decision": "GO", "note": "fine"}}
        # A form that is not up yet takes no answer.
        while server.post(f"/flow_runs/{run}/resume", body).json()["status"] != "ACCEPT":  # noqa: ASYNC110
            await asyncio.sleep(0.2)

    @flow(name="test-asking", persist_result=False)
    async def asking() -> None:
        answering = asyncio.create_task(answer(engine.flow_run)) if patience_s > 1 else None
        given.append(await ask_on_page(question, engine.flow_run))
        if answering is not None:
            await answering

    assert (await state_of(asking(return_state=True))).is_completed()
    assert given == [late if patience_s < 1 else Answer("GO", "fine", by="answer")]
