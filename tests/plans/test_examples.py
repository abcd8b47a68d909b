import re

import pytest

from plans.deferred import find_unsupported, unsupported_problems
from plans.lint import lint_plan
from plans.model import Start
from plans.read import read_plan
from plans.values import PlanModel
from plans.yaml.writer import write_plan
from tests.plans.examples import FOLDER, example, names

NAMES = names(".yaml")


def test_there_are_examples() -> None:
    assert {"quickstart.yaml", "full.yaml"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_has_no_problem_at_all(name: str) -> None:
    assert lint_plan(example(name)) == ()


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_acted_on_in_whole_or_says_itself_what_is_not(name: str) -> None:
    document = example(name)
    said = re.search(r"--ignore-unsupported (\S+)", FOLDER.joinpath(name).read_text(encoding="utf-8"))
    named = said[1].split(",") if said else []
    assert unsupported_problems(document, document.plan, named) == ()
    told = find_unsupported(document.plan)
    assert [name for name in named if not any(found.is_named([name]) for found in told)] == []


@pytest.mark.parametrize("name", NAMES)
def test_an_example_that_was_written_reads_back_equal(name: str) -> None:
    plan = example(name).plan
    written = write_plan(plan)
    assert read_plan(written.encode(), "written.yaml").plan == plan


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_named_as_its_file(name: str) -> None:
    assert f"{example(name).plan.name}.yaml" == name


@pytest.mark.parametrize("name", NAMES)
def test_the_list_of_examples_names_it(name: str) -> None:
    assert f"({name})" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", PlanModel.__subclasses__(), ids=lambda model: model.__name__)
def test_the_full_example_has_every_field(model: type[PlanModel]) -> None:
    text = FOLDER.joinpath("full.yaml").read_text(encoding="utf-8")
    # A condition is of one kind each time; the other kinds are in tracks.yaml and in the format's description.
    fields = set(model.model_fields) - ({"all", "done", "exists"} if model is Start else set())
    assert {name for name in fields if f"{name}:" not in text} == set()


def test_the_quickstart_shows_what_the_demo_promises() -> None:
    plan = example("quickstart.yaml").plan
    assert (len(plan.waves), len(plan.lanes)) == (2, 3)
    assert len(plan.jobs) >= 6
    assert all(job.run and job.estimate for job in plan.jobs.values())
    assert any(plan.jobs[need].lane != job.lane for job in plan.jobs.values() for need in job.needs)
    assert any(isinstance(tier, tuple) for tier in plan.merge.order)
    assert plan.merge.checks
    assert [wave.gate.decide for wave in plan.waves if wave.gate] == ["checks", "human"]
    assert all(wave.gate and wave.gate.checks for wave in plan.waves)
