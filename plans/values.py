"""What the fields of a plan are made of: the base of its models, and the kinds of values that many fields hold."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from plans.git_names import as_base, check_branch, check_new_branch, check_part


class PlanModel(BaseModel):
    """What all parts of a plan share: they never change, and a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=100)]
Id = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$", max_length=100), AfterValidator(check_part)
]
Branch = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(check_branch)]
NewBranch = Annotated[Branch, AfterValidator(check_new_branch)]
Base = Annotated[Branch | None, AfterValidator(as_base)]
Argv = Annotated[tuple[str, ...], Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
