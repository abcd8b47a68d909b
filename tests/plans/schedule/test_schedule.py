from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from plans.model import Plan
from plans.schedule.frontier import Frontier, JobState
from plans.schedule.simulate import simulate
from tests.effort import examples
from tests.plans.contended import FINAL, LOST, Driver, contended_plans

seeds = st.integers(0, 2**32)


@examples(150)
@given(contended_plans(), seeds)
def test_whatever_happens_no_limit_is_exceeded_order_is_kept_and_every_job_ends_once(plan: Plan, seed: int) -> None:
    driver = Driver(plan, Random(seed))

    driver.run(steps=60)

    assert driver.frontier.over
    assert not driver.occupied()
    assert all(driver.frontier.state(job) in FINAL for job in plan.jobs)
    ran = [job for _, what, job in driver.log if what in {"done", "failed"}]
    assert len(ran) == len(set(ran))
    assert {job for job in plan.jobs if driver.frontier.reason(job)} == {
        job for job in plan.jobs if driver.frontier.state(job) in LOST
    }


@examples(50)
@given(contended_plans(), seeds, st.integers(0, 40))
def test_a_stopped_run_ends_and_starts_nothing_more(plan: Plan, seed: int, steps: int) -> None:
    driver = Driver(plan, Random(seed))
    driver.start()
    for _ in range(steps):
        driver.random.choice((driver.begin, driver.start_prepared, driver.finish))()
        driver.look()
    driver.stop()
    begun = driver.occupied()

    assert driver.frontier.upcoming(driver.now, 5) == driver.frontier.startable(driver.now) == ()
    assert driver.frontier.wake_at(driver.now) is None
    assert {job for job in plan.jobs if driver.frontier.state(job) not in FINAL} == begun
    for job in sorted(begun):
        driver.end(job, ok=True)
    assert driver.frontier.over


@examples(40)
@given(contended_plans(), seeds)
def test_the_same_events_give_the_same_decisions(plan: Plan, seed: int) -> None:
    logs: list[list[tuple[float, str, str]]] = []
    for _ in range(2):
        driver = Driver(plan, Random(seed))
        driver.run(steps=40)
        logs.append(driver.log)

    assert logs[0] == logs[1]


@examples(40)
@given(contended_plans(), seeds, st.integers(0, 30))
def test_a_copy_goes_its_own_way(plan: Plan, seed: int, steps: int) -> None:
    driver = Driver(plan, Random(seed))
    driver.start()
    for _ in range(steps):
        driver.random.choice((driver.begin, driver.start_any, driver.finish, driver.progress, driver.decide))()
        driver.look()
    before = {job: driver.frontier.state(job) for job in plan.jobs}

    timeline = simulate(plan, frontier=driver.frontier, now=driver.now)

    assert {job: driver.frontier.state(job) for job in plan.jobs} == before
    assert timeline == simulate(plan, frontier=driver.frontier, now=driver.now)
    driver.run_on()
    assert driver.frontier.over


def _cascade(plan: Plan, failed: AbstractSet[str]) -> AbstractSet[str]:
    """What must be skipped: by going through the plan again and again until nothing changes."""
    skipped: set[str] = set()
    while True:
        more = {
            job.id
            for job in plan.jobs.values()
            for need in job.needs
            if need in failed | skipped and need not in {c.if_failed for c in job.contingency}
        }
        if more <= skipped:
            return skipped
        skipped |= more


@examples(80)
@given(contended_plans(conditions=False, one_wave=True), st.data())
def test_exactly_what_needs_a_failed_job_is_skipped(plan: Plan, data: st.DataObject) -> None:
    wave = plan.waves[0].model_copy(update={"fail_fast": False})
    plan = Plan.model_validate({**dict(plan), "waves": (wave,)})
    doomed = data.draw(st.sets(st.sampled_from(list(plan.jobs))))
    frontier = Frontier(plan)
    frontier.start(0.0)

    while not frontier.over:
        job = frontier.startable(0.0)[0]
        frontier.started(job, 0.0)
        frontier.finished(job, 0.0, ok=job not in doomed, reason="broken")

    states: Mapping[str, JobState] = {job: frontier.state(job) for job in plan.jobs}
    skipped = {job for job, state in states.items() if state is JobState.SKIPPED}
    failed = {job for job, state in states.items() if state is JobState.FAILED}
    assert failed == doomed - skipped
    assert skipped == _cascade(plan, failed)


@examples(40)
@given(contended_plans(), st.data())
def test_what_is_done_or_left_out_never_runs(plan: Plan, data: st.DataObject) -> None:
    done = data.draw(st.sets(st.sampled_from(list(plan.jobs))))
    out = data.draw(st.sets(st.sampled_from(list(plan.jobs))))
    seed = data.draw(seeds)
    frontier = Frontier(plan, done=done, left_out=dict.fromkeys(out, "not now"))

    assert all(frontier.state(job) is JobState.DONE for job in done)
    assert all(frontier.state(job) is JobState.SKIPPED and frontier.reason(job) == "not now" for job in out - done)
    driver = Driver(plan, Random(seed), frontier, checks_conditions=False)
    driver.run(steps=30)
    assert not {job for _, _, job in driver.log} & (done | out)


@examples(50)
@given(contended_plans(), seeds)
def test_a_free_slot_never_idles_while_a_job_may_start(plan: Plan, seed: int) -> None:
    """Looking ahead must not fill the prepared places with jobs that cannot start."""
    driver = Driver(plan, Random(seed))
    driver.start()
    for _ in range(25):
        for job in driver.frontier.upcoming(driver.now, driver.random.randint(0, 2)):
            driver.begun(job)
        for job in driver.frontier.startable(driver.now, sorted(driver.prepared)):
            driver.started(job)
        assert driver.frontier.startable(driver.now) == ()
        driver.random.choice((driver.finish, driver.free, driver.retry, driver.pause, driver.decide))()
        driver.look()
