"""Waves and jobs that stand only as data in a fence: JSON or YAML with lists of tasks."""

from collections.abc import Iterator, Mapping

from plans.markdown.assembly.groups import Group
from plans.markdown.assembly.leaves import Leaf
from plans.markdown.mentions.entity import Entity
from plans.markdown.mentions.fields import Field, column_name
from plans.markdown.source.labels import Label, kind_of, read_label
from plans.markdown.source.outline import Node
from plans.markdown.source.regions import shows_data
from plans.markdown.source.text import plain
from plans.markdown.source.words import FieldName
from plans.yaml.tree import Value, read_tree

_LANGUAGES = frozenset({"json", "jsonc", "json5", "yaml", "yml"})
_TITLES = ("title", "name", "task", "summary", "description", "goal", "objective")
_KEYS = ("id", "key", "task_id", "issue", "number", "ref")
_LONGEST = 200_000
_TELLING: frozenset[FieldName] = frozenset(
    {"files", "create", "modify", "needs", "agent", "estimate", "branch", "prompt", "steps"}
)


def groups_in_data(outline: Node) -> list[Group]:
    """Return the waves of the first fence that holds some, else one group of the jobs that one lists; maybe nothing."""
    for fence in _fences(outline, quiet=False):
        tree = read_tree(fence.text).value
        line = fence.line
        waves = [group for group in _waves(tree, line) if group.leaves]
        if waves:
            return waves
        jobs = [leaf for _, value in _lists(tree) if (leaf := _job(value, line)) is not None]
        if len(jobs) >= 2:
            return [Group(("",), Label("group", "", "", ""), line, leaves=jobs)]
    return []


def _fences(node: Node, *, quiet: bool) -> Iterator[Node]:
    for child in node.children:
        if child.kind == "fence" and not quiet and child.info.lower() in _LANGUAGES and len(child.text) <= _LONGEST:
            yield child
        elif child.kind != "fence":
            about = child.kind == "section" and shows_data(child.text, child.place)
            yield from _fences(child, quiet=quiet or about)


def _waves(value: Value, line: int) -> Iterator[Group]:
    """Find a list, or a mapping by names, of what is called waves, phases or batches."""
    if not isinstance(value, dict):
        return
    for key, below in value.items():
        kind = kind_of(key.replace("_", " "))
        if kind == "group" and isinstance(below, list | dict):
            word = key.replace("_", " ").lower().rstrip("s")
            entries = (
                list(below.items()) if isinstance(below, dict) else [(str(at), one) for at, one in enumerate(below, 1)]
            )
            for name, entry in entries:
                yield _wave(word, name, entry, line)
        elif isinstance(below, dict):
            yield from _waves(below, line)


def _wave(word: str, name: str, entry: Value, line: int) -> Group:
    told = entry if isinstance(entry, dict) else {}
    title = next((str(told[key]) for key in _TITLES if isinstance(told.get(key), str)), "")
    number = next((str(told[key]) for key in (*_KEYS, word) if isinstance(told.get(key), str)), name)
    label = read_label(f"{word} {number}") or Label("group", word, number, "")
    group = Group((f"{word} {label.key}".lower(),), label._replace(title=title), line)
    group.leaves = [leaf for _, value in _lists(entry) if (leaf := _job(value, line)) is not None]
    return group


def _lists(value: Value) -> Iterator[tuple[str, Value]]:
    """Yield the entries of all lists in a value."""
    if isinstance(value, list):
        for one in value:
            yield "", one
    elif isinstance(value, dict):
        for below in value.values():
            if isinstance(below, list | dict):
                yield from _lists(below)


def _job(value: Value, line: int) -> Leaf | None:
    """Read a mapping as a job: it has a title, and something that says that it is work."""
    if not isinstance(value, dict):
        return None
    title = next((str(value[key]) for key in _TITLES if isinstance(value.get(key), str)), "")
    key = next((str(value[name]) for name in _KEYS if isinstance(value.get(name), str)), "")
    cells = dict(_cells(value, line))
    if not title or not (key or _TELLING & {*cells}):
        return None
    return Leaf(Entity(Label("job", "", key, plain(title)), line, "row", quiet=False, cells=cells), ())


def _cells(value: Mapping[str, Value], line: int) -> Iterator[tuple[FieldName, Field]]:
    for key, one in value.items():
        name = column_name(key.replace("_", " "))
        if name is None or name in {"title", "id"}:
            continue
        listed = [str(part) for part in one if isinstance(part, str)] if isinstance(one, list) else []
        quoted = ", ".join(f"`{part}`" if name in {"files", "create", "modify", "read"} else part for part in listed)
        text = one if isinstance(one, str) else quoted
        if text:
            yield name, Field(name, key, text, line)
