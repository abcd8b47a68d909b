"""A thing that a document names: a wave, a track, an agent or a task, with what is said of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from plans.markdown.mentions.fields import Field
from plans.markdown.source.labels import Label
from plans.markdown.source.outline import Node
from plans.markdown.source.words import FieldName, Kind

Form = Literal["heading", "item", "tree", "row", "launch"]

_TELLING: frozenset[FieldName] = frozenset(
    {"files", "create", "modify", "needs", "estimate", "agent", "output", "branch", "criteria", "steps"}
)
_STRONG: frozenset[FieldName] = frozenset(
    {"files", "create", "modify", "needs", "agent", "branch", "estimate", "workspace"}
)


@dataclass(eq=False)
class Entity:
    """A thing that the document names."""

    label: Label
    line: int
    form: Form
    quiet: bool
    """It stands where the document speaks of things again (progress, commands, criteria) or of something else."""
    body: list[Field | Node] = field(default_factory=list[Field | Node])
    """What is said of it, besides the things in it."""
    parts: list["Entity"] = field(default_factory=list["Entity"])
    checked: bool | None = None
    cells: dict[FieldName, Field] = field(default_factory=dict[FieldName, Field])
    """A table row's cells by what their columns hold."""
    group: Label | None = None
    """The group that it belongs to by a column of its own, or by what it is called."""
    lane: Label | None = None
    """The track that a row's own column names."""

    @property
    def kind(self) -> Kind:
        """What it is by its word."""
        return self.label.kind

    @property
    def fields(self) -> Iterator[Field]:
        """What is said of it under names that are known."""
        yield from self.cells.values()
        yield from self.own_fields

    @property
    def own_fields(self) -> Iterator[Field]:
        """What is said of it under names that are known, besides the cells of its row."""
        return (part for part in self.body if isinstance(part, Field))

    @property
    def rest(self) -> Iterator[Node]:
        """What is said of it otherwise."""
        return (part for part in self.body if isinstance(part, Node))

    def walk(self) -> Iterator["Entity"]:
        """Yield this and all things in it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def has_evidence(self) -> bool:
        """Return whether something of its own says that it is work: files, dependencies, an estimate, an agent."""
        return any(one.name in _TELLING for one in self.fields)

    @property
    def is_assigned(self) -> bool:
        """Return whether it says of itself where, after what, by whom or for how long it is worked on."""
        return any(one.name in _STRONG and (one.text.strip() or one.below) for one in self.fields)

    @property
    def has_work(self) -> bool:
        """Return whether anything that could be work stands below it: fields, lists, things of its own."""
        return (
            self.has_evidence
            or bool(self.parts)
            or any(node.kind in {"item", "fence", "section"} for node in self.rest)
        )
