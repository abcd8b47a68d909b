"""YAML text as a tree of nodes that keep their source text and line.

PyYAML's own composer resolves types on the way, recurses without a limit and takes five times as long.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, DocumentStartEvent, ScalarEvent

from plans.document import Step
from plans.errors import Problem

DEEPEST = 100
"""Levels of nesting; real plans have about ten."""

_TAGS = frozenset({None, *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))})
_Loader = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader


class YamlError(Exception):
    """What makes it senseless to read on."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


@dataclass(slots=True)
class Scalar:
    """One text; `plain` when it stands without quotes or tag, so that an empty one or `null` means nothing."""

    text: str
    line: int
    plain: bool


@dataclass(slots=True)
class Collection:
    """A list, or a mapping as its keys and values in turn."""

    is_list: bool
    line: int
    items: "list[Node]" = field(default_factory=list["Node"])


Node = Scalar | Collection


def compose(text: str, problems: list[Problem]) -> tuple[Node | None, int]:
    """Read one document: its root (None: it is empty) and how many nodes were written; problems are added.

    An alias is the very node it names, so the tree may share nodes and even hold itself.

    Raises:
        YamlError: what follows cannot be read.
        yaml.MarkedYAMLError: a syntax error.
    """
    return _Composer(problems).compose(yaml.parse(text, Loader=_Loader))


def pairs(mapping: Collection) -> Iterator[tuple[Node, Node]]:
    """Yield the keys and values of a mapping."""
    items = iter(mapping.items)
    return zip(items, items, strict=True)


def is_merge(key: Node) -> bool:
    """Return whether a key is `<<`, whose value's entries belong to the mapping itself."""
    return isinstance(key, Scalar) and key.plain and key.text == "<<"


def merged(value: Node) -> list[Node]:
    """Return the mappings that stand behind `<<`: one, or a list of them."""
    return value.items if isinstance(value, Collection) and value.is_list else [value]


@dataclass(frozen=True)
class NodeLines:
    """The line map of a YAML document; it looks a line up in the nodes when it is asked for."""

    root: Node | None

    def line(self, *path: Step) -> int | None:
        """Return the line of a field's name or of a list's entry, or of the nearest part above it."""
        here, nearest = self.root, None if self.root is None else self.root.line
        for step in path:
            found = _entry(here, step) if isinstance(here, Collection) else None
            if found is None:
                break
            nearest, here = found
        return nearest


def _entry(node: Collection, step: Step) -> tuple[int, Node] | None:
    """Return the line and the node of a part."""
    if node.is_list:
        known = isinstance(step, int) and step < len(node.items)
        return (node.items[step].line, node.items[step]) if known and isinstance(step, int) else None
    behind: list[Node] = []
    for key, value in pairs(node):
        if is_merge(key):
            behind += merged(value)
        elif isinstance(key, Scalar) and key.text == step:
            return key.line, value
    entries = (_entry(source, step) for source in behind if isinstance(source, Collection) and not source.is_list)
    return next((entry for entry in entries if entry is not None), None)


class _Composer:
    """Turns parser events into nodes, with a stack of its own, so that deep nesting is an error and no crash."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._anchors: dict[str, Node] = {}
        self._count = 0

    def compose(self, events: Iterable[yaml.Event]) -> tuple[Node | None, int]:
        roots: list[Node] = []
        items, above = roots, list[list[Node]]()
        for event in events:
            if isinstance(event, ScalarEvent):
                items.append(self._scalar(event))
            elif isinstance(event, CollectionEndEvent):
                items = above.pop()
            elif isinstance(event, CollectionStartEvent):
                node = self._collection(event, len(above))
                items.append(node)
                above.append(items)
                items = node.items
            elif isinstance(event, AliasEvent):
                items.append(self._aliased(event))
            elif isinstance(event, DocumentStartEvent) and roots:
                hint = "one file holds one plan: take out the `---` between them"
                raise YamlError(_problem("a second YAML document begins here", event, hint))
        return (roots[0] if roots else None), self._count

    def _scalar(self, event: ScalarEvent) -> Scalar:
        node = Scalar(event.value, _line(event), event.implicit[0] and event.tag is None)
        self._note(node, event)
        return node

    def _collection(self, event: CollectionStartEvent, depth: int) -> Collection:
        if depth >= DEEPEST:
            raise YamlError(_problem(f"nested more than {DEEPEST} levels deep", event))
        node = Collection(isinstance(event, yaml.SequenceStartEvent), _line(event))
        self._note(node, event)
        return node

    def _note(self, node: Node, event: ScalarEvent | CollectionStartEvent) -> None:
        """Count a node, check its tag and remember its anchor."""
        self._count += 1
        if event.tag not in _TAGS:
            hint = "leave the tag out: the field says what its value means"
            self._problems.append(_problem(f"the tag {event.tag!r} is not supported", event, hint))
        if event.anchor is not None:
            self._anchors[event.anchor] = node

    def _aliased(self, event: AliasEvent) -> Node:
        name = str(event.anchor)
        if name not in self._anchors:
            raise YamlError(_problem(f"the alias *{name} names no anchor", event, f'quote it if it is text: "*{name}"'))
        return self._anchors[name]


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return 0 if mark is None else mark.line + 1


def _problem(message: str, event: yaml.Event, hint: str | None = None) -> Problem:
    return Problem(message, line=_line(event), hint=hint, code="yaml")
