"""Cleaning up planwave's home: what may go is planned first, and then done, beside runs that live or start meanwhile.

What belongs to a plan goes under the plan's lock, which is held for moments: it is looked at once more, moved out of
the way in one step each, and removed when the lock is given back. Killed at any time that leaves nothing half removed
but in folders that nobody else reads, which the next cleaning removes.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from tasks.cleaning.choice import Cleaning, Held, Kind, Packable, Thing, choose
from tasks.cleaning.repack import Packed, pack, packable
from tasks.cleaning.survey import (
    TRASH,
    PlanPlace,
    Survey,
    cloning_lock,
    look_at_plan,
    look_through,
    repository_of,
    sizes_of,
)
from tasks.errors import TaskError
from tasks.git.file_lock import FileLock, opened
from tasks.home import Home
from tasks.hub.attic import entries_of, remove_entry
from tasks.programs.folders import remove
from tasks.programs.sweep import workers


class CleaningBusy(TaskError):
    """Another process is cleaning up."""

    hint = "wait until it is through"

    def __init__(self, home: Home) -> None:
        super().__init__(f"another `planwave clean` is at work in {home.root}")


@dataclass
class Cleaned:
    """What a cleaning did."""

    removed: list[Thing] = field(default_factory=list[Thing])
    packed: dict[str, Packed] = field(default_factory=dict[str, Packed])
    left: list[Held] = field(default_factory=list[Held])
    """What was planned and not done, since it was used meanwhile."""
    failed: list[Held] = field(default_factory=list[Held])
    """What could not be done."""


def plan_cleaning(
    home: Home, *, older_than: timedelta | None = None, only: Iterable[Kind] = (), gone: bool = False
) -> Cleaning:
    """Return what is to be done; nothing is changed.

    Args:
        home: where planwave keeps what it keeps.
        older_than: as for `choose`.
        only: these kinds alone; none: all.
        gone: also remove hubs whose repository is gone.
    """
    wanted: tuple[Kind, ...] = tuple(only)
    kinds: tuple[Kind, ...] = (*wanted, "gone") if wanted else ()
    cleaning = choose(look_through(home, gone=gone), now=time.time(), older_than=older_than, only=kinds)
    hubs: list[Packable] = []
    if not wanted or "hubs" in wanted:
        removed = {thing.hub for thing in cleaning.things if thing.kind == "gone"}
        found = (packable(hub) for hub in sorted(home.hubs.glob("[!.]*.git")) if hub.stem not in removed)
        hubs = [hub for hub in found if hub is not None]
    return replace(cleaning, hubs=tuple(hubs), sizes=dict(sizes_of(home, cleaning.things)))


def clean_up(home: Home, cleaning: Cleaning) -> Cleaned:
    """Do what was planned, but for what is in use by now.

    Raises:
        CleaningBusy: another process is at it.
    """
    cleaned = Cleaned()
    if cleaning.is_nothing:
        return cleaned
    with opened(home.root / "clean.lock") as lock:
        if not lock.try_exclusive():
            raise CleaningBusy(home)
        by_owner = sorted(cleaning.things, key=_owner)
        for (hub, plan), things in groupby(by_owner, key=_owner):
            if plan:
                _clean_plan(PlanPlace(home, hub, plan), list(things), cleaned)
            elif hub:
                _clean_hub(home, hub, list(things), cleaned)
            else:
                _remove_all(home, list(things), cleaned)
        for found in cleaning.hubs:
            _pack(home, found, cleaned)
    return cleaned


def _owner(thing: Thing) -> tuple[str, str]:
    return thing.hub, thing.plan


def _clean_plan(place: PlanPlace, things: list[Thing], cleaned: Cleaned) -> None:
    leftovers = [thing for thing in things if thing.kind == "leftovers"]
    _remove_all(place.home, leftovers, cleaned)
    wanted = [thing for thing in things if thing.kind != "leftovers"]
    if not wanted:
        return
    path = place.lock
    with opened(path) as lock:
        # The hub may have been made, or removed, since.
        if path != place.lock or not lock.try_exclusive():
            cleaned.left.append(
                Held(str(place.work), f"a run of plan {place.plan!r} has begun: nothing of it is touched")
            )
            return
        lock.unsign()
        moved = _move_away(place, wanted, lock, cleaned)
    for thing, trash in moved:
        _remove(thing, trash, cleaned)
    for folder in (place.work, place.runs):
        with suppress(OSError):
            (folder / TRASH).rmdir()


def _move_away(place: PlanPlace, things: list[Thing], lock: FileLock, cleaned: Cleaned) -> list[tuple[Thing, Path]]:
    """Move what is still as it was when it was planned to be removed, and give where it is now."""
    entries = {f"refs/planwave/attic/{e.plan}/{e.number}/": e for e in entries_of(place.hub_folder, place.plan)}
    survey = Survey(place.home, working=workers())
    look_at_plan(survey, place, entries.values(), mine=True)
    moved: list[tuple[Thing, Path]] = []
    for thing in things:
        if thing not in survey.things:
            cleaned.left.append(Held(thing.place, "it was used, or removed, meanwhile"))
        elif thing.kind == "attic":
            with opened(place.hub_folder / "planwave/hub.lock") as shared:
                shared.share()
                remove_entry(place.hub_folder, entries[thing.place], (lock.fd, shared.fd))
            cleaned.removed.append(thing)
        else:
            moved.append((thing, _to_trash(place, thing)))
    return moved


def _to_trash(place: PlanPlace, thing: Thing) -> Path:
    path = place.home.root / thing.place
    folder = place.work if path.is_relative_to(place.work) else place.runs
    trash = folder / TRASH / f"{time.time_ns()}-{path.name}"
    trash.parent.mkdir(exist_ok=True)
    path.rename(trash)
    if thing.keeps_folder:
        path.mkdir()
    return trash


def _clean_hub(home: Home, hub: str, things: list[Thing], cleaned: Cleaned) -> None:
    """Remove a hub whose repository is gone, and what is left of making and removing it."""
    with opened(cloning_lock(home, hub)) as lock:
        if not lock.try_exclusive():
            cleaned.left.append(Held(str(home.hubs / f"{hub}.git"), "its hub is being made"))
            return
        _remove_all(home, [thing for thing in things if thing.kind == "leftovers"], cleaned)
        folder = home.hubs / f"{hub}.git"
        gone = [thing for thing in things if thing.kind == "gone"]
        if not gone:
            return
        with opened(folder / "planwave/hub.lock") as shared:
            repository = repository_of(folder)
            if not shared.try_exclusive() or repository is None or repository.exists():
                cleaned.left.append(Held(str(folder), "it is in use again"))
                return
            for thing in gone:
                path = home.root / thing.place
                away = path.with_name(f".{hub}.{time.time_ns()}.new")
                path.rename(away)
                _remove(thing, away, cleaned)


def _remove_all(home: Home, things: list[Thing], cleaned: Cleaned) -> None:
    for thing in things:
        _remove(thing, home.root / thing.place, cleaned)


def _remove(thing: Thing, path: Path, cleaned: Cleaned) -> None:
    try:
        remove(path)
    except OSError as problem:
        why = f"it cannot be removed: {problem.strerror or problem} ({problem.filename})"
        cleaned.failed.append(Held(str(path), why))
    else:
        cleaned.removed.append(thing)


def _pack(home: Home, found: Packable, cleaned: Cleaned) -> None:
    folder = home.hubs / f"{found.hub}.git"
    if not folder.is_dir():
        return
    try:
        packed = pack(folder)
    except TaskError as problem:
        cleaned.failed.append(Held(str(folder), f"it was not packed: {problem}"))
        return
    if packed is None:
        cleaned.left.append(Held(str(folder), "another process is packing it"))
    else:
        cleaned.packed[found.hub] = packed
