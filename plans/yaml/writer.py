"""A plan as canonical YAML: what equals the default is left out, and reading it back gives an equal plan."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from plans.document import Document, Path
from plans.errors import place_of
from plans.model import Plan
from plans.yaml.scalars import block, inline

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

_FLOW_WIDTH = 80
"""The widest list that is written in one line."""
_FLOW_WORD = 40
"""The longest text that stands in such a list: sentences get a line each."""


def write_document(document: Document) -> str:
    """Write a plan as YAML; one that is from Markdown with the line before each wave, track and job that it is from."""
    return write_plan(document.plan, comments=None if document.form == "yaml" else _origins(document))


def _origins(document: Document) -> Mapping[Path, str]:
    plan, name = document.plan, document.name
    paths: list[Path] = [("tracks", at) for at in range(len(plan.tracks))]
    for at, wave in enumerate(plan.waves):
        paths += [("waves", at), *(("waves", at, "jobs", number) for number in range(len(wave.jobs)))]
    lines = ((path, document.lines.line(*path)) for path in paths)
    said = {(): f"From {name}", **{path: place_of(name, line) for path, line in lines if line is not None}}
    return {path: "".join(c if c.isprintable() else "?" for c in text) for path, text in said.items()}


def write_plan(plan: Plan, *, comments: Mapping[Path, str] | None = None) -> str:
    """Write a plan as YAML.

    Args:
        plan: the plan.
        comments: comments by the path of the entry that each is put before; what is left out passes its comment on to
            what it would stand in.
    """
    data: Mapping[str, Json] = plan.model_dump(mode="json", exclude_defaults=True)
    return "".join(f"{line}\n" for line in _Writer(_settled(comments or {}, data)).document(data))


def _settled(comments: Mapping[Path, str], data: Json) -> Mapping[Path, list[str]]:
    """Return the comments' lines by the paths that are written."""
    settled: dict[Path, list[str]] = {}
    for path, comment in comments.items():
        settled.setdefault(_written(path, data), []).extend(comment.splitlines())
    return settled


def _written(path: Path, data: Json) -> Path:
    here = data
    for depth, step in enumerate(path):
        if isinstance(here, Mapping) and step in here:
            here = here[str(step)]
        elif isinstance(here, Sequence) and not isinstance(here, str) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return path[:depth]
    return path


class _Writer:
    def __init__(self, comments: Mapping[Path, Sequence[str]]) -> None:
        self._comments = comments
        self._commented_inside = {path[:length] for path in comments for length in range(len(path))}

    def document(self, data: Mapping[str, Json]) -> Iterator[str]:
        """Yield the lines of the whole plan."""
        yield from self._comment((), "")
        yield from self._mapping(data, (), "")

    def _mapping(self, value: Mapping[str, Json], path: Path, pad: str) -> Iterator[str]:
        for key, below in value.items():
            yield from self._comment((*path, key), pad)
            yield from self._value(f"{pad}{inline(key)}:", below, (*path, key), f"{pad}  ")

    def _list(self, value: Sequence[Json], path: Path, pad: str) -> Iterator[str]:
        for place, below in enumerate(value):
            yield from self._comment((*path, place), pad)
            if isinstance(below, str) or not self._has_lines((*path, place), below):
                yield from self._value(f"{pad}-", below, (*path, place), f"{pad}  ")
            else:
                yield from _dashed(self._lines(below, (*path, place), f"{pad}  "), pad)

    def _value(self, head: str, value: Json, path: Path, pad: str) -> Iterator[str]:
        """Yield a key or dash with its value, beside it or below it."""
        literal = block(value) if isinstance(value, str) else None
        if literal is not None:
            header, lines = literal
            yield f"{head} {header}"
            yield from (f"{pad}{line}" if line else "" for line in lines)
        elif self._has_lines(path, value):
            yield head
            yield from self._lines(value, path, pad)
        else:
            yield f"{head} {_flow(value)}"

    def _lines(self, value: Json, path: Path, pad: str) -> Iterator[str]:
        if isinstance(value, Mapping):
            return self._mapping(value, path, pad)
        assert isinstance(value, Sequence), "only lists and mappings have lines of their own"
        return self._list(value, path, pad)

    def _has_lines(self, path: Path, value: Json) -> bool:
        """Return whether a value takes lines of its own, below its key."""
        if isinstance(value, Mapping):
            return bool(value)
        if isinstance(value, str) or not isinstance(value, Sequence) or not value:
            return False
        return path in self._commented_inside or not _is_short(value) or len(_flow(value)) > _FLOW_WIDTH

    def _comment(self, path: Path, pad: str) -> Iterator[str]:
        return (f"{pad}# {line}".rstrip() for line in self._comments.get(path, ()))


def _dashed(lines: Iterable[str], pad: str) -> Iterator[str]:
    """Put the dash of a list before the first line that is not a comment."""
    begun = False
    for line in lines:
        if begun or line.lstrip().startswith("#"):
            yield line if begun else f"{pad}{line.lstrip()}"
        else:
            begun = True
            yield f"{pad}- {line.lstrip()}"


def _is_short(value: Sequence[Json]) -> bool:
    return all(
        _is_short(entry)
        if isinstance(entry, Sequence) and not isinstance(entry, str)
        else not isinstance(entry, Mapping) and len(str(entry)) <= _FLOW_WORD
        for entry in value
    )


def _flow(value: Json) -> str:
    """Return a scalar, or a list or mapping of such, in one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return inline(value)
        case Mapping():
            return "{" + ", ".join(f"{inline(key)}: {_flow(below)}" for key, below in value.items()) + "}"
        case _:
            return "[" + ", ".join(_flow(entry) for entry in value) + "]"
