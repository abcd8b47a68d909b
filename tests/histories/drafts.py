"""Plans whose results can be told from their text: what a job writes follows from what it says and what it needs.

A `Draft` is such a plan as a person has it in mind, before it is written down; every draft can be run. Each job may
have a file of its own, and may share another with other jobs, which then need one another in the order of the plan.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations
from pathlib import Path
from typing import Literal

PlanDict = Mapping[str, object]
How = Literal["append", "replace", "delete"]
NoGo = Literal["", "stop", "continue", "rollback"]

NAME = "history"
WAVES = 3
BASE: Mapping[str, str] = {"README.md": "# A project\n", "shared/0.txt": "of the base\n"}
"""The files of the repository: one of those that jobs share is there from the start."""


@dataclass(frozen=True)
class Work:
    """A job, as a person has it in mind."""

    key: int
    """What it stays by, however it is called, and wherever it stands."""
    id: str
    wave: int = 0
    track: str | None = None
    """None: a track of its own."""
    text: int = 0
    needs: tuple[int, ...] = ()
    """By key; only what stands before it in the plan counts."""
    file: int | None = 0
    """The number of its own file's name, which an edit may change; None: it has none."""
    shared: int | None = None
    """The number of a file that it shares with others."""
    how: How = "append"
    """What it does to that."""
    signed: bool = False
    """Its id is part of what it writes."""

    @property
    def lane(self) -> str:
        """The name of its track."""
        return self.track or self.id

    @property
    def own(self) -> str | None:
        """The path of its own file."""
        return None if self.file is None else f"own/{self.key}-{self.file}.txt"


