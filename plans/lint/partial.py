"""What can be said of a plan with errors of shape: names and cycles among the parts that do have one.

Values that are wrong are taken out, or something without a meaning is put in their place, until the rest is a plan.
Nothing is told that could come of what was taken out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import ValidationError

from plans.document import Document, LineMap, Path, Step
from plans.errors import Problem
from plans.lint import names, order
from plans.lint.subject import Rule, Subject
from plans.model import Plan
from plans.text.suggest import nearest
from plans.yaml.shape import Fault, faults_of

_ROUNDS = 8
"""Behind an error others may come to light, such as those of a part whose kind was not known."""
_HOLDERS: Mapping[str, str] = {
    "waves": "jobs",
    "jobs": "jobs",
    "tracks": "tracks",
    "agents": "agents",
    "needs": "needs",
}
"""What is lost with a value of a field."""
_ALL = frozenset(_HOLDERS.values())
_RULES: tuple[tuple[Rule, frozenset[str]], ...] = (
    (names.duplicate_ids, frozenset()),
    (names.twice_in_merge_order, frozenset()),
    (names.unknown_needs, frozenset({"jobs"})),
    (names.contingencies, frozenset({"jobs", "needs"})),
    (names.unknown_tracks, frozenset({"jobs", "tracks"})),
    (names.unknown_in_starts, frozenset({"jobs", "tracks"})),
    (names.unknown_agents, frozenset({"agents"})),
    (order.cycles, frozenset()),
    (order.starts_after_itself, frozenset()),
)
"""Rules, each with what must not be lost for what it says to be true."""
_NO_ID = "_without_id_"
_GONE: Final = object()


def problems_of_the_rest(value: object, lines: LineMap, name: str, *, is_whole: bool) -> tuple[Problem, ...]:
    """Return the errors among the sound parts of a value.

    Args:
        value: what stands in the document; it is not changed.
        lines: where its parts stand.
        name: the document's name.
        is_whole: whether all that was written is in the value: it is not where a key stands twice.
    """
    rest = _Rest(value)
    plan = rest.plan()
    if plan is None:
        return ()
    subject = Subject(Document(plan, name, _Moved(lines, rest.kept)))
    lost = rest.lost if is_whole else _ALL
    found = (problem for rule, needed in _RULES if not needed & lost for problem in rule(subject))
    return tuple(p for p in found if p.severity == "error" and _NO_ID not in p.message)


@dataclass
class _Rest:
    """A value, as far as it is sound.

    Attributes:
        kept: for each list without some of its entries, by its place: the places of those that are left.
        lost: what is not known completely, of the values of `_HOLDERS`.
    """

    whole: object
    kept: dict[Path, Sequence[int]] = field(default_factory=dict[Path, Sequence[int]])
    lost: set[str] = field(default_factory=set[str])
    _instead: dict[Path, object] = field(default_factory=dict[Path, object])
    """What stands in the place of a value; `_GONE`: nothing."""

    def plan(self) -> Plan | None:
        """Take out what is wrong, over and over; None: no plan is left."""
        for _ in range(_ROUNDS):
            self.kept.clear()
            value = self._sound(self.whole, ())
            try:
                return Plan.model_validate(value)
            except ValidationError as error:
                for fault in faults_of(error, value):
                    self._mend(fault, _moved(fault.path, self.kept))
            if () in self._instead:
                break
        return None

    def _sound(self, value: object, path: Path) -> object:
        if path in self._instead:
            return self._instead[path]
        if isinstance(value, dict):
            below: dict[str, object] = {str(key): item for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # a document may hold anything
            added = {str(at[-1]): item for at, item in self._instead.items() if at and at[:-1] == path}
            found = {key: self._sound(item, (*path, key)) for key, item in {**below, **added}.items()}
            return {key: item for key, item in found.items() if item is not _GONE}
        if isinstance(value, list):
            entries = [self._sound(item, (*path, at)) for at, item in enumerate(value)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # the same
            left = [at for at, entry in enumerate(entries) if entry is not _GONE]
            if len(left) < len(entries):
                self.kept[path] = left
            return [entries[at] for at in left]
        return value

    def _mend(self, fault: Fault, path: Path) -> None:
        """Take a value out, or put another in its place; where a field is missing, its part goes if nothing can be."""
        kind, last = fault.details["type"], fault.details["loc"][-1:]
        at = (*path, str(last[0])) if kind == "missing" else path
        if kind == "too_short" and fault.value:
            return  # it has too few entries without faults: those with faults go first
        if kind == "extra_forbidden" or last == ("[key]",):
            self._note_misspelt(path)
            if last == ("[key]",):
                self._note_loss(path[:-1])
            self._instead[path] = _GONE
        elif kind == "too_short" and path[-1:] == ("jobs",):
            self._instead[path[:-1]] = _GONE
        else:
            self._note_loss(at)
            stand_in = _stand_in(at, len(self._instead))
            is_new = stand_in is not None and at not in self._instead
            self._instead[at if is_new else path] = stand_in if is_new else _GONE

    def _note_misspelt(self, path: Path) -> None:
        """A field that nobody knows may be what one should have been that others depend on."""
        meant = nearest(str(path[-1]), _HOLDERS) if path else None
        if meant is not None:
            self.lost.add(_HOLDERS[meant])

    def _note_loss(self, path: Path) -> None:
        fields = [step for step in path if isinstance(step, str)]
        if not fields:
            self.lost |= _ALL
        elif fields[0] in _HOLDERS and fields[-1] in _HOLDERS:
            self.lost.add(_HOLDERS[fields[-1]])
        elif fields[-1] == "id":
            self.lost.add(_HOLDERS[fields[-2]])


_STAND_INS: Mapping[Path, object] = {
    ("version",): 1,
    ("name",): "plan",
    ("waves", 0, "barrier"): "false",  # a barrier orders jobs, so it might close a cycle
    ("agents", "*"): {"kind": "scripted"},
    ("agents", "*", "kind"): "scripted",
}
_PARTS_WITH_ID: frozenset[Path] = frozenset({("waves", 0), ("tracks", 0), ("waves", 0, "jobs", 0)})


def _stand_in(path: Path, number: int) -> object | None:
    """Return what may stand in a place without meaning anything; None: better nothing."""
    kind: Path = tuple(0 if isinstance(step, int) else step for step in path)
    if kind[-1:] == ("id",) and kind[:-1] in _PARTS_WITH_ID:
        return f"{_NO_ID}{number}"
    return _STAND_INS.get(("agents", "*", *kind[2:]) if kind[:1] == ("agents",) and len(kind) > 1 else kind)


def _moved(path: Path, kept: Mapping[Path, Sequence[int]]) -> Path:
    """Return the place in the whole value of a place in what is left of it."""
    found: Path = ()
    for step in path:
        left = kept.get(found, ())
        found = (*found, left[step] if isinstance(step, int) and step < len(left) else step)
    return found


@dataclass(frozen=True)
class _Moved:
    """The lines of the whole document, asked for by places in what is left of it."""

    lines: LineMap
    kept: Mapping[Path, Sequence[int]]

    def line(self, *path: Step) -> int | None:
        return self.lines.line(*_moved(path, self.kept))
