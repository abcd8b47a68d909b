from collections.abc import Mapping
from typing import cast

import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator

from plans.model import Job, Plan
from plans.yaml.schema import DIALECT, plan_schema
from plans.yaml.writer import write_plan
from tests.effort import examples
from tests.plans.strategies import plans

SCHEMA = plan_schema()


def errors_in(plan: str) -> list[str]:
    found = Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(plan))  # pyright: ignore[reportUnknownMemberType]  # half typed
    return [error.message for error in found]


def test_defaults_are_written_as_plans_write_them() -> None:
    definitions = cast("Mapping[str, Mapping[str, Mapping[str, Mapping[str, object]]]]", SCHEMA["$defs"])
    assert definitions["Check"]["properties"]["timeout"]["default"] == "30m"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == DIALECT
    assert SCHEMA["title"] == "planwave plan"
    assert SCHEMA["description"] == Plan.__doc__


@given(plans())
@examples(30)
def test_canonical_plans_are_valid(plan: Plan) -> None:
    assert errors_in(write_plan(plan)) == []


def test_every_field_of_a_job_that_a_docstring_explains_says_so_in_the_editor() -> None:
    definitions = cast("Mapping[str, Mapping[str, Mapping[str, Mapping[str, object]]]]", SCHEMA["$defs"])
    explained = {name: field.description for name, field in Job.model_fields.items() if field.description}
    assert len(explained) >= 10
    for name, description in explained.items():
        assert definitions["Job"]["properties"][name]["description"] == description


@pytest.mark.parametrize(
    ("job", "valid"),
    [
        ("{id: a}", True),
        ("{id: 1}", True),
        ("{id: 1, needs: [2]}", True),
        ("{id: a, estimate: 2h}", True),
        ("{id: a, neds: [b]}", False),
        ("{id: a, needs: b}", False),
        ("{id: a b}", False),
        ("{}", False),
    ],
)
def test_an_editor_shows_the_mistakes_that_reading_tells(job: str, valid: bool) -> None:
    assert bool(errors_in(f"{{version: 1, name: p, waves: [{{id: w, jobs: [{job}]}}]}}")) is not valid