@dataclass(frozen=True)
class Draft:
    """A plan of jobs of which each says what it needs."""

    works: tuple[Work, ...]
    """In any order; within a wave the plan has them in this one."""
    barriers: tuple[bool, ...] = (True,) * WAVES
    when: Literal["wave", "end"] = "wave"
    order: int = 0
    """Which order of merges: 0 is none."""
    checked: bool = False
    """Merges are checked, by a check that says no once where a file of that name is there."""
    no_go: NoGo = ""
    """What a gate's NO-GO does, where waves have gates with a check like that."""

    @cached_property
    def ordered(self) -> tuple[Work, ...]:
        """The jobs in the order of the plan."""
        return tuple(sorted(self.works, key=lambda work: work.wave))

    @cached_property
    def needs(self) -> Mapping[int, tuple[Work, ...]]:
        """What each job needs: what it says, as far as that stands before it, and who had its shared file before it."""
        seen: dict[int, Work] = {}
        holders: dict[int, Work] = {}
        found: dict[int, tuple[Work, ...]] = {}
        for work in self.ordered:
            needed = {key: seen[key] for key in work.needs if key in seen}
            if work.shared is not None:
                before = holders.get(work.shared)
                needed |= {before.key: before} if before else {}
                holders[work.shared] = work
            found[work.key] = tuple(needed.values())
            seen[work.key] = work
        return found

    @property
    def lanes(self) -> tuple[str, ...]:
        """The tracks, in the order in which the plan comes to them."""
        return tuple(dict.fromkeys(work.lane for work in self.ordered))

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of the jobs, in the order of the plan."""
        return tuple(work.id for work in self.ordered)

    def changed(self, work: Work, **fields: object) -> "Draft":
        """Return the plan with another version of a job."""
        works = tuple(replace(w, **fields) if w.key == work.key else w for w in self.works)  # type: ignore[arg-type]  # by name
        return replace(self, works=works)


def written(draft: Draft, outside: Path, *, mode: tuple[str, ...] | None = None) -> PlanDict:
    """Write a plan down.

    Args:
        draft: the plan.
        outside: a folder outside the repository, where jobs tell that they ran, and are told to fail.
        mode: the tracks of the mode `some`, where the plan is to have one.
    """
    waves = sorted({work.wave for work in draft.works})
    tracks = [{"id": track} for track in dict.fromkeys(w.track for w in draft.ordered) if track is not None]
    merge: dict[str, object] = {"when": draft.when, "order": _merge_order(draft)}
    if draft.checked:
        merge["checks"] = [_once(outside / "no-merge")]
    return {
        "version": 1,
        "name": NAME,
        "tracks": tracks,
        "waves": [
            {
                "id": f"w{wave}",
                "barrier": draft.barriers[wave],
                "jobs": [_job(draft, work, outside) for work in draft.ordered if work.wave == wave],
                **({"gate": {"checks": [_once(outside / "no-go")], "no_go": draft.no_go}} if draft.no_go else {}),
            }
            for wave in waves
        ],
        "merge": merge,
        **({"modes": {"some": {"tracks": list(mode)}}} if mode else {}),
    }


def closed(draft: Draft, lanes: tuple[str, ...]) -> tuple[str, ...]:
    """Return some tracks with all those that hold what their jobs need."""
    found: set[str] = set()
    more = set(lanes)
    while not more <= found:
        found |= more
        more = {need.lane for work in draft.works if work.lane in found for need in draft.needs[work.key]}
    return tuple(lane for lane in draft.lanes if lane in found)


def _once(mark: Path) -> PlanDict:
    """Return a check that says no where a file is there, which it removes."""
    return {"check": ["sh", "-c", f"! rm {mark} 2>/dev/null"]}


def _job(draft: Draft, work: Work, outside: Path) -> PlanDict:
    create = [work.own] if work.own else []
    shared = [] if work.shared is None else [f"shared/{work.shared}.txt"]
    if work.shared and work.how != "delete":
        create += shared
    return {
        "id": work.id,
        **({"track": work.track} if work.track else {}),
        "run": ["sh", "-ec", "\n".join(_script(draft, work, outside))],
        "needs": [need.id for need in draft.needs[work.key]],
        "owns": {"create": create, "modify": shared},
    }


def _script(draft: Draft, work: Work, outside: Path) -> Iterator[str]:
    """Yield the lines of a job: all that it writes follows from them, and from the files of what it needs."""
    yield f"echo {work.id} >> {outside}/ran"
    kill = f"{outside}/kill-{work.key}"
    yield f"if run=$(cat {kill} 2>/dev/null); then rm {kill}; kill -9 $run; sleep 60; fi"
    yield f"if test -e {outside}/break-{work.key}; then exit 3; fi"
    line = f"text {work.text} of {work.key}" + (f" by {work.id}" if work.signed else "")
    read = [need.own for need in draft.needs[work.key] if need.own]
    look = f"echo {line}; " + "".join(f"cksum < {path}; " for path in sorted(read))
    if work.own:
        yield f"mkdir -p own; {{ {look}}} > {work.own}"
    if work.shared is not None:
        yield from _share(f"shared/{work.shared}.txt", work.how, look)
    elif not work.own:
        yield "echo nothing to do"


def _share(path: str, how: How, look: str) -> Iterator[str]:
    yield "mkdir -p shared"
    match how:
        case "append":
            yield f"{{ {look}}} >> {path}"
        case "replace":
            yield f"old=$(cksum < {path} || true); {{ {look}echo $old; }} > {path}"
        case "delete":
            yield f"rm -f {path}"


def _merge_order(draft: Draft) -> list[object]:
    """Return an order of merges that needs allow: the one of that number, or else all tracks in one tier."""
    lanes, number = draft.lanes, draft.order
    if number == 0:
        return []
    chosen = list(permutations(lanes[:4]))
    order = [*chosen[number % len(chosen)], *lanes[4:]]
    before = {(need.lane, work.lane) for work in draft.works for need in draft.needs[work.key]}
    if any((later, lane) in before for at, lane in enumerate(order) for later in order[at + 1 :]):
        return [order]
    return list(order)
