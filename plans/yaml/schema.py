"""The plan format as a JSON Schema, for editors and other programs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from plans.durations import format_duration
from plans.model import Plan

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _PlanSchema(GenerateJsonSchema):
    """Pydantic's schema, as lenient as reading is: for an id, `2` and `1.10` are taken as they are written."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        json_schema = super().str_schema(schema)
        return json_schema if "pattern" not in json_schema else {**json_schema, "type": ["string", "number"]}

    def encode_default(self, dft: object) -> object:
        """Return a default as plans write it."""
        return format_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def plan_schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of a plan; the descriptions are those of the model's docstrings."""
    schema: Mapping[str, object] = Plan.model_json_schema(schema_generator=_PlanSchema)
    return {"$schema": DIALECT, **schema, "title": "planwave plan"}
