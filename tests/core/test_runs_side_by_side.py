"""Several runs at once, and a run that is stopped in the middle of what must not be torn apart."""

import asyncio
from collections.abc import Awaitable, Coroutine
from pathlib import Path

from flows.run import carry_out_run
from tasks.direct import DirectEngine
from tasks.programs.signals import request_stop
from tasks.programs.stop import Cause
from tasks.session.steps import Kind, StepState
from tests.core.runs import Site, outcomes, until
from tests.flows.plans import PlanDict, is_one_at_a_time, job, passing, plan, recording, wave


def waiting(folder: Path) -> str:
    """Return a script that says that it is at work, and waits until it may end."""
    return f"touch {folder}/at-work; while [ ! -e {folder}/may-end ]; do sleep 0.02; done"


def together(site: Site, work: Coroutine[None, None, None]) -> None:
    site.enter()
    asyncio.run(work)


def test_a_second_run_of_a_plan_is_refused_and_does_not_touch_the_first(site: Site) -> None:
    busy = plan("busy", wave("one", job("a", f"{waiting(site.folder)}; echo a > a.txt")))

    async def both() -> None:
        first, second = DirectEngine(), DirectEngine()
        running = asyncio.create_task(carry_out_run(site.settings(busy), first))
        await until((site.folder / "at-work").exists)
        refused = await carry_out_run(site.settings(busy), second)
        assert (refused.kind, refused.message.partition(":")[0]) == (Kind.FAILED, "Refused")
        assert "plan 'busy' is already running" in refused.message
        assert [event.name for event in second.told] == ["planwave.run.refused"]
        (site.folder / "may-end").touch()
        assert (await running).kind is Kind.COMPLETED
        assert outcomes(first) == ["Completed"]

    together(site, both())
    assert site.files("busy")["a.txt"] == "a"


def test_a_resumed_run_waits_until_the_process_before_it_has_let_go(site: Site) -> None:
    busy = plan("busy", wave("one", job("a", f"{waiting(site.folder)}; echo a > a.txt")))

    async def both() -> None:
        running = asyncio.create_task(carry_out_run(site.settings(busy), DirectEngine()))
        await until((site.folder / "at-work").exists)
        engine = DirectEngine()
        resumed = asyncio.create_task(carry_out_run(site.settings(busy), engine, resumed=True))
        (site.folder / "may-end").touch()
        assert [(await each).kind for each in (running, resumed)] == [Kind.COMPLETED] * 2
        assert [event.name for event in engine.told if event.kind == "job"] == [], "all of it was done before"

    together(site, both())


def test_runs_of_two_plans_on_one_server_share_its_locks(site: Site) -> None:
    record = site.folder / "record"
    plans = [plan(name, wave("one", recording(f"{name}-job", record, locks=["port"]))) for name in ("left", "right")]

    async def both() -> None:
        engine = DirectEngine()
        ends = await asyncio.gather(*(carry_out_run(site.settings(each), engine) for each in plans))
        assert [end.kind for end in ends] == [Kind.COMPLETED] * 2

    together(site, both())
    assert len(record.read_text().splitlines()) == 4
    assert is_one_at_a_time(record)


def stopped_at_work(site: Site, what: PlanDict) -> Awaitable[StepState]:
    """Run a plan, ask it to stop once a script of it waits, and give its last state."""

    async def run() -> StepState:
        running = asyncio.create_task(carry_out_run(site.settings(what), DirectEngine()))
        await until((site.folder / "at-work").exists)
        request_stop("cancelled", Cause.CANCEL)
        return await running

    return run()


def landing(site: Site, **fields: object) -> PlanDict:
    checks = [passing("sh", "-c", waiting(site.folder))]
    return plan("landing", wave("one", job("a"), **fields), merge={"checks": checks})


def test_a_run_that_is_cancelled_during_a_landing_moves_nothing_untested(site: Site) -> None:
    async def stop() -> None:
        state = await stopped_at_work(site, landing(site))
        assert (state.kind, state.message) == (Kind.CANCELLED, "stopped: cancelled; run it again to go on")

    together(site, stop())
    assert "a.txt" not in site.files("landing")
    (site.folder / "may-end").touch()
    engine = DirectEngine()
    assert site.run(landing(site), engine).kind is Kind.COMPLETED
    assert [event.name for event in engine.told if event.kind == "job"] == [], "the job's work was kept"
    assert site.files("landing")["a.txt"] == "a"


def test_a_run_that_is_cancelled_while_a_job_is_at_work_keeps_what_it_did(site: Site) -> None:
    busy = plan("busy", wave("one", job("a", f"echo half > a.txt; {waiting(site.folder)}; echo a > a.txt")))

    async def stop() -> None:
        assert (await stopped_at_work(site, busy)).kind is Kind.CANCELLED

    together(site, stop())
    assert site.rescued("busy", "a", "a.txt") == "half"
    (site.folder / "may-end").touch()
    assert site.run(busy).kind is Kind.COMPLETED
