from collections.abc import Mapping

import pytest
from hypothesis import given

from plans.model import Plan
from plans.schedule.estimate import estimate_plan
from tests.effort import examples
from tests.plans.contended import contended_plans

HOUR_S = 3600


def make_plan(*jobs: Mapping[str, object], slots: int = 8) -> Plan:
    waves = [{"id": "w", "jobs": jobs}]
    return Plan.model_validate({"version": 1, "name": "p", "limits": {"jobs": slots}, "waves": waves})


def test_the_figures_of_a_plan_add_up() -> None:
    found = estimate_plan(
        make_plan(
            {"id": "a", "estimate": "1-2h"},
            {"id": "b", "estimate": "3h", "needs": ["a"]},
            {"id": "c", "estimate": "1h"},
        )
    )

    assert found.unit == "time"
    assert str(found.serial) == "5h-6h"
    assert found.serial_s == 5.5 * HOUR_S
    assert found.critical_path == ("a", "b")
    assert found.critical_s == found.makespan_s == 4.5 * HOUR_S
    assert found.saved_s == HOUR_S
    assert found.speedup == pytest.approx(5.5 / 4.5)
    assert found.unestimated == 0


def test_limits_make_the_plan_longer_than_its_critical_path() -> None:
    jobs = [{"id": f"j{n}", "estimate": "1h"} for n in range(5)]

    assert estimate_plan(make_plan(*jobs, slots=2)).makespan_s == 3 * HOUR_S
    assert estimate_plan(make_plan(*jobs, slots=2)).critical_s == HOUR_S


def test_a_job_without_an_estimate_counts_with_the_median_of_the_others() -> None:
    found = estimate_plan(
        make_plan(
            {"id": "a", "estimate": "1h"}, {"id": "b", "estimate": "2h"}, {"id": "c", "estimate": "9h"}, {"id": "d"}
        )
    )

    assert found.unestimated == 1
    assert found.serial_s == 14 * HOUR_S


def test_without_any_estimate_jobs_are_counted() -> None:
    found = estimate_plan(make_plan({"id": "a"}, {"id": "b", "needs": ["a"]}, {"id": "c"}))

    assert (found.unit, found.serial_s, found.critical_s, found.makespan_s, found.unestimated) == ("jobs", 3, 2, 2, 3)


def test_jobs_that_are_done_cost_nothing() -> None:
    found = estimate_plan(
        make_plan({"id": "a", "estimate": "2h", "done": True}, {"id": "b", "estimate": "1h", "needs": ["a"]})
    )

    assert found.serial_s == found.critical_s == found.makespan_s == HOUR_S
    assert found.critical_path == ("b",)


def test_a_plan_with_nothing_left_to_do_takes_no_time() -> None:
    found = estimate_plan(make_plan({"id": "a", "done": True}))

    assert (found.serial_s, found.makespan_s, found.speedup, found.critical_path) == (0, 0, 1, ())


@examples(40)
@given(contended_plans(conditions=False))
def test_a_plan_takes_at_least_its_critical_path_and_at_most_its_serial_time(plan: Plan) -> None:
    found = estimate_plan(plan)

    assert found.critical_s - 1e-6 <= found.makespan_s <= found.serial_s + 1e-6
    assert found.makespan_s >= found.serial_s / plan.limits.jobs - 1e-6
