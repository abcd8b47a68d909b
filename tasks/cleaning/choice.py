"""What of planwave's home may go: what it holds, what must stay whatever its age, and what is older than was asked."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, get_args

Kind = Literal["workspaces", "logs", "checks", "runs", "attic", "leftovers", "gone", "hubs"]
KINDS: tuple[Kind, ...] = get_args(Kind)

AGE = timedelta(days=30)
"""How old what people read must be, where nothing else is asked."""
AGES: Mapping[Kind, timedelta] = {
    **dict.fromkeys(KINDS, AGE),
    # Nobody reads these, and a run makes them anew.
    "workspaces": timedelta(0),
    "leftovers": timedelta(0),
    "gone": timedelta(0),
}
_AGED: tuple[Kind, ...] = ("workspaces", "logs", "checks", "runs", "attic")
"""What `--older-than` is about."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PART = r"([0-9]{1,6})([smhdw])"


@dataclass(frozen=True, order=True)
class Thing:
    """One thing that may go, if it is old enough."""

    kind: Kind
    hub: str
    """The name of the hub it belongs to; empty: to none."""
    plan: str
    """The plan it belongs to; empty: to none."""
    place: str
    """A path below the home, or for the attic a prefix of refs in the hub."""
    used: float
    """When it was used last, in seconds since the epoch."""
    keeps_folder: bool = False
    """What is in the folder goes, and an empty folder stays: attempts go on counting."""


@dataclass(frozen=True, order=True)
class Held:
    """Something that stays, whatever its age."""

    place: str
    why: str
    """A whole sentence, but for its beginning, the place."""


@dataclass(frozen=True)
class Packable:
    """A hub whose objects would be fewer files."""

    hub: str
    loose: int
    """Objects that are a file each."""
    packs: int
    """Packs that would be one."""


@dataclass(frozen=True)
class Found:
    """What a look through the home found."""

    things: tuple[Thing, ...] = ()
    held: tuple[Held, ...] = ()


@dataclass(frozen=True)
class Cleaning:
    """What is to be done, in order; done by another process, or never, it is the same."""

    things: tuple[Thing, ...]
    held: tuple[Held, ...]
    hubs: tuple[Packable, ...] = ()
    sizes: Mapping[Thing, int] = field(default_factory=dict[Thing, int])
    """The bytes that each frees; those of the attic free none, for a hub never loses an object."""

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to do."""
        return not self.things and not self.hubs

    def rows(self, *, of: Iterable[Thing] | None = None) -> list[tuple[Kind, str, str, int, int]]:
        """Return kind, hub, plan, number of things and bytes, together for each kind and plan."""
        counted: dict[tuple[Kind, str, str], tuple[int, int]] = {}
        for thing in self.things if of is None else of:
            key = (thing.kind, thing.hub, thing.plan)
            number, size = counted.get(key, (0, 0))
            counted[key] = (number + 1, size + self.sizes.get(thing, 0))
        return [(*key, *counted[key]) for key in sorted(counted, key=lambda key: (KINDS.index(key[0]), *key[1:]))]


def parse_age(text: str) -> timedelta:
    """Read an age as people give it to programs that clean up: `30d`, `12h`, `2w`, `1d12h`, `0`.

    A day is 24 hours here: this is time that passes, and plans speak of work (`plans.durations`).

    Raises:
        ValueError: it is no age.
    """
    if text.strip() == "0":
        return timedelta(0)
    if not re.fullmatch(f"(?:{_PART})+", text.strip()):
        raise ValueError(f"{text!r} is no age: write 30d, 12h, 2w, 1d12h or 0")
    parts = re.findall(_PART, text)
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta(0))


def choose(found: Found, *, now: float, older_than: timedelta | None = None, only: Iterable[Kind] = ()) -> Cleaning:
    """Return what is to go.

    Args:
        found: what there is.
        now: seconds since the epoch.
        older_than: how long ago it must have been used last; None: as `AGES` says for each kind.
        only: these kinds alone; none: all.
    """
    kinds = frozenset(only) or frozenset(KINDS)
    asked = {} if older_than is None else dict.fromkeys(_AGED, older_than)
    ages = {**AGES, **asked}
    goes = (
        thing for thing in found.things if thing.kind in kinds and now - thing.used >= ages[thing.kind].total_seconds()
    )
    return Cleaning(tuple(sorted(goes)), tuple(sorted(found.held)))


def roll_up(sizes: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """Return the packs that should be one, by name: each that stays is at least twice as large as all below it.

    So an object is written anew as often as the logarithm of the number of packs says, and a large pack seldom.

    Args:
        sizes: name and size of each pack.
    """
    ordered = sorted(sizes, key=lambda pack: (pack[1], pack[0]))
    together, count = 0, 0
    for place, (_, size) in enumerate(ordered):
        if place and size < 2 * together:
            count = place + 1
        together += size
    return tuple(name for name, _ in ordered[:count])
