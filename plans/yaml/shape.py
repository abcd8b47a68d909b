"""From plain values to a `Plan`: pydantic's errors in words for people, with lines.

Every reader ends here, so a wrong field is told in the same way whatever the plan was written in.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from plans.document import LineMap, Path, Step
from plans.errors import Problem
from plans.model import Plan
from plans.text.suggest import did_you_mean
from plans.values import PlanModel

_WANTED = {
    "string_type": "text",
    "tuple_type": "a list",
    "mapping_type": "a mapping",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of a sensible size",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number that is not infinite",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
}
"""What the field takes, by pydantic's error type."""
_BRANCH_TYPES = frozenset({"string_type", "tuple_type", "mapping_type", "dict_type", "model_type"})
_ARGV_FIELDS = frozenset({"run", "check"})
_SLUG_WORDS = "lower-case letters, digits and '-', with a letter or digit at both ends"
_ID_WORDS = "letters, digits, '.', '_' and '-', and no '.' or '-' at the start"


class Fault(NamedTuple):
    """One error of pydantic's, with its place in the value."""

    details: ErrorDetails
    path: Path
    value: object
    union: Path | None
    """The place of the union one of whose branches was tried."""


def read_shape(value: object, lines: LineMap) -> tuple[Plan | None, tuple[Problem, ...]]:
    """Return the plan, or None and everything that is wrong with the shape of the value."""
    try:
        return Plan.model_validate(value), ()
    except ValidationError as error:
        faults = faults_of(error, value)
    return None, tuple(_problem(fault, wanted, lines) for fault, wanted in _judge(faults))


def faults_of(error: ValidationError, value: object) -> list[Fault]:
    """Return the errors of a value, each with its place."""
    return [_locate(details, value) for details in error.errors(include_url=False)]


def _locate(details: ErrorDetails, value: object) -> Fault:
    """Find an error's place.

    Pydantic puts the names of a union's branches into its locations: steps that lead nowhere in the value.
    """
    path, union, here = list[Step](), None, value
    for step in details["loc"]:
        inside = _inside(here)
        if step in inside:
            path.append(step)
            here = inside[step]
        elif step != "[key]" and details["type"] != "missing":
            union = tuple(path)
        elif step == details["loc"][-1] and details["type"] == "missing":
            break
    return Fault(details, tuple(path), here, union)


def _inside(value: object) -> Mapping[Step, object]:
    if isinstance(value, dict):
        return {key: below for key, below in value.items() if isinstance(key, str)}  # pyright: ignore[reportUnknownVariableType]  # a document may hold anything
    if isinstance(value, list | tuple):
        return dict(enumerate(value))  # pyright: ignore[reportUnknownArgumentType]  # a document may hold anything
    return {}


def _judge(faults: list[Fault]) -> Iterator[tuple[Fault, str]]:
    """Yield the faults that say something, each with what was wanted in its place (for wrong types)."""
    wanted: dict[Path, list[str]] = {}
    meant: set[Path] = set()
    for fault in faults:
        if fault.union is not None and _is_other_branch(fault):
            wanted.setdefault(fault.union, []).append(_WANTED[fault.details["type"]])
        elif fault.union is not None:
            meant.add(fault.union)
    told: set[Path] = set()
    for fault in faults:
        kind = fault.details["type"]
        if kind == "too_short" and fault.value:
            continue  # pydantic counts only the entries without faults
        if fault.union is None or not _is_other_branch(fault):
            yield fault, _WANTED.get(kind, "")
        elif fault.union not in meant | told:
            told.add(fault.union)
            yield fault, " or ".join(dict.fromkeys(wanted[fault.union]))


def _is_other_branch(fault: Fault) -> bool:
    """Return whether the fault says just that the value is of another of the union's kinds."""
    return fault.path == fault.union and fault.details["type"] in _BRANCH_TYPES


