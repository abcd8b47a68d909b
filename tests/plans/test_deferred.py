"""What this version does not act on is said with its line, and only where it would have done something."""

from collections.abc import Mapping
from typing import get_args

import pytest

from plans.agent import Agent, AgentKind
from plans.deferred import RUNNABLE, find_unsupported, not_acted_on, unsupported_problems
from plans.document import Document
from plans.model import Plan
from plans.read import read_plan
from plans.transform.select import with_agent
from tests.plans.examples import example

Fields = Mapping[str, object]
TEXT = """\
version: 1
name: money
limits: {cost_usd: 5, tokens: 100}
defaults: {sandbox: true, out_of_scope: ask}
agents:
  default: {kind: claude, model: large}
  writer: {kind: command, run: ["true"], model: large}
merge: {on_conflict: writer}
waves:
  - id: w
    jobs:
      - {id: a, prompt: x, pipeline: [plan, implement], roles: {plan: writer}}
      - {id: b, prompt: x, agent: writer, out_of_scope: ask}
    gate: {decide: agent}
"""
ALL = {
    "limits.cost_usd": 3,
    "limits.tokens": 3,
    "defaults.sandbox": 4,
    "out_of_scope": 4,
    "claude": 6,
    "agents.model": 7,
    "merge.on_conflict": 8,
    "pipeline": 12,
    "roles": 12,
    "gate.decide": 14,
}
"""Each by its name, with its line."""


def make_plan(job: Fields | None = None, wave: Fields | None = None, **fields: object) -> Plan:
    waves = [{"id": "w", "jobs": [{"id": "a"}, {"id": "b", "needs": ["a"], **(job or {})}], **(wave or {})}]
    return Plan.model_validate({"version": 1, "name": "p", "waves": waves, **fields})


def names(plan: Plan) -> list[str]:
    return [found.name for found in find_unsupported(plan)]


def document() -> Document:
    return read_plan(TEXT, "money.yaml")


def test_everything_that_is_not_acted_on_is_an_error_with_its_line_and_the_way_out() -> None:
    problems = unsupported_problems(document(), document().plan)
    assert {problem.severity for problem in problems} == {"error"}
    assert sorted(problem.line or 0 for problem in problems) == sorted(ALL.values())
    for name, line in ALL.items():
        assert any(f"--ignore-unsupported {name}`" in (p.hint or "") and p.line == line for p in problems), name


@pytest.mark.parametrize("name", ALL)
def test_what_is_named_is_not_told_and_all_else_is(name: str) -> None:
    plan = document().plan
    told = unsupported_problems(document(), plan, [name])
    assert len(told) == len(ALL) - 1
    assert unsupported_problems(document(), plan, [name.rpartition(".")[2]]) == told
    assert not any(f"--ignore-unsupported {name}`" in (problem.hint or "") for problem in told)


def test_names_may_come_as_a_list_with_commas_or_as_all() -> None:
    plan = document().plan
    assert unsupported_problems(document(), plan, [", ".join(ALL)]) == ()
    assert unsupported_problems(document(), plan, ["all"]) == ()
    assert len(unsupported_problems(document(), plan, ["costs", "cost"])) == len(ALL)


def test_what_a_reader_took_from_prose_is_a_warning() -> None:
    read = example("epics.md")
    (told,) = unsupported_problems(read, read.plan)
    assert (told.severity, told.code) == ("warning", "unsupported")
    assert told.message.startswith("pipeline (in 7 places): this version does not act on it")


def test_an_agent_that_takes_the_place_of_all_others_leaves_them_untold() -> None:
    told = names(with_agent(document().plan, "writer"))
    assert "claude" not in told
    assert "roles" not in told
    assert "agents.model" in told
    assert "codex" in names(with_agent(document().plan, "codex"))


def test_an_agent_that_does_nothing_is_not_told() -> None:
    agents = {"default": {"kind": "claude"}, "other": {"kind": "scripted", "model": "x"}}
    plan = make_plan(
        agents=agents, waves=[{"id": "w", "jobs": [{"id": "a", "run": ["true"]}, {"id": "b", "done": True}]}]
    )
    assert names(plan) == []


@pytest.mark.parametrize(
    ("agent", "named"),
    [
        ({"kind": "scripted", "model": "m"}, ["agents.model"]),
        ({"kind": "scripted", "run": ["true"]}, ["agents.run"]),
        ({"kind": "command", "run": ["true"], "script": ["write a b"]}, ["agents.script"]),
        (
            {"kind": "command", "run": ["true"], "url": "http://x", "token": {"secret": "t"}},
            ["agents.url", "agents.token"],
        ),
        ({"kind": "command", "run": ["true"], "max_parallel": 2, "env": ["A"]}, []),
    ],
    ids=str,
)
def test_a_field_that_the_kind_of_agent_does_not_look_at_is_told(agent: Fields, named: list[str]) -> None:
    assert names(make_plan(agents={"default": agent})) == named


@pytest.mark.parametrize("kind", sorted(set(get_args(AgentKind)) - RUNNABLE))
def test_a_kind_of_agent_that_cannot_be_run_is_told_by_its_name(kind: AgentKind) -> None:
    plan = make_plan(agents={"default": Agent(kind=kind, url="http://x").model_dump()})
    assert names(plan) == [kind]
    assert f"cannot run agents of kind '{kind}'" in not_acted_on(plan)[0]


def test_a_gate_without_checks_that_an_agent_should_judge_is_told_as_what_it_is() -> None:
    (said,) = not_acted_on(make_plan(wave={"gate": {"decide": "agent"}}))
    assert said.startswith("gate.decide: this version does not act on it: without checks it says GO unjudged")
    (said,) = not_acted_on(make_plan(wave={"gate": {"decide": "agent", "checks": [{"check": ["true"]}]}}))
    assert "the checks alone decide" in said


def test_what_is_acted_on_is_not_named() -> None:
    contingency = [{"if_failed": "a", "instead": "Mock it."}, {"if_ahead": True, "instead": "Polish it."}]
    job = {"contingency": contingency, "out_of_scope": "allow", "locks": ["x"], "start": {"after": "1h"}}
    wave = {"gate": {"decide": "human"}, "barrier": False, "fail_fast": True}
    assert names(make_plan(job, wave, limits={"jobs": 2}, merge={"on_conflict": "skip", "push": "origin"})) == []
