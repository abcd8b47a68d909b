from collections.abc import Mapping

import pytest

from plans.deferred import not_acted_on
from plans.model import Plan

Fields = Mapping[str, object]


def make_plan(job: Fields | None = None, wave: Fields | None = None, **fields: object) -> Plan:
    waves = [{"id": "w", "jobs": [{"id": "a"}, {"id": "b", "needs": ["a"], **(job or {})}], **(wave or {})}]
    return Plan.model_validate({"version": 1, "name": "p", "waves": waves, **fields})


@pytest.mark.parametrize(
    ("plan", "named"),
    [
        (make_plan({"pipeline": ["plan", "implement"]}), "pipeline (jobs are implemented in one go)"),
        (make_plan({"roles": {"validate": "other"}}), "roles"),
        (make_plan({"out_of_scope": "ask"}, defaults={"out_of_scope": "ask"}), "out_of_scope: ask (it is `fail`)"),
        (make_plan(wave={"gate": {"decide": "agent"}}), "gate decide: agent (its checks decide)"),
        (make_plan(limits={"cost_usd": 5}), "limits.cost_usd"),
        (make_plan(limits={"tokens": 5}), "limits.tokens"),
        (make_plan(defaults={"sandbox": True}), "defaults.sandbox"),
        (make_plan(merge={"on_conflict": "resolver"}), "merge.on_conflict: resolver (it is `stop`)"),
    ],
    ids=str,
)
def test_what_is_not_acted_on_yet_is_named_once(plan: Plan, named: str) -> None:
    assert not_acted_on(plan) == (named,)


def test_what_is_acted_on_is_not_named() -> None:
    contingency = [{"if_failed": "a", "instead": "Mock it."}, {"if_ahead": True, "instead": "Polish it."}]
    job = {"contingency": contingency, "out_of_scope": "allow", "locks": ["x"], "start": {"after": "1h"}}
    wave = {"gate": {"decide": "human"}, "barrier": False, "fail_fast": True}
    assert not_acted_on(make_plan(job, wave, limits={"jobs": 2}, merge={"on_conflict": "skip", "push": "origin"})) == ()