def _problem(fault: Fault, wanted: str, lines: LineMap) -> Problem:
    message, hint = _words(fault, wanted)
    return Problem(message, line=lines.line(*fault.path), hint=hint, code=_CODES.get(fault.details["type"], "shape"))


_CODES = {"extra_forbidden": "unknown-field", "missing": "missing-field"}


def _words(fault: Fault, wanted: str) -> tuple[str, str | None]:
    """Return the message and the hint."""
    path, kind = fault.path, fault.details["type"]
    if wanted:
        message = f"{_label(path)} must be {wanted}, not {_shown(fault.value)}"
        return message, _list_hint(fault) if "list" in wanted else None
    if kind == "extra_forbidden":
        message = f"unknown field {path[-1]!r} in {_owner(path[:-1])}"
        return message, did_you_mean(str(path[-1]), _fields_at(path[:-1]))
    if kind == "literal_error":
        return _literal_words(fault)
    return _value_words(fault), None


def _value_words(fault: Fault) -> str:
    details, label = fault.details, _label(fault.path)
    context = details.get("ctx", {})
    match details["type"]:
        case "missing":
            return f"{_owner(fault.path)} has no {details['loc'][-1]!r}, which it needs"
        case "string_pattern_mismatch":
            words = _ID_WORDS if "A-Z" in str(context["pattern"]) else _SLUG_WORDS
            named = fault.path[-1] if details["loc"][-1] == "[key]" else fault.value
            return f"{label} must be made of {words}, not {_shown(named)}"
        case "too_short":
            return f"{label} must not be empty"
        case "value_error":
            return f"{label}: {context['error']}"
        case _:
            said = details["msg"].removeprefix("Input ").removeprefix("String ")
            return f"{label} {said}, not {_shown(fault.value)}"


def _literal_words(fault: Fault) -> tuple[str, str | None]:
    expected = str(fault.details.get("ctx", {})["expected"])
    if fault.path == ("version",):
        return f"'version' must be 1, not {_shown(fault.value)}", "this is the only version of the plan format there is"
    known = [word for word in expected.split("'") if word not in {"", ", ", " or "}]
    is_key = fault.details["loc"][-1] == "[key]"
    got = str(fault.path[-1]) if is_key else str(fault.value)
    return f"{_label(fault.path)} must be {expected}, not {_shown(got)}", did_you_mean(got, known)


def _list_hint(fault: Fault) -> str | None:
    if not isinstance(fault.value, str):
        return "leave the field out, or write []" if fault.value is None else None
    if fault.path and fault.path[-1] in _ARGV_FIELDS:
        words = ", ".join(f'"{word}"' for word in fault.value.split())
        return f"write the program and its arguments one by one: [{words}]"
    return f"write [{fault.value}]"


def _label(path: Path) -> str:
    """Name the value at a path by its field."""
    if not path:
        return "a plan"
    if isinstance(path[-1], int):
        return f"entry {path[-1] + 1} of {_label(path[:-1])}"
    return repr(path[-1])


def _owner(path: Path) -> str:
    """Name the part at a path as plans call it: a job, a wave, a gate ..."""
    named = [step for step in path if isinstance(step, str)]
    if not named:
        return "the plan"
    return {"jobs": "a job", "waves": "a wave", "tracks": "a track"}.get(named[-1], repr(named[-1]))


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _fields_at(path: Path) -> frozenset[str]:
    """Return the fields that may stand in the part at a path."""
    models: set[type[PlanModel]] = {Plan}
    for step in path:
        found = {
            below
            for model in models
            if step in model.model_fields
            for below in _models_in(model.model_fields[str(step)].annotation)
        }
        models = found or models  # a place in a list or a name of the user's leads to no other model
    return frozenset(field for model in models for field in model.model_fields)


def _models_in(annotation: object) -> Iterator[type[PlanModel]]:
    if isinstance(annotation, type) and issubclass(annotation, PlanModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
